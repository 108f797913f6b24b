"""Applying and undoing outside the request: by one worker at a time, in one transaction, seen while it goes on.

A worker that is killed leaves nothing written, and the file as one that somebody asked for: the next round takes it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import Error, InterfaceError, OperationalError, connection
from django.db.models import F

from councils.imports.reading import LOCK_SPACE, MOST_TRIES, PROGRESS_SECONDS
from councils.imports.services import (
    BEING_APPLIED,
    BEING_UNDONE,
    ChangedSince,
    apply_asked,
    is_infected,
    undo_asked,
)
from councils.models import ImportRun, ImportState
from cpc.components.errors import Refused
from cpc.components.locks import alone

logger = logging.getLogger(__name__)

ASKED = BEING_APPLIED | BEING_UNDONE
# Nobody waits for a row that somebody else holds: a step that is not shown is no harm.
TELL = """
    UPDATE councils_importrun SET {column} = %s WHERE id = (
        SELECT id FROM councils_importrun WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED
    )
"""
TELL_LINES = TELL.format(column="rows_read")
TELL_CHANGES = TELL.format(column="changes_total = %s, changes_made")


def runs_asked_for() -> list[int]:
    """What waits, and what a worker left half done: one that is at it now holds the lock."""
    return list(ImportRun.objects.filter(state__in=ASKED).order_by("asked_at", "pk").values_list("pk", flat=True))


def carry_out(*, run_id: int) -> str:
    """Do what was asked for. Safe to run twice: what is done, or what another worker does, is left alone."""
    with alone(LOCK_SPACE, run_id) as is_ours:
        if not (is_ours and _take(run_id)):
            return ""
        run = ImportRun.objects.get(pk=run_id)
        # What the run says of itself is no longer so when it fails half-way.
        is_undoing = run.state == ImportState.UNDOING
        before = ImportState.APPLIED if is_undoing else ImportState.CHECKED
        broken = ImportState.APPLIED if is_undoing else ImportState.BROKEN
        if run.tries > MOST_TRIES:
            failure = f"This was begun {MOST_TRIES} times and never came to an end. Nothing was changed."
            return _settle(run, broken, failure)
        try:
            return _carry_out(run)
        except Refused as error:
            return _settle(run, before, error.message, kept=error.number if isinstance(error, ChangedSince) else 0)
        except (OperationalError, InterfaceError):
            # No fault of the file: the next round takes it again.
            raise
        except Exception as error:
            logger.exception("Import %s could not be applied or undone.", run_id)
            failure = f"The service made a mistake ({type(error).__name__}). Nothing was changed."
            return _settle(run, broken, failure)


def _take(run_id: int) -> bool:
    told = {"tries": F("tries") + 1, "changes_made": 0, "changes_total": 0}
    runs = ImportRun.objects.filter(pk=run_id)
    return bool(
        runs.filter(state__in=BEING_APPLIED).update(state=ImportState.APPLYING, rows_read=0, **told)
        or runs.filter(state__in=BEING_UNDONE).update(state=ImportState.UNDOING, **told)
    )


def _carry_out(run: ImportRun) -> str:
    with _shown(run) as tell:
        if run.state == ImportState.APPLYING:
            if is_infected(run=run):
                return run.state
            apply_asked(
                run=run,
                watch=lambda read, total: tell(TELL_LINES, min(read, run.rows_total)),
                watch_changes=lambda made, total: tell(TELL_CHANGES, total, made),
            )
        else:
            undo_asked(run=run, watch_changes=lambda made, total: tell(TELL_CHANGES, total, made))
        return run.state


@contextmanager
def _shown(run: ImportRun) -> Iterator[Callable[..., None]]:
    """By a connection of its own: what the worker's own transaction writes is seen by nobody before it ends."""
    beside = connection.copy()
    last = 0.0

    def tell(statement: str, *values: int) -> None:
        nonlocal last
        if time.monotonic() - last < PROGRESS_SECONDS:
            return
        last = time.monotonic()
        try:
            with beside.cursor() as cursor:
                cursor.execute(statement, [*values, run.pk])
        except Error:
            logger.warning("How far import %s has come could not be shown.", run.pk)

    try:
        yield tell
    finally:
        beside.close()


def _settle(run: ImportRun, state: ImportState, failure: str, *, kept: int = 0) -> str:
    """It did not come to pass: the run says why, and what may be done with it next."""
    ImportRun.objects.filter(pk=run.pk).update(state=state, failure=failure, kept=kept, rows_read=F("rows_total"))
    return state
