"""Days to be careful about that nobody has announced yet, as they usually fall.

Recesses, conferences and holidays are announced a year ahead at most, and onsite days are agreed further ahead than that.
So the calendars are delivered with what is usual, and each entry says that it is not announced. They are entries like any
other: whoever knows better changes them. Held against the published dates of 2023 to 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.easter import easter

from cpc.calendars.models import CalendarKind

EXPECTED = "expected, not yet announced"
USUAL_SCHOOL = "usual days, each authority sets its own"
USUAL_BUDGET = "usual weeks, each council sets its own"
MONDAY, TUESDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 4, 5, 6


@dataclass(frozen=True)
class Expected:
    kind: str
    # Without the year and without what makes it uncertain: "Commons, summer".
    what: str
    starts_on: date
    ends_on: date
    why: str = EXPECTED

    @property
    def name(self) -> str:
        return f"{self.what} {self.starts_on.year} ({self.why})"


def first_on(weekday: int, from_on: date) -> date:
    """The first such day of the week on or after a day."""
    return from_on + timedelta(days=(weekday - from_on.weekday()) % 7)


def _after(on: date, days: int) -> date:
    return on + timedelta(days=days)


def _spring_bank_holiday(year: int) -> date:
    return first_on(MONDAY, date(year, 5, 25))


def _half_term(year: int) -> date:
    return first_on(MONDAY, date(year, 2, 12))


def _recesses(year: int) -> Iterator[tuple[str, date, date]]:
    half_term, whitsun, sunday = _half_term(year), _spring_bank_holiday(year), easter(year)
    yield "Commons, February", _after(half_term, -3), _after(half_term, 6)
    yield "Commons, Easter", _after(sunday, -9), _after(sunday, 7)
    yield "Commons, Whitsun", _after(whitsun, -3), _after(whitsun, 6)
    yield "Commons, summer", date(year, 7, 22), _after(first_on(MONDAY, date(year, 9, 1)), -1)
    back = first_on(MONDAY, date(year, 10, 8))
    yield "Commons, conference recess", first_on(FRIDAY, date(year, 9, 15)), _after(back, -1)
    remembrance = first_on(SUNDAY, date(year, 11, 8))
    yield "Commons, November", _after(remembrance, -2), remembrance
    yield "Commons, Christmas", date(year, 12, 20), _after(first_on(MONDAY, date(year + 1, 1, 5)), -1)


def _conferences(year: int) -> Iterator[tuple[str, date, date]]:
    lga = first_on(TUESDAY, date(year, 7, 1))
    yield "LGA annual conference", lga, _after(lga, 2)
    liberal_democrat = first_on(SATURDAY, date(year, 9, 15))
    yield "Liberal Democrat conference", liberal_democrat, _after(liberal_democrat, 3)
    labour = first_on(SUNDAY, date(year, 9, 22))
    yield "Labour conference", labour, _after(labour, 3)
    yield "Conservative conference", _after(labour, 7), _after(labour, 10)


def _school_holidays(year: int) -> Iterator[tuple[str, date, date]]:
    half_term, whitsun, sunday = _half_term(year), _spring_bank_holiday(year), easter(year)
    yield "Schools, spring half term", half_term, _after(half_term, 4)
    yield "Schools, Easter", _after(sunday, -8), _after(sunday, 7)
    yield "Schools, May half term", whitsun, _after(whitsun, 4)
    yield "Schools, summer", date(year, 7, 22), date(year, 9, 2)
    autumn = first_on(MONDAY, date(year, 10, 25))
    yield "Schools, autumn half term", autumn, _after(autumn, 4)
    christmas = first_on(SATURDAY, date(year, 12, 18))
    yield "Schools, Christmas", christmas, _after(christmas, 15)


def expected_dates(from_on: date, until_on: date) -> list[Expected]:
    """All that are not over on the first of these days and begin by the last, in order."""
    found = []
    for year in range(from_on.year - 1, until_on.year + 1):
        found += [Expected(CalendarKind.RECESS, *row) for row in _recesses(year)]
        found += [Expected(CalendarKind.CONFERENCE, *row) for row in _conferences(year)]
        found += [Expected(CalendarKind.SCHOOL_HOLIDAY, *row, USUAL_SCHOOL) for row in _school_holidays(year)]
        # The council tax is set before 11 March.
        days = (date(year, 2, 15), date(year, 3, 10))
        found.append(Expected(CalendarKind.BUDGET, "Budget council", *days, USUAL_BUDGET))
    wanted = [each for each in found if each.ends_on >= from_on and each.starts_on <= until_on]
    return sorted(wanted, key=lambda each: (each.starts_on, each.what))
