"""One file of a source: looked at first, then applied or discarded; the last one can be taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from councils.events import announce
from councils.importers.base import (
    Change,
    Reading,
    Report,
    Watch,
    as_json,
    from_json,
    lock_councils,
    make,
    nobody_watches,
    report,
    take_back,
)
from councils.importers.registry import IMPORTERS, title_of
from councils.importers.tables import BATCH
from councils.importers.words import lines_of
from councils.models import ImportLine, ImportRun, ImportState, Outcome
from councils.services import RegisterRefused, RegisterStale

# Called with the id of a file that waits to be read. Filled by tasks.py: services do not import the queue.
HINTS: list[Callable[[int], None]] = []
# Files whose reading somebody may still ask for once more.
READ_ALREADY = {ImportState.CHECKED, ImportState.BROKEN}
NOT_TAKEN = {Outcome.REFUSED, Outcome.OUTSIDE}
UNDECIDED = {ImportState.WAITING, ImportState.RUNNING, *READ_ALREADY}


def _new_run(*, source: str, file_name: str, content: bytes, by: Any) -> ImportRun:
    if source not in IMPORTERS:
        raise RegisterRefused("Select what kind of file it is", field="source")
    return ImportRun(
        source=source,
        file_name=file_name[-200:],
        file_hash=hashlib.sha256(content).hexdigest(),
        content=content,
        uploaded_by=by,
    )


def _offer(run: ImportRun) -> None:
    for hint in HINTS:
        transaction.on_commit(partial(hint, run.pk))


@transaction.atomic
def receive_file(*, source: str, file_name: str, content: bytes, by: Any) -> ImportRun:
    """Keep a file until a worker has read it. The same file from the same person, not yet decided upon, is the same."""
    run = _new_run(source=source, file_name=file_name, content=content, by=by)
    with connection.cursor() as cursor:
        # Of two presses at once the second sees what the first has kept.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import {run.file_hash}"])
    known = ImportRun.objects.filter(
        source=source, file_hash=run.file_hash, uploaded_by=by, state__in=UNDECIDED
    ).light()
    if known:
        return known[0]
    run.save()
    announce("import_received", by=by, council=None, data=_words(run))
    _offer(run)
    return run


@transaction.atomic
def check_file(*, source: str, file_name: str, content: bytes, by: Any) -> ImportRun:
    """Read a file at once and say what it would change. Nothing is changed."""
    run = _new_run(source=source, file_name=file_name, content=content, by=by)
    run.state = ImportState.CHECKED
    reading, found = look(run)
    tell(run, reading, found)
    run.save()
    keep_lines(run, reading, found)
    return run


def look(run: ImportRun, watch: Watch = nobody_watches) -> tuple[Reading, Report]:
    reading = IMPORTERS[run.source].read(bytes(run.content or b""), watch)
    return reading, report(reading)


def tell(run: ImportRun, reading: Reading, found: Report) -> None:
    run.rows_total = run.rows_read = len(reading.statements) + reading.refused_lines + len(reading.outside)
    run.added, run.changed = found.number(Outcome.ADDED), found.number(Outcome.CHANGED)
    run.unchanged = found.number(Outcome.UNCHANGED)
    run.refused = reading.refused_lines
    run.outside = len(reading.outside)
    run.refusals = [asdict(refusal) for refusal in reading.refusals]
    run.changes = as_json(found.changes)


def keep_lines(run: ImportRun, reading: Reading, found: Report) -> None:
    run.lines.all().delete()
    ImportLine.objects.bulk_create(lines_of(run, reading, found), batch_size=BATCH)


@transaction.atomic
def reread_import(*, run: ImportRun, by: Any) -> ImportRun:
    """Have the kept file read again, against the register as it is then. Once more while it waits changes nothing."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state in {ImportState.WAITING, ImportState.RUNNING}:
        return run
    _refuse_unless(run, READ_ALREADY)
    run.state = ImportState.WAITING
    run.tries = run.rows_read = run.rows_total = 0
    run.added = run.changed = run.unchanged = run.refused = run.outside = 0
    run.failure = ""
    run.changes = run.refusals = []
    run.save()
    run.lines.all().delete()
    announce("import_reread", by=by, council=None, data=_words(run))
    _offer(run)
    return run


@transaction.atomic
def apply_import(*, run: ImportRun, by: Any) -> ImportRun:
    """Do what was looked at, whole or not at all. Refused if the register has changed since in what the file touches."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.APPLIED:
        return run
    _refuse_unless(run, {ImportState.CHECKED})
    looked_at = run.changes
    lock_councils(from_json(looked_at))
    _, found = look(run)
    if as_json(found.changes) != looked_at:
        raise RegisterStale("The register has changed since this file was read. Read it again before you apply it.")
    make(found.changes, by=by)
    run.changes = as_json(found.changes)
    run.content = None
    run.state = ImportState.APPLIED
    run.applied_at = timezone.now()
    run.applied_by = by
    run.save()
    announce("import_applied", by=by, council=None, data=_words(run))
    return run


@transaction.atomic
def discard_import(*, run: ImportRun, by: Any) -> ImportRun:
    """The file is not wanted. What it would have changed is no longer kept either."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.DISCARDED:
        return run
    _refuse_unless(run, READ_ALREADY)
    run.content = None
    run.changes = []
    run.state = ImportState.DISCARDED
    run.save()
    run.lines.exclude(outcome__in=NOT_TAKEN).delete()
    announce("import_discarded", by=by, council=None, data=_words(run))
    return run


class ChangedSince(RegisterStale):
    """Some of what an import wrote is not as it left it."""

    def __init__(self, kept: list[Change]) -> None:
        names = list(
            dict.fromkeys(change.text + (f" ({change.about.lower()})" if change.about else "") for change in kept)
        )
        shown = "; ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        super().__init__(f"Nothing was undone, because somebody changed this since: {shown}.")


@transaction.atomic
def undo_import(*, run: ImportRun, leave_changed: bool = False, by: Any) -> list[Change]:
    """Take back the last import that changed anything. What others changed since is told, and stays if that is wanted."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.UNDONE:
        return []
    if run.state != ImportState.APPLIED:
        raise RegisterRefused("Only an import that was applied can be undone.")
    if last_applied() != run.pk:
        raise RegisterRefused("Only the last import that changed anything can be undone.")
    changes = from_json(run.changes)
    lock_councils(changes)
    kept = take_back(changes)
    if kept and not leave_changed:
        raise ChangedSince(kept)
    run.state = ImportState.UNDONE
    run.undone_at = timezone.now()
    run.undone_by = by
    run.save(update_fields=["state", "undone_at", "undone_by"])
    announce("import_undone", by=by, council=None, data=_words(run) | {"kept": len(kept)})
    return kept


def last_applied() -> int | None:
    """The last import that changed anything and stands: the one that can be undone."""
    applied = ImportRun.objects.filter(Q(added__gt=0) | Q(changed__gt=0), state=ImportState.APPLIED).order_by(
        "-applied_at", "-pk"
    )
    return applied.values_list("pk", flat=True).first()


def _refuse_unless(run: ImportRun, states: set[ImportState]) -> None:
    if run.state not in states:
        raise RegisterRefused(f"This import cannot be changed: {run.get_state_display().lower()}.")


def _words(run: ImportRun) -> dict[str, Any]:
    return {
        "import_id": run.pk,
        "source": run.source,
        "title": title_of(run.source),
        "file_name": run.file_name,
        "file_hash": run.file_hash,
        "added": run.added,
        "changed": run.changed,
        "refused": run.refused,
        "outside": run.outside,
    }
