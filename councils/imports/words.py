"""What an import would do, line by line, in words that a page can show."""

from __future__ import annotations

from councils.imports.base import Change, Reading, Report
from councils.imports.tables import TABLES, Table
from councils.models import Council, ImportLine, ImportRun, Outcome


def lines_of(run: ImportRun, reading: Reading, found: Report) -> list[ImportLine]:
    names = dict(Council.objects.values_list("pk", "name"))
    lines = [
        ImportLine(
            run=run,
            line=statement.line,
            outcome=outcome,
            text=statement.text[:300],
            details=[detail for change in changes for detail in _details(change, names)],
        )
        for statement, outcome, changes in found.outcomes
    ]
    lines += [
        ImportLine(run=run, line=each.line, outcome=outcome, details=[[each.column, each.value, each.reason]])
        for outcome, some in ((Outcome.REFUSED, reading.refusals), (Outcome.OUTSIDE, reading.outside))
        for each in some
    ]
    return lines


def _details(change: Change, names: dict[int, str]) -> list[list[str]]:
    """[[what, before, after]] for each fact that differs; a row that is only there or not is one fact."""
    table = TABLES[change.model]
    before, after = change.before or {}, change.after or {}
    found = []
    for fact in table.facts:
        pair = [table.text_of(fact, values.get(fact), names) for values in (before, after)]
        if pair[0] != pair[1]:
            found.append([_label(table, change.about, fact), *pair])
    if not found:
        found.append([change.about, *("Yes" if each is not None else "No" for each in (change.before, change.after))])
    return found


def _label(table: Table, about: str, fact: str) -> str:
    if len(table.facts) == 1:
        return about
    name = table.name_of(fact)
    return f"{about}: {name}" if about else name[:1].upper() + name[1:]
