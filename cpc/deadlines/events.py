"""The day on which each event that keeps a promise took place.

A deadline is met by the event that it names, on the day of that event, and never by a later step. The package
that keeps the record of an event says how its day is read; services say only that something has changed
(cpc.deadlines.services.settle_deadline).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from cpc.cases.models import Case
from cpc.deadlines.kinds import KINDS

# Kind of deadline -> the day of its event in a case, as it is recorded now; None when it has not taken place.
DayOf = Callable[[Any], date | None]
DAYS: dict[str, DayOf] = {}


def register_event(kind: str, day_of: DayOf) -> None:
    if kind not in KINDS:
        raise ValueError(f"There is no kind of deadline called {kind}.")
    DAYS[kind] = day_of


def happened_on(kind: str, case: Case) -> date | None:
    """The day on which the event of this kind took place in this case; None for one that has not, or that nobody records."""
    read = DAYS.get(kind)
    return read(case) if read else None
