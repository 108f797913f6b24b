"""The register's file, read and applied at once, as a run that is listed and can be undone like every other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from councils.imports.base import Refusal
from councils.imports.services import apply_import, check_file
from councils.imports.sources.register.source import DATA_FILE, RegisterFile
from councils.models import ImportRun, Outcome


@dataclass
class Result:
    """What would happen, or happened. A line counts once, however many of its facts differ."""

    added: int
    changed: int
    unchanged: int
    refusals: list[Refusal]
    # One sentence for each difference, with what stood before.
    differences: list[str]
    notes: list[str]
    questions: list[str]
    is_applied: bool


@transaction.atomic
def load(path: Path = DATA_FILE, *, apply: bool = False, agreed: bool = False) -> Result:
    """Load the file; without `apply` everything is tried and rolled back. The same file twice changes nothing.

    A file that brings a question is applied only where somebody has agreed to all of it.
    """
    run = check_file(source=RegisterFile.source, file_name=path.name, content=path.read_bytes(), by=None)
    result = Result(
        added=run.added,
        changed=run.changed,
        unchanged=run.unchanged,
        refusals=[Refusal(**refusal) for refusal in run.refusals],
        differences=differences(run),
        notes=run.notes,
        questions=[question["reason"] for question in run.questions],
        is_applied=apply and run.added + run.changed + run.unchanged > 0 and (agreed or not run.questions),
    )
    if result.is_applied:
        apply_import(run=run, agreed=agreed, by=None)
    else:
        transaction.set_rollback(True)
    return result


def differences(run: ImportRun) -> list[str]:
    found = []
    for line in run.lines.filter(outcome__in=[Outcome.ADDED, Outcome.CHANGED]):
        if line.outcome == Outcome.ADDED:
            found.append(f"line {line.line}: {line.text}: added")
            continue
        for what, before, after in line.details:
            found.append(f"line {line.line}: {line.text}: {what}: {before or 'nothing'} becomes {after or 'nothing'}")
    return found
