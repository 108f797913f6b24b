"""Reading what waits, outside the request: by one worker at a time, seen while it goes on, its failure kept."""

from __future__ import annotations

import logging
import time

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from councils.imports.services import is_infected, keep_lines, look, tell
from councils.models import ImportRun, ImportState
from cpc.components.locks import alone

logger = logging.getLogger(__name__)

MOST_TRIES = 3
# Progress is written so often, not for each line.
PROGRESS_SECONDS = 1.0
# The first half of the key of the lock that a worker holds while it has a file; the second is the run's.
LOCK_SPACE = 20_261
TO_READ = [ImportState.WAITING, ImportState.RUNNING]


def runs_to_read() -> list[int]:
    """What waits, and what a worker left half read: one that reads now holds the lock."""
    return list(ImportRun.objects.filter(state__in=TO_READ).order_by("pk").values_list("pk", flat=True))


def read_run(*, run_id: int) -> str:
    """Read one file. Safe to run twice: a file that is read, or that another worker reads, is left alone."""
    with alone(LOCK_SPACE, run_id) as is_ours:
        taken = is_ours and ImportRun.objects.filter(pk=run_id, state__in=TO_READ).update(
            state=ImportState.RUNNING, tries=F("tries") + 1, rows_read=0, rows_total=0
        )
        if not taken:
            return ""
        run = ImportRun.objects.get(pk=run_id)
        if run.tries > MOST_TRIES:
            return _break(run, f"Reading it was begun {MOST_TRIES} times and never came to an end.")
        try:
            return ImportState.DISCARDED if is_infected(run=run) else _read(run)
        except (OperationalError, InterfaceError):
            # No fault of the file: the next round offers it again.
            raise
        except Exception as error:
            logger.exception("Import %s could not be read.", run_id)
            return _break(run, f"The service made a mistake while it read the file ({type(error).__name__}).")


def _read(run: ImportRun) -> str:
    last = time.monotonic()

    def watch(read: int, total: int) -> None:
        nonlocal last
        if read == 0 or time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            ImportRun.objects.filter(pk=run.pk).update(rows_read=read, rows_total=total)

    reading, found = look(run, watch)
    with transaction.atomic():
        tell(run, reading, found)
        run.state = ImportState.CHECKED
        run.failure = ""
        run.save()
        keep_lines(run, reading, found)
    return run.state


def _break(run: ImportRun, failure: str) -> str:
    ImportRun.objects.filter(pk=run.pk).update(state=ImportState.BROKEN, failure=failure)
    return ImportState.BROKEN
