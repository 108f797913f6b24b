"""Rules and calendars that every installation starts with. Running it again changes nothing that was edited."""

from __future__ import annotations

from datetime import date

from cpc.deadlines.clocks import DEFAULT_RULES
from cpc.deadlines.models import CalendarEntry, CalendarKind, DeadlineRule, ReminderRule

# Days before (negative) and after; to whom.
DEFAULT_REMINDERS = [(-28, "owner"), (-7, "owner"), (1, "owner"), (14, "owner"), (14, "LGA")]

# Published dates only; later years are entered on the page of dates as they become known.
CALENDAR: list[tuple[str, str, date, date]] = [
    (CalendarKind.RECESS, "Commons, summer", date(2025, 7, 23), date(2025, 8, 31)),
    (CalendarKind.RECESS, "Commons, conference recess", date(2025, 9, 17), date(2025, 10, 12)),
    (CalendarKind.RECESS, "Commons, November", date(2025, 11, 6), date(2025, 11, 10)),
    (CalendarKind.RECESS, "Commons, Easter", date(2026, 3, 27), date(2026, 4, 12)),
    (CalendarKind.CONFERENCE, "Liberal Democrat conference", date(2025, 9, 20), date(2025, 9, 23)),
    (CalendarKind.CONFERENCE, "Labour conference", date(2025, 9, 28), date(2025, 10, 1)),
    (CalendarKind.CONFERENCE, "Conservative conference", date(2025, 10, 5), date(2025, 10, 8)),
]


def ensure_default_rules() -> int:
    """Load the rules that are missing. Returns how many were added."""
    added = 0
    for order, row in enumerate(DEFAULT_RULES, start=1):
        defaults = {name: value for name, value in row.items() if name != "kind"} | {"order": order}
        added += DeadlineRule.objects.get_or_create(kind=row["kind"], defaults=defaults)[1]
    for offset, recipients in DEFAULT_REMINDERS:
        added += ReminderRule.objects.get_or_create(
            kind="",
            offset_days=offset,
            in_working_days=False,
            recipients=recipients,
            defaults={"waits_for_working_day": True},
        )[1]
    return added


def ensure_calendars() -> int:
    """Load the calendar entries that are missing. Returns how many were added."""
    return sum(
        CalendarEntry.objects.get_or_create(
            name=name, starts_on=starts_on, council=None, defaults={"kind": kind, "ends_on": ends_on}
        )[1]
        for kind, name, starts_on, ends_on in CALENDAR
    )
