"""Files are read, applied and undone outside the request; names change on their day."""

from functools import partial

from celery import shared_task
from django.utils import timezone

from councils.imports import services
from councils.imports.applying import carry_out, runs_asked_for
from councils.imports.reading import read_run, runs_to_read
from councils.reorganisations import enactment as reorganisation_force
from cpc.components.queueing import hint


@shared_task(name="councils.read_import")
def read_import(run_id: int) -> str:
    return read_run(run_id=run_id)


@shared_task(name="councils.read_waiting_imports")
def read_waiting_imports() -> None:
    """Everything that waits, whatever became of its hint, and what a worker that was killed left half read."""
    for pk in runs_to_read():
        read_run(run_id=pk)


@shared_task(name="councils.carry_out_import")
def carry_out_import(run_id: int) -> str:
    return carry_out(run_id=run_id)


@shared_task(name="councils.carry_out_asked_imports")
def carry_out_asked_imports() -> None:
    """What somebody asked to be applied or undone, whatever became of its hint and of the worker that began with it."""
    for pk in runs_asked_for():
        carry_out(run_id=pk)


@shared_task(name="councils.take_new_names")
def take_new_names() -> None:
    """Councils that carry on under another name or type have it from the vesting day; a missed day is made good."""
    today = timezone.localdate()
    for reorganisation in reorganisation_force.due_to_take_names(today):
        reorganisation_force.take_new_names(reorganisation=reorganisation, today=today)


services.HINTS[:] = [partial(hint, read_import)]
services.ASKED_HINTS[:] = [partial(hint, carry_out_import)]
