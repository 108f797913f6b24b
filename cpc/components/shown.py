"""Dates, times and values in the words in which a page shows them."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django.utils import timezone


@lru_cache(maxsize=4096)
def _date_text(value: date) -> str:
    return f"{value:%-d %B %Y}"


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def gdate(value: Any) -> str:
    """14 March 2027, in London's time."""
    if not value:
        return ""
    value = _local(value)
    return _date_text(value.date() if isinstance(value, datetime) else value)


def days_text(start: date, end: date) -> str:
    """22 to 25 March 2027; no month and no year is said twice."""
    if start == end:
        return gdate(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start:%-d} to {gdate(end)}"
    return f"{start:%-d %B} to {gdate(end)}" if start.year == end.year else f"{gdate(start)} to {gdate(end)}"


def gmonth(value: Any) -> str:
    """March 2027."""
    return f"{_local(value):%B %Y}" if value else ""


def gtime(value: Any) -> str:
    """9:30am; noon is 12 midday as GOV.UK writes it."""
    if value is None or value == "":
        return ""
    value = _local(value)
    if (value.hour, value.minute) == (12, 0):
        return "midday"
    if (value.hour, value.minute) == (0, 0):
        return "midnight"
    hour = value.hour % 12 or 12
    half = "am" if value.hour < 12 else "pm"
    return f"{hour}:{value.minute:02}{half}" if value.minute else f"{hour}{half}"


def gdatetime(value: Any) -> str:
    """14 March 2027 at 9:30am, in London's time."""
    return f"{gdate(value)} at {gtime(value)}" if value else ""


def isoformat(value: date | datetime) -> str:
    """For the `datetime` of a <time>, in London's time and without fractions of a second, which nobody needs."""
    return _local(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def saved_value(value: Any) -> str:
    """What stands in a field, in the words in which a page would ask for it."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return gdatetime(value)
    if isinstance(value, date):
        return gdate(value)
    if isinstance(value, time):
        return gtime(value)
    return str(value) if value not in (None, "") else "Empty"
