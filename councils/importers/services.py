"""One file of a source: looked at first, then applied or discarded; the last one can be taken back."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from councils.events import announce
from councils.importers.base import Change, Reading, Report, as_json, from_json, lock_councils, make, report, take_back
from councils.importers.registry import IMPORTERS
from councils.models import ImportRun, ImportState
from councils.services import RegisterRefused, RegisterStale


@transaction.atomic
def check_file(*, source: str, file_name: str, content: bytes, by: Any) -> ImportRun:
    """Read a file and say what it would change. Nothing is changed; the file is kept until somebody decides."""
    if source not in IMPORTERS:
        raise RegisterRefused("Select what kind of file it is", field="source")
    run = ImportRun(
        source=source,
        file_name=file_name[-200:],
        file_hash=hashlib.sha256(content).hexdigest(),
        content=content,
        state=ImportState.CHECKED,
        uploaded_by=by,
    )
    _look(run)
    run.save()
    return run


def _look(run: ImportRun) -> list[Change]:
    reading = IMPORTERS[run.source].read(bytes(run.content or b""))
    found = report(reading)
    _tell(run, reading, found)
    return found.changes


def _tell(run: ImportRun, reading: Reading, found: Report) -> None:
    run.rows_total = run.rows_read = len(reading.statements) + reading.refused_lines
    run.added, run.changed, run.unchanged = found.added, found.changed, found.unchanged
    run.refused = reading.refused_lines
    run.refusals = [asdict(refusal) for refusal in reading.refusals]
    run.changes = as_json(found.changes)


@transaction.atomic
def recheck_import(*, run: ImportRun, by: Any) -> ImportRun:
    """Look at the kept file again, against the register as it is now."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    _refuse_unless_checked(run)
    _look(run)
    run.save()
    return run


@transaction.atomic
def apply_import(*, run: ImportRun, by: Any) -> ImportRun:
    """Do what was looked at, whole or not at all. Refused if the register has changed since in what the file touches."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.APPLIED:
        return run
    _refuse_unless_checked(run)
    looked_at = run.changes
    lock_councils(from_json(looked_at))
    changes = _look(run)
    if run.changes != looked_at:
        raise RegisterStale("The register has changed since this file was read. Read it again before you apply it.")
    make(changes)
    run.changes = as_json(changes)
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
    _refuse_unless_checked(run)
    run.content = None
    run.changes = []
    run.state = ImportState.DISCARDED
    run.save()
    announce("import_discarded", by=by, council=None, data=_words(run))
    return run


@transaction.atomic
def undo_import(*, run: ImportRun, by: Any) -> list[Change]:
    """Take back the last import that changed anything. Gives what was changed by others since, and so stays."""
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.state == ImportState.UNDONE:
        return []
    if run.state != ImportState.APPLIED:
        raise RegisterRefused("Only an import that was applied can be undone.")
    last = ImportRun.objects.filter(state=ImportState.APPLIED).exclude(changes=[]).order_by("-applied_at", "-pk")
    if last.values_list("pk", flat=True).first() != run.pk:
        raise RegisterRefused("Only the last import that changed anything can be undone.")
    changes = from_json(run.changes)
    lock_councils(changes)
    kept = take_back(changes)
    run.state = ImportState.UNDONE
    run.undone_at = timezone.now()
    run.undone_by = by
    run.save(update_fields=["state", "undone_at", "undone_by"])
    announce("import_undone", by=by, council=None, data=_words(run) | {"kept": len(kept)})
    return kept


def _refuse_unless_checked(run: ImportRun) -> None:
    if run.state != ImportState.CHECKED:
        raise RegisterRefused(f"This import cannot be changed: {run.get_state_display().lower()}.")


def _words(run: ImportRun) -> dict[str, Any]:
    return {
        "import_id": run.pk,
        "title": IMPORTERS[run.source].title,
        "file_name": run.file_name,
        "file_hash": run.file_hash,
        "added": run.added,
        "changed": run.changed,
        "refused": run.refused,
    }
