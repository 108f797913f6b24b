"""The due list of a day as a page reads it: kept ready in this process, never behind what is committed.

A page of twenty-five councils counts and sorts all of them. What was worked out is kept, and before each use the
database is asked which councils changed since (docs/decisions/0004-due-list-kept-ready.md): those alone are worked out
again. The rule itself is `due_list`, here as everywhere.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from councils.models import CouncilType
from cpc.cycle.forecast import Quarter, forecast
from cpc.cycle.queries import DueRow, DueState, Standing, by_name, carrying_on_from, due_list

# So many days are kept: today's list all day, and those that somebody is comparing with it.
MOST_DAYS = 6
# So many questions of one day are kept sorted.
MOST_QUESTIONS = 40
# Where more councils changed than this, all are worked out: it costs the same and is simpler.
MOST_CHANGED = 60

ORDERS: dict[str, tuple[str, Callable[[DueRow], Any]]] = {
    "due": ("Due date", lambda row: (row.due_on or date.max, row.window_on or date.max)),
    "council": ("Council", lambda row: ()),
    "last": ("Last peer challenge", lambda row: row.last.on if row.last else date.min),
    "state": ("State", lambda row: DueState.values.index(row.state.value)),
}
# R1: councils that never had one are listed apart, so the list opens with the others.
STANDING_CHOICES = (("", "All that had one"), *Standing.choices, ("all", "All councils"))


@dataclass(frozen=True)
class DueFilter:
    """What the due list is narrowed to. Empty strings narrow nothing, but for the standing."""

    region: str = ""
    council_type: str = ""
    standing: str = ""
    state: str = ""
    order: str = "due"

    @property
    def of_councils(self) -> tuple[str, str]:
        return self.region, self.council_type

    def takes_council(self, row: DueRow) -> bool:
        return self.region in ("", row.council.region) and self.council_type in ("", row.council.council_type)

    def takes(self, row: DueRow) -> bool:
        if self.standing == "" and row.standing == Standing.NEVER_HAD:
            return False
        return self.standing in ("", "all", row.standing) and self.state in ("", row.state)


def filter_from(data: Any) -> DueFilter:
    """Anything that is not a known value narrows nothing: an address typed by hand is never an error."""

    def known(name: str, values: Any) -> str:
        return data.get(name, "") if data.get(name, "") in values else ""

    return DueFilter(
        region=data.get("region", "")[:60],
        council_type=known("type", CouncilType.values),
        standing=known("standing", dict(STANDING_CHOICES)),
        state=known("state", DueState.values),
        order=known("order", ORDERS) or "due",
    )


class Numbers(NamedTuple):
    """What is told of all councils of a region and type, whatever their standing."""

    of_standing: Counter[Standing]
    quarters: list[Quarter]


class DueDay:
    """Every council of the programme on one day. What is read from it is read, never changed."""

    def __init__(self, on: date, rows: list[DueRow]) -> None:
        self.on = on
        # By name, as they come: a sort keeps the order of equals.
        self.all = rows
        self.regions = sorted({row.council.region for row in rows})
        self._kept: OrderedDict[Any, Any] = OrderedDict()

    def rows(self, chosen: DueFilter, councils: Collection[int] | None = None) -> list[DueRow]:
        """What was asked for, in its order; of all councils or, where given, of these."""
        if councils is not None:
            return self._rows(chosen, self._of(councils))
        return self._keep(chosen, lambda: self._rows(chosen, self.all))

    def numbers(self, chosen: DueFilter, councils: Collection[int] | None = None) -> Numbers:
        if councils is not None:
            return self._numbers(chosen, self._of(councils))
        return self._keep(chosen.of_councils, lambda: self._numbers(chosen, self.all))

    def row_of(self, council: int) -> DueRow | None:
        """One council; nothing when it does not exist on that day or is not in the programme."""
        return self._keep("councils", lambda: {row.council.pk: row for row in self.all}).get(council)

    def _of(self, councils: Collection[int]) -> list[DueRow]:
        wanted = set(councils)
        return [row for row in self.all if row.council.pk in wanted]

    def _rows(self, chosen: DueFilter, rows: list[DueRow]) -> list[DueRow]:
        taken = (row for row in rows if chosen.takes_council(row) and chosen.takes(row))
        return sorted(taken, key=ORDERS[chosen.order][1])

    def _numbers(self, chosen: DueFilter, rows: list[DueRow]) -> Numbers:
        taken = [row for row in rows if chosen.takes_council(row)]
        return Numbers(Counter(row.standing for row in taken), forecast(taken, self.on))

    def _keep(self, key: Any, make: Callable[[], Any]) -> Any:
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = make()
            while len(self._kept) > MOST_QUESTIONS:
                self._kept.popitem(last=False)
        return found


# ------------------------------------------------------------------ what is kept, and until when it holds


@dataclass(frozen=True)
class _Kept:
    day: DueDay
    # What was committed when the rows were read, in PostgreSQL's words, and since when that server runs.
    snapshot: str
    server: str


_kept: OrderedDict[Any, _Kept] = OrderedDict()
_lock = threading.Lock()

# A change is known by its transaction: numbers of rows come in another order than their commits.
CHANGES = """
SELECT pg_current_snapshot()::text,
       pg_postmaster_start_time()::text || ' ' || current_database(),
       EXISTS (SELECT FROM cpc_cyclechange WHERE transaction = pg_current_xact_id_if_assigned()::text::bigint),
       CASE WHEN %(since)s <> '' THEN ARRAY(
           SELECT DISTINCT coalesce(council, 0) FROM cpc_cyclechange
           WHERE transaction >= pg_snapshot_xmin(nullif(%(since)s, '')::pg_snapshot)::text::bigint
             AND NOT pg_visible_in_snapshot(transaction::text::xid8, nullif(%(since)s, '')::pg_snapshot)
           LIMIT %(most)s) END"""


def due_day(on: date) -> DueDay:
    """The due list of a day as it is committed now; in a transaction that changed something itself, as it sees it."""
    key = (on, _settings())
    with _lock:
        kept = _kept.get(key)
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"since": kept.snapshot if kept else "", "most": MOST_CHANGED + 1})
        snapshot, server, is_writing, changed = cursor.fetchone()
    if is_writing:
        # Nobody else sees this yet, and it may be rolled back.
        return DueDay(on, due_list(on))
    if kept and kept.server == server and not changed:
        return kept.day
    # The rows are read after the snapshot: what is committed in between is told, and read, once more.
    if kept is None or kept.server != server or 0 in changed or len(changed) > MOST_CHANGED:
        rows = due_list(on)
    else:
        rows = _with_changes(kept.day, set(changed))
    day = DueDay(on, rows)
    with _lock:
        _kept[key] = _Kept(day, snapshot, server)
        _kept.move_to_end(key)
        while len(_kept) > MOST_DAYS:
            _kept.popitem(last=False)
    return day


def forget_days() -> None:
    """For a process that is to work everything out anew."""
    with _lock:
        _kept.clear()


def _with_changes(day: DueDay, changed: set[int]) -> list[DueRow]:
    """What changed at a council speaks for those too that carry on from it."""
    councils = changed | carrying_on_from(changed)
    rows = [row for row in day.all if row.council.pk not in councils]
    new = due_list(day.on, councils)
    return sorted([*rows, *new], key=by_name) if new else rows


def _settings() -> tuple[Any, ...]:
    """What the rule hangs on beside the rows."""
    return tuple(
        getattr(settings, name)
        for name in (
            "CYCLE_WINDOW_MONTHS",
            "CYCLE_DUE_MONTHS",
            "CYCLE_FIRST_MONTHS",
            "CYCLE_PROGRAMME_START",
            "CYCLE_END_WARNING_MONTHS",
            "CYCLE_TRIGGER_MONTHS",
        )
    )
