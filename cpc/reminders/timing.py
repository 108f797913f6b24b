"""Which rule speaks of a day, and when: plain dates, no database."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache

from councils.models import Nation
from cpc.calendars.bank_holidays import changes_by_year
from cpc.calendars.working_days import add_working_days, is_working_day
from cpc.deadlines.models import OWNER_ROLES
from cpc.reminders.models import ReminderRecipients

OWNERS = [role for role, _ in OWNER_ROLES]


@dataclass(frozen=True)
class Timing:
    """What of a rule says when it speaks, and to which side. `kind` is empty for every kind of deadline."""

    pk: int
    kind: str
    offset_days: int
    in_working_days: bool
    recipients: str
    waits_for_working_day: bool

    def send_day(self, on: date, nation: str) -> date:
        """The day on which this rule speaks of `on`; what holds it back on that day is asked elsewhere."""
        if self.in_working_days:
            return add_working_days(on, self.offset_days, nation)
        return on + timedelta(days=self.offset_days)

    def side(self, owner: str) -> str:
        """The side that it speaks to. The LGA's own deadlines have one side, however many rules name it."""
        return owner if self.recipients == ReminderRecipients.OWNER else self.recipients


@dataclass(frozen=True)
class Span:
    """On the day that was asked about this rule speaks to `side` of every day from one to another.

    Its own day is `shift` days after the day that it speaks of. An empty `kind` stands for every kind that no rule names.
    """

    kind: str
    owner: str
    nation: str
    from_on: date
    until_on: date
    side: str
    rule: int
    shift: int


def stretch(days: int) -> timedelta:
    """So many calendar days hold this many working days, wherever they lie: twice as many and a fortnight."""
    return timedelta(days=abs(days) * 2 + 14)


class WorkingDays:
    """The working days of one nation between two days, for the many questions of one sweep."""

    def __init__(self, nation: str, first: date, last: date) -> None:
        span = (first + timedelta(days=number) for number in range((last - first).days + 1))
        self.days: Sequence[date] = [day for day in span if is_working_day(day, nation)]

    @classmethod
    def of(cls, days: Sequence[date]) -> WorkingDays:
        """The same from days that are known already."""
        found = cls.__new__(cls)
        found.days = days
        return found

    def has(self, day: date) -> bool:
        place = bisect_left(self.days, day)
        return place < len(self.days) and self.days[place] == day

    def send_day(self, timing: Timing, on: date) -> date:
        """What `Timing.send_day` says, without counting day by day."""
        number = timing.offset_days
        if not timing.in_working_days or number == 0:
            return on + timedelta(days=number)
        place = bisect_right(self.days, on) - 1 if number > 0 else bisect_left(self.days, on)
        return self.days[place + number]


def longest(timings: Iterable[Timing]) -> int:
    return max((abs(timing.offset_days) for timing in timings), default=0)


def matching(timings: tuple[Timing, ...], kind: str) -> list[Timing]:
    return [timing for timing in timings if timing.kind in {"", kind}]


def speaks(
    timings: list[Timing], owner: str, on: date, today: date, age: int, days: WorkingDays
) -> dict[str, tuple[Timing, date]]:
    """Side -> the rule that speaks of `on` today, and its own day.

    A day that was missed is made good, and a pile is not: of several rules whose days have come only the last one
    speaks. What was missed more than `age` days ago is left.
    """
    latest: dict[str, tuple[Timing, date]] = {}
    for timing in timings:
        send_on, side = days.send_day(timing, on), timing.side(owner)
        if send_on <= today and (side not in latest or send_on > latest[side][1]):
            latest[side] = (timing, send_on)
    first = today - timedelta(days=age)
    return {side: found for side, found in latest.items() if found[1] >= first}


def spans(timings: tuple[Timing, ...], today: date, age: int, has_owners: bool) -> tuple[Span, ...]:
    """Everything of which these rules speak today, as spans of days."""
    return _spans_of(timings, today, age, has_owners, tuple(sorted(changes_by_year().items())))


@dataclass(frozen=True)
class SpanTable:
    """Spans as a statement takes them: a column for each of Span's fields, in their order, each in one text as PostgreSQL
    writes an array. As thousands of values of their own they would be quoted and read one by one, at every sweep."""

    of_one_day: bool
    columns: tuple[str, ...]
    first: date
    last: date


