"""The dates that are counted from one day come in an order: no report before its review, no plan before the report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from cpc.deadlines.models import Deadline, DeadlineRule, DeadlineState


def _day(deadline: Deadline) -> date:
    return deadline.met_on or deadline.due_on


def _group(deadlines: Iterable[Deadline]) -> list[list[Deadline]]:
    """Deadlines that count from one day, each list in the order of its rules. What fell away is in nobody's way."""
    standing = {each.kind: each for each in deadlines if each.state != DeadlineState.CANCELLED}
    groups: dict[str, list[Deadline]] = {}
    for rule in DeadlineRule.objects.exclude(start="").order_by("order", "kind"):
        if rule.kind in standing:
            groups.setdefault(rule.start, []).append(standing[rule.kind])
    return list(groups.values())


def conflicts_of(deadline: Deadline, due_on: date) -> list[str]:
    """What speaks against this day, in sentences: a date before it that comes after, or the other way round."""
    found = []
    for group in _group(Deadline.objects.filter(case=deadline.case_id)):
        place = next((index for index, each in enumerate(group) if each.pk == deadline.pk), None)
        if place is None:
            continue
        for index, each in enumerate(group):
            verb = "was met on" if each.met_on else "is due on"
            if index < place and _day(each) > due_on:
                found.append(f"“{each.name}” {verb} {_day(each):%-d %B %Y}, after this day.")
            if index > place and _day(each) < due_on:
                found.append(f"“{each.name}” {verb} {_day(each):%-d %B %Y}, before this day.")
    return found


def out_of_order(deadlines: Iterable[Deadline]) -> list[str]:
    """Neighbours among the dates of a case that stand the wrong way round, while one of them can still be changed."""
    return [
        f"“{later.name}” ({_day(later):%-d %B %Y}) comes before “{earlier.name}” ({_day(earlier):%-d %B %Y})."
        for group in _group(deadlines)
        for earlier, later in pairwise(group)
        if _day(later) < _day(earlier) and DeadlineState.OPEN in {earlier.state, later.state}
    ]
