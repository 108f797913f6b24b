"""Working days, bank holidays and pre-election periods, by rule; nothing is fetched at run time.

What the government changes later comes by an import (BankHolidayChange) and holds beside the rule.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

from cpc.calendars.bank_holidays import DayChange, changes_by_year

ENGLAND, WALES, SCOTLAND, NORTHERN_IRELAND = "England", "Wales", "Scotland", "Northern Ireland"

# Days that were moved or added once, by proclamation: (removed, added) per year, for all nations.
MOVED: dict[int, tuple[set[tuple[int, int]], dict[tuple[int, int], str]]] = {
    2012: ({(5, 28)}, {(6, 4): "Spring bank holiday", (6, 5): "Queen's Diamond Jubilee"}),
    2020: ({(5, 4)}, {(5, 8): "Early May bank holiday (VE day)"}),
    2022: (
        {(5, 30)},
        {
            (6, 2): "Spring bank holiday",
            (6, 3): "Platinum Jubilee bank holiday",
            (9, 19): "State Funeral of Queen Elizabeth II",
        },
    ),
    2023: (set(), {(5, 8): "Bank holiday for the coronation of King Charles III"}),
}
SCOTLAND_ONLY = {2026: {(6, 15): "World Cup bank holiday"}}


def _monday_on_or_after(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7)


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def _substituted(days: list[tuple[date, str]]) -> dict[date, str]:
    """Each day, or the next weekday that is free when it falls on a weekend; a second name says it is a substitute."""
    taken: dict[date, str] = {day: name for day, name in days if day.weekday() < 5}
    for day, name in days:
        if day.weekday() >= 5:
            moved = day
            while moved.weekday() >= 5 or moved in taken:
                moved += timedelta(days=1)
            taken[moved] = f"{name} (substitute day)"
    return taken


def bank_holidays(year: int, nation: str = ENGLAND) -> dict[date, str]:
    """The bank holidays of one nation in one year, by day."""
    changes = changes_by_year().get((nation, year))
    return _changed(year, nation, changes) if changes else bank_holidays_by_rule(year, nation)


@lru_cache(maxsize=256)
def _changed(year: int, nation: str, changes: tuple[DayChange, ...]) -> dict[date, str]:
    days = dict(bank_holidays_by_rule(year, nation))
    for change in changes:
        if change.is_holiday:
            days[change.on] = change.name
        else:
            days.pop(change.on, None)
    return dict(sorted(days.items()))


@lru_cache(maxsize=256)
def bank_holidays_by_rule(year: int, nation: str) -> dict[date, str]:
    """Those that this service knows without being told."""
    sunday = easter(year)
    new_year = [(date(year, 1, 1), "New Year's Day")]
    if nation == SCOTLAND:
        new_year.append((date(year, 1, 2), "2 January"))
    days = _substituted(new_year)
    days |= _substituted([(date(year, 12, 25), "Christmas Day"), (date(year, 12, 26), "Boxing Day")])
    days[sunday - timedelta(days=2)] = "Good Friday"
    days[_monday_on_or_after(date(year, 5, 1))] = "Early May bank holiday"
    days[_last_monday(year, 5)] = "Spring bank holiday"
    if nation == SCOTLAND:
        days[_monday_on_or_after(date(year, 8, 1))] = "Summer bank holiday"
        days |= _substituted([(date(year, 11, 30), "St Andrew's Day")])
    else:
        days[sunday + timedelta(days=1)] = "Easter Monday"
        days[_last_monday(year, 8)] = "Summer bank holiday"
    if nation == NORTHERN_IRELAND:
        days |= _substituted([(date(year, 3, 17), "St Patrick's Day")])
        days |= _substituted([(date(year, 7, 12), "Battle of the Boyne")])
    removed, added = MOVED.get(year, (set(), {}))
    for month, day in removed:
        days.pop(date(year, month, day), None)
    for (month, day), name in {**added, **(SCOTLAND_ONLY.get(year, {}) if nation == SCOTLAND else {})}.items():
        days[date(year, month, day)] = name
    return dict(sorted(days.items()))


def bank_holiday_name(on: date, nation: str = ENGLAND) -> str:
    """The bank holiday's name; empty when the day is none."""
    return bank_holidays(on.year, nation).get(on, "")


def is_working_day(on: date, nation: str = ENGLAND) -> bool:
    return on.weekday() < 5 and not bank_holiday_name(on, nation)


def add_working_days(on: date, number: int, nation: str = ENGLAND) -> date:
    """The working day that lies `number` working days after (or, negative, before) this day, which itself does not count.

    With 0 it is this day, whatever day it is.
    """
    step = timedelta(days=1 if number >= 0 else -1)
    left, day = abs(number), on
    while left:
        day += step
        if is_working_day(day, nation):
            left -= 1
    return day


def _counts_for_notice(day: date, nation: str) -> bool:
    """Election rules leave out Christmas Eve; Scotland's also Easter Monday, which is no bank holiday there."""
    if (day.month, day.day) == (12, 24) or (nation == SCOTLAND and day == easter(day.year) + timedelta(days=1)):
        return False
    return is_working_day(day, nation)


def notice_of_election(poll_on: date, nation: str = ENGLAND) -> date:
    """The last day for the notice of a local election: 25 working days before the poll, 28 in Scotland.

    The pre-election period begins with it; councils may begin earlier, so this is a proposal.
    """
    left, day = 28 if nation == SCOTLAND else 25, poll_on
    while left:
        day -= timedelta(days=1)
        left -= _counts_for_notice(day, nation)
    return day


def pre_election_period(poll_on: date, nation: str = ENGLAND) -> tuple[date, date]:
    """First and last day of the period that ends with a poll."""
    return notice_of_election(poll_on, nation), poll_on