def span_tables(timings: tuple[Timing, ...], today: date, age: int, has_owners: bool) -> tuple[SpanTable, ...]:
    """The spans of one day in a table, the longer ones in another; none where there are none."""
    return _tables_of(timings, today, age, has_owners, tuple(sorted(changes_by_year().items())))


@lru_cache(maxsize=64)
def _tables_of(
    timings: tuple[Timing, ...], today: date, age: int, has_owners: bool, bank_holidays: Hashable
) -> tuple[SpanTable, ...]:
    found = _spans_of(timings, today, age, has_owners, bank_holidays)
    tables = []
    for of_one_day in (True, False):
        chosen = [span for span in found if (span.from_on == span.until_on) is of_one_day]
        if chosen:
            columns = tuple(_array(getattr(span, each.name) for span in chosen) for each in fields(Span))
            first, last = min(span.from_on for span in chosen), max(span.until_on for span in chosen)
            tables.append(SpanTable(of_one_day, columns, first, last))
    return tuple(tables)


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join('"' + str(each).replace("\\", "\\\\").replace('"', '\\"') + '"' for each in values) + "}"


@lru_cache(maxsize=64)
def _spans_of(
    timings: tuple[Timing, ...], today: date, age: int, has_owners: bool, bank_holidays: Hashable
) -> tuple[Span, ...]:
    """Kept for the day, while the bank holidays stay the same: sweeps come every few minutes."""
    if not timings:
        return ()
    first = today - timedelta(days=age) - stretch(max(timing.offset_days for timing in timings))
    last = today + stretch(min(timing.offset_days for timing in timings))
    reach = stretch(longest(timings))
    # Nations with the same working days have the same spans: worked out once.
    calendars: dict[tuple[date, ...], list[str]] = {}
    for nation in Nation.values:
        calendars.setdefault(tuple(WorkingDays(nation, first - reach, last + reach).days), []).append(nation)
    found: list[Span] = []
    for kind in sorted({timing.kind for timing in timings}):
        rules = matching(timings, kind)
        for owner in OWNERS if has_owners else [""]:
            tables = [
                (nations, _spans(rules, owner, WorkingDays.of(days), first, last, today, age))
                for days, nations in calendars.items()
            ]
            found += [
                Span(kind, owner, nation, *rest) for nations, table in tables for nation in nations for rest in table
            ]
    return tuple(found)


def _spans(
    rules: list[Timing], owner: str, days: WorkingDays, first: date, last: date, today: date, age: int
) -> tuple[tuple[date, date, str, int, int], ...]:
    """For each side the days of which `speaks` tells the same rule at the same distance, put together.

    A rule's own day comes no earlier for a later day: only the few days are looked at for which it lies within the age.
    """
    is_working_day = days.has(today)
    may_speak = {timing.pk for timing in rules if is_working_day or not timing.waits_for_working_day}
    asked = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    oldest = today - timedelta(days=age)
    # Side -> the place of a day among those asked -> the own day of the last rule that has come, and the rule.
    latest: dict[str, dict[int, tuple[date, int]]] = {}
    for timing in rules:
        of_side = latest.setdefault(timing.side(owner), {})
        began = bisect_left(asked, oldest, key=lambda on, timing=timing: days.send_day(timing, on))  # type: ignore[misc]
        for place in range(began, len(asked)):
            send_on = days.send_day(timing, asked[place])
            if send_on > today:
                break
            if place not in of_side or send_on > of_side[place][0]:
                of_side[place] = (send_on, timing.pk)
    found: list[tuple[date, date, str, int, int]] = []
    for side, of_side in latest.items():
        before: tuple[int, int, int] | None = None
        for place, (send_on, rule) in sorted(of_side.items()):
            if rule not in may_speak:
                continue
            this = (place, rule, (send_on - asked[place]).days)
            if before and this == (before[0] + 1, *before[1:]):
                found[-1] = (found[-1][0], asked[place], *found[-1][2:])
            else:
                found.append((asked[place], asked[place], side, *this[1:]))
            before = this
    return tuple(sorted(found))
