"""What an import added to the bank holidays of the rule, or took from them: read once a minute, not once a question."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from cpc.calendars.models import BankHolidayChange

# So long may another process count by what was before an import; the one that applies it forgets at once.
KEPT_SECONDS = 60.0


class DayChange(NamedTuple):
    on: date
    name: str
    is_holiday: bool


# Nation and year -> its changes.
Changes = Mapping[tuple[str, int], tuple[DayChange, ...]]

_kept: tuple[float, Changes] = (0.0, {})


def changes_by_year() -> Changes:
    """All changes; there are few, since the rule knows nearly every day."""
    until, changes = _kept
    return changes if time.monotonic() < until else _read()


def _read() -> Changes:
    found: dict[tuple[str, int], tuple[DayChange, ...]] = {}
    for change in BankHolidayChange.objects.order_by("on", "nation"):
        key = (change.nation, change.on.year)
        found[key] = (*found.get(key, ()), DayChange(change.on, change.name, change.is_holiday))
    keep(found, time.monotonic() + KEPT_SECONDS)
    return found


def keep(changes: Changes, until: float) -> None:
    """Count by these until a time of the monotonic clock."""
    global _kept  # noqa: PLW0603 - one answer for a process
    _kept = (until, changes)


def forget() -> None:
    """The next question reads them again."""
    keep({}, 0.0)
