"""Times and dates as people write them. What could mean two things, or nothing, is refused and never guessed."""

from __future__ import annotations

import re
from datetime import date, time

from cpc.components.text import visible_text

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
WORDS = {
    "noon": time(12), "12 noon": time(12), "12noon": time(12), "midday": time(12), "12 midday": time(12),
    "midnight": time(0), "12 midnight": time(0), "12midnight": time(0),
}  # fmt: skip
# 9, 9:30, 09.30, 1330, 9am, 9.30 a.m., 14h30, 1400 hrs. Minutes have two digits: 9.3 is no time.
TIME = re.compile(
    r"(?P<hour>[0-9]{1,2}) ?(?:(?:[:.]|h(?=[0-9])) ?(?P<minute>[0-9]{2})|(?P<run>[0-9]{2}))?"
    r" ?(?:(?P<half>[ap]) ?\.? ?m ?\.?|h|hrs?|hours)?"
)
DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?", re.I)
WRITTEN_DAY = re.compile(r"(?P<day>[0-9]{1,2}(?:st|nd|rd|th)?) (?P<month>[a-z]{3,9}\.?),? (?P<year>[0-9]{4})", re.I)
ISO_DAY = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")


def _plain(typed: str) -> str:
    """Without what cannot be seen, every run of blanks one space, in small letters."""
    return " ".join(visible_text(typed).split()).lower()


def time_of_day(typed: str) -> time | None:
    """The time that was written; None where it is none, or could be several."""
    text = _plain(typed)
    if text in WORDS:
        return WORDS[text]
    found = TIME.fullmatch(text)
    if not found:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or found["run"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def day_number(typed: str) -> int | None:
    """5, 05 and 5th."""
    found = DAY.fullmatch(_plain(typed))
    return int(found[1]) if found else None


def month_number(typed: str) -> int | None:
    """3, 03, March, mar and Sept."""
    text = _plain(typed)
    if re.fullmatch("[0-9]{1,2}", text):
        return int(text)
    text = text.removesuffix(".")
    numbers = [number for number, name in enumerate(MONTHS, start=1) if len(text) >= 3 and name.startswith(text)]
    return numbers[0] if numbers else None


def written_day(typed: str) -> dict[str, str] | None:
    """Day, month and year of "5 March 2027", "5th Mar 2027" or "2027-03-05". Of 5/3/2027 nobody knows which is which."""
    text = _plain(typed)
    found = WRITTEN_DAY.fullmatch(text) or ISO_DAY.fullmatch(text)
    return found.groupdict() if found else None


def day_of(*, day: str, month: str, year: str) -> date | None:
    """The date of three boxes; None where there is no such day."""
    numbers = day_number(day), month_number(month)
    text = _plain(year)
    if None in numbers or not re.fullmatch("[0-9]{4}", text):
        return None
    try:
        return date(int(text), numbers[1] or 0, numbers[0] or 0)
    except ValueError:
        return None
