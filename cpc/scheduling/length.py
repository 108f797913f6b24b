"""How long the team is onsite, and what is usual for the kind of review (R92)."""

from __future__ import annotations

from datetime import date

from cpc.cases.models import Case
from cpc.cases.stages import row_of


def in_words(days: float) -> str:
    whole, half = int(days), days % 1
    return ("½" if not whole else f"{whole}½") if half else str(whole)


def length_of(start_on: date, end_on: date, *, half_day: bool) -> float:
    return (end_on - start_on).days + 1 - (0.5 if half_day else 0)


def usual_length(case: Case, *, is_virtual: bool = False) -> str:
    """Such as "3 to 4 days" or "2 days"; empty when it is not held online."""
    row = row_of(case.kind)
    span = row.virtual_days if is_virtual else row.days
    if span is None:
        return ""
    if span[0] == span[1]:
        return f"{in_words(span[0])} day{'' if span[0] <= 1 else 's'}"
    return f"{in_words(span[0])} to {in_words(span[1])} days"


def why_unusual(case: Case, start_on: date, end_on: date, *, half_day: bool, is_virtual: bool) -> str:
    """A sentence when these days are not what is usual for the kind of review; empty when they are."""
    row = row_of(case.kind)
    span = row.virtual_days if is_virtual else row.days
    if span is None:
        return f"A {case.get_kind_display()} is not held online."
    if half_day and not row.half_days:
        return f"A {case.get_kind_display()} has whole days."
    length = length_of(start_on, end_on, half_day=half_day)
    if span[0] <= length <= span[1]:
        return ""
    where = "meets online" if is_virtual else "is onsite"
    return f"The team {where} for {usual_length(case, is_virtual=is_virtual)}; these dates make {in_words(length)}."
