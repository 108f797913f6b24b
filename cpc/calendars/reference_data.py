"""The calendars that every installation starts with. Running it again changes nothing that was edited."""

from __future__ import annotations

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone

from cpc.audit.models import Event
from cpc.calendars.expected_dates import Expected, expected_dates
from cpc.calendars.models import CalendarEntry, CalendarKind

# Published dates; what nobody has announced yet is added as it usually falls (expected_dates.py).
CALENDAR: list[tuple[str, str, date, date]] = [
    (CalendarKind.RECESS, "Commons, summer", date(2025, 7, 23), date(2025, 8, 31)),
    (CalendarKind.RECESS, "Commons, conference recess", date(2025, 9, 17), date(2025, 10, 12)),
    (CalendarKind.RECESS, "Commons, November", date(2025, 11, 6), date(2025, 11, 10)),
    (CalendarKind.RECESS, "Commons, Easter", date(2026, 3, 27), date(2026, 4, 12)),
    (CalendarKind.CONFERENCE, "Liberal Democrat conference", date(2025, 9, 20), date(2025, 9, 23)),
    (CalendarKind.CONFERENCE, "Labour conference", date(2025, 9, 28), date(2025, 10, 1)),
    (CalendarKind.CONFERENCE, "Conservative conference", date(2025, 10, 5), date(2025, 10, 8)),
]


def ensure_calendars() -> int:
    """Load the calendar entries that are missing, published or expected. Returns how many were added."""
    added = sum(
        CalendarEntry.objects.get_or_create(
            name=name, starts_on=starts_on, council=None, defaults={"kind": kind, "ends_on": ends_on}
        )[1]
        for kind, name, starts_on, ends_on in CALENDAR
    )
    return added + _ensure_expected()


def _ensure_expected() -> int:
    """What is usual, as far ahead as the calendars are to reach and half a year more. Nothing that somebody entered as it
    was announced, changed or removed comes back under its expected days."""
    today = timezone.localdate()
    until = today + relativedelta(months=settings.CALENDAR_MONTHS_AHEAD + 6)
    standing = list(CalendarEntry.objects.filter(council__isnull=True, ends_on__gte=today - relativedelta(months=2)))
    removed = set(Event.objects.filter(verb="calendar_entry_removed").values_list("data__name", flat=True))
    wanted = [
        each
        for each in expected_dates(today, until)
        if each.name not in removed and not any(_stands_for(entry, each) for entry in standing)
    ]
    CalendarEntry.objects.bulk_create(
        CalendarEntry(kind=each.kind, name=each.name, starts_on=each.starts_on, ends_on=each.ends_on) for each in wanted
    )
    return len(wanted)


def _stands_for(entry: CalendarEntry, expected: Expected) -> bool:
    """The same thing under days that somebody knew better. Of conferences several lie close together."""
    if entry.name == expected.name:
        return True
    near = timedelta(days=7)
    if entry.kind != expected.kind or entry.starts_on > expected.ends_on + near:
        return False
    if entry.ends_on < expected.starts_on - near:
        return False
    return entry.kind != CalendarKind.CONFERENCE or _first_word(entry.name) == _first_word(expected.what)


def _first_word(name: str) -> str:
    found = re.search(r"\w+", name)
    return found[0].casefold() if found else ""
