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
from councils.imports import uploads
from councils.imports.base import (
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
from councils.imports.registry import IMPORTERS, title_of
from councils.imports.tables import BATCH
from councils.imports.words import lines_of
from councils.models import ImportLine, ImportRun, ImportState, Outcome
from cpc.components.errors import Refused, Stale
from cpc.components.scan_states import ScanResult, ScanState
from cpc.components.versioned import check_version

# Called with the id of a file that waits to be read, or to be applied or undone. Filled by tasks.py: services do not
# import the queue.
HINTS: list[Callable[[int], object]] = []
ASKED_HINTS: list[Callable[[int], object]] = []
# Files whose reading somebody may still ask for once more.
READ_ALREADY = {ImportState.CHECKED, ImportState.BROKEN}
NOT_TAKEN = {Outcome.REFUSED, Outcome.OUTSIDE}
BEING_APPLIED = {ImportState.TO_APPLY, ImportState.APPLYING}
BEING_UNDONE = {ImportState.TO_UNDO, ImportState.UNDOING}
UNDECIDED = {ImportState.WAITING, ImportState.RUNNING, *READ_ALREADY, *BEING_APPLIED}


def _new_run(*, source: str, file_name: str, content: bytes, by: Any) -> ImportRun:
    if source not in IMPORTERS:
        raise Refused("Select what kind of file it is", field="source")
    return ImportRun(
        source=source,
        file_name=file_name[-200:],
        file_hash=hashlib.sha256(content).hexdigest(),
        content=content,
        uploaded_by=by,
    )


def _offer(run: ImportRun, hints: list[Callable[[int], object]]) -> None:
    for hint in hints:
        transaction.on_commit(partial(hint, run.pk))


@transaction.atomic
def receive_file(
    *, source: str, file_name: str, content: bytes, scan: ScanResult = uploads.NOT_SCANNED, by: Any
) -> ImportRun:
    """Keep a file until a worker has read it. The same file from the same person, not yet decided upon, is the same."""
    if scan.state == ScanState.INFECTED:
        raise Refused("A virus was found in the selected file. Select another file", field="upload")
    run = _new_run(source=source, file_name=file_name, content=content, by=by)
    _keep_scan(run, scan)
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
    _offer(run, HINTS)
    return run


def _keep_scan(run: ImportRun, scan: ScanResult) -> None:
    run.scan_state, run.scan_note = scan.state, scan.note[:200]
    run.scanned_at = None if scan.state == ScanState.NOT_SCANNED else timezone.now()


def is_infected(*, run: ImportRun) -> bool:
    """Whether the file, which somebody is about to read, must not be read. One that the scanner gave no clear answer
    about is asked for each time; an infected one is no longer kept.
    """
    if run.scan_state == ScanState.CLEAN:
        return False
    scan = uploads.scan(bytes(run.content or b""), somebody_waits=False)
    with transaction.atomic():
        _keep_scan(run, scan)
        told = ["scan_state", "scan_note", "scanned_at"]
        if scan.state == ScanState.INFECTED:
            run.state, run.content, run.changes = ImportState.DISCARDED, None, []
            run.failure = "A virus was found in this file. It was discarded and changed nothing."
            told += ["state", "content", "changes", "failure"]
            run.lines.exclude(outcome__in=NOT_TAKEN).delete()
            announce("import_infected", by=None, council=None, data=_words(run))
        run.save(update_fields=told)
    return scan.state == ScanState.INFECTED


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
    run.rows_total = run.rows_read = reading.lines
    run.added, run.changed = found.number(Outcome.ADDED), found.number(Outcome.CHANGED)
    run.unchanged = found.number(Outcome.UNCHANGED)
    run.refused = reading.refused_lines
    run.outside = len(reading.outside)
    run.version += 1
    run.refusals = [asdict(refusal) for refusal in reading.refusals]
    run.notes = reading.notes
    run.questions = _asked(reading)
    run.changes = as_json(found.changes)


def _asked(reading: Reading) -> list[dict[str, Any]]:
    return [asdict(question) for question in reading.questions]


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
    run.changes = run.refusals = run.notes = run.questions = []
    run.save()
    run.lines.all().delete()
    announce("import_reread", by=by, council=None, data=_words(run))
    _offer(run, HINTS)
    return run


def _locked(run: ImportRun) -> ImportRun:
    """Without what may be megabytes: the state is what is asked."""
    return ImportRun.objects.light().select_for_update(of=("self",)).get(pk=run.pk)


def _ask(run: ImportRun, state: ImportState, by: Any) -> None:
    run.state = state
    run.asked_at, run.asked_by = timezone.now(), by
    run.tries = run.changes_made = run.changes_total = run.kept = 0
    run.failure = ""
    run.save()
    _offer(run, ASKED_HINTS)


@transaction.atomic
def ask_to_apply(*, run: ImportRun, version: int, agreed: bool = False, by: Any) -> bool:
    """Have a worker apply what was looked at. A second press asks for nothing more: that is False.

    `agreed`: whoever asks has looked at the questions and says that all is right.
    """
    run = _locked(run)
    if run.state in {*BEING_APPLIED, ImportState.APPLIED}:
        return False
    _refuse_unless(run, {ImportState.CHECKED})
    check_version(
        run, version, "This file was read again since you looked at it. Look at its lines again before you apply it"
    )
    _refuse_unless_agreed(run, agreed)
    _ask(run, ImportState.TO_APPLY, by)
    announce("import_apply_asked", by=by, council=None, data=_words(run) | _agreed(run))
    return True


@transaction.atomic
def ask_to_undo(*, run: ImportRun, leave_changed: bool = False, by: Any) -> bool:
    """Have a worker take it back. A second press asks for nothing more: that is False."""
    run = _locked(run)
    if run.state in {*BEING_UNDONE, ImportState.UNDONE}:
        return False
    _refuse_unless_last(run)
    run.leave_changed = leave_changed
    _ask(run, ImportState.TO_UNDO, by)
    announce("import_undo_asked", by=by, council=None, data=_words(run))
    return True


@transaction.atomic
def apply_import(*, run: ImportRun, agreed: bool = False, by: Any) -> ImportRun:
    """At once, for whoever waits for the end."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.APPLIED:
        return run
    _refuse_unless(run, {ImportState.CHECKED})
    _refuse_unless_agreed(run, agreed)
    return _apply(run, nobody_watches, nobody_watches, by)


@transaction.atomic
def apply_asked(*, run: ImportRun, watch: Watch, watch_changes: Watch) -> ImportRun:
    """By the worker that has this run for itself. Its row is written last of all: until then those who watch may."""
    _refuse_unless(run, {ImportState.APPLYING})
    return _apply(run, watch, watch_changes, run.asked_by)


def _apply(run: ImportRun, watch: Watch, watch_changes: Watch, by: Any) -> ImportRun:
    """Do what was looked at, whole or not at all. Refused if the register has changed since in what the file touches."""
    looked_at = run.changes
    lock_councils(from_json(looked_at))
    reading, found = look(run, watch)
    if as_json(found.changes) != looked_at or _asked(reading) != run.questions:
        raise Stale("The register has changed since this file was read. Read it again before you apply it.")
    make(found.changes, by=by, watch=watch_changes)
    run.changes = as_json(found.changes)
    run.content = None
    run.state = ImportState.APPLIED
    run.applied_at = timezone.now()
    run.applied_by = by
    run.rows_read = run.rows_total
    run.failure = ""
    run.save()
    announce("import_applied", by=by, council=None, data=_words(run) | _agreed(run))
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


class ChangedSince(Stale):
    """Some of what an import wrote is not as it left it."""

    def __init__(self, kept: list[Change]) -> None:
        self.number = len(kept)
        names = list(
            dict.fromkeys(change.text + (f" ({change.about.lower()})" if change.about else "") for change in kept)
        )
        shown = "; ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        super().__init__(f"Nothing was undone, because someone changed this since: {shown}.")


@transaction.atomic
def undo_import(*, run: ImportRun, leave_changed: bool = False, by: Any) -> list[Change]:
    """At once, for whoever waits for the end. Gives what others changed since and stays."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.UNDONE:
        return []
    return _undo(run, leave_changed, nobody_watches, by)


@transaction.atomic
def undo_asked(*, run: ImportRun, watch_changes: Watch) -> list[Change]:
    """By the worker that has this run for itself, as with apply_asked."""
    return _undo(run, run.leave_changed, watch_changes, run.asked_by)


def _undo(run: ImportRun, leave_changed: bool, watch_changes: Watch, by: Any) -> list[Change]:
    """Take back the last import that changed anything. What others changed since is told, and stays if that is wanted."""
    _refuse_unless_last(run)
    changes = from_json(run.changes)
    lock_councils(changes)
    kept = take_back(changes, watch=watch_changes)
    if kept and not leave_changed:
        raise ChangedSince(kept)
    run.state = ImportState.UNDONE
    run.undone_at = timezone.now()
    run.undone_by = by
    run.failure = ""
    run.save(update_fields=["state", "undone_at", "undone_by", "failure"])
    announce("import_undone", by=by, council=None, data=_words(run) | {"kept": len(kept)})
    return kept


def last_applied() -> int | None:
    """The last import that changed anything and stands: the one that can be undone."""
    standing = {ImportState.APPLIED, *BEING_UNDONE}
    applied = ImportRun.objects.filter(Q(added__gt=0) | Q(changed__gt=0), state__in=standing)
    return applied.order_by("-applied_at", "-pk").values_list("pk", flat=True).first()


def _refuse_unless_last(run: ImportRun) -> None:
    if run.state not in {ImportState.APPLIED, ImportState.UNDOING}:
        raise Refused("Only an import that was applied can be undone.")
    if last_applied() != run.pk:
        raise Refused("Only the last import that changed anything can be undone.")


def _refuse_unless(run: ImportRun, states: set[ImportState]) -> None:
    if run.state not in states:
        raise Refused(f"This import cannot be changed: {run.get_state_display().lower()}.")


def _refuse_unless_agreed(run: ImportRun, agreed: bool) -> None:
    if run.questions and not agreed:
        raise Refused("Say that you have looked at the questions and that all of it is right", field="agreed")


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


def _agreed(run: ImportRun) -> dict[str, list[str]]:
    return {"agreed_to": [question["reason"] for question in run.questions]}
