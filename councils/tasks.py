"""Files are read outside the request; names change on their day."""

import logging

from celery import shared_task
from django.utils import timezone

from councils import reorganisation_force
from councils.importers import services
from councils.importers.reading import read_run, runs_to_read

logger = logging.getLogger(__name__)
# Somebody waits while the hint is given.
AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}


@shared_task(name="councils.read_import")
def read_import(run_id: int) -> str:
    return read_run(run_id=run_id)


@shared_task(name="councils.read_waiting_imports")
def read_waiting_imports() -> None:
    """Everything that waits, whatever became of its hint, and what a worker that was killed left half read."""
    for pk in runs_to_read():
        read_run(run_id=pk)


@shared_task(name="councils.take_new_names")
def take_new_names() -> None:
    """Councils that carry on under another name or type have it from the vesting day; a missed day is made good."""
    today = timezone.localdate()
    for reorganisation in reorganisation_force.due_to_take_names(today):
        reorganisation_force.take_new_names(reorganisation=reorganisation, today=today)


def send_hint(pk: int) -> None:
    try:
        read_import.apply_async((pk,), retry_policy=AT_ONCE)
    except Exception:
        # The row waits; read_waiting_imports takes it. An upload must not fail because the queue is down.
        logger.warning("The queue took no hint for import %s; the next sweep reads it.", pk)


services.HINTS[:] = [send_hint]
