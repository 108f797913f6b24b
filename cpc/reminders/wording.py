"""The words of reminders: a rule's own with typed values, or the standard ones. Plain text; a mail adds link and layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from string import Formatter
from typing import TYPE_CHECKING, Any

from cpc.components.text import lower_first
from cpc.reminders.sources import Subject

if TYPE_CHECKING:
    from cpc.reminders.sweep import Live

WHY = "You are getting this reminder because it is about a peer challenge or a council that you work with."
# What may stand in a rule's words, and what it is.
PLACEHOLDERS = {
    "title": "the council, or the peer challenge's name",
    "what": "what it is about, such as “submit the position statement”",
    "when": "how long until then or since, such as “due in 7 days”",
    "date": "the day, such as “14 March 2027”; after “on”, a month becomes “in March 2027”",
    "is": "“is”, or “was” once the day is over",
    "opens": "“begins”, or “began” once the day is over",
    "detail": "why, such as “new leader since 12 May 2026”; often empty",
}
STANDARD_SUBJECT = "{title}: {what}, {when}"
ON_DATE = re.compile(r"\bon \{date\}", re.IGNORECASE)
STANDARD_BODY = "{what} for the {title} peer challenge: {when} ({date})."


def wrong_placeholders(text: str) -> str:
    """What is wrong with the braces of a text, in words for the person who typed it; empty when nothing is."""
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name is not None]
    except ValueError:
        return "Write each value in a pair of braces, such as {date}, and use braces for nothing else"
    for name, spec, conversion in fields:
        if name not in PLACEHOLDERS or spec or conversion:
            return f"{{{name}}} is not a value that can be filled in. Use {values_in_words()}"
    return ""


def values_in_words() -> str:
    names = [f"{{{name}}}" for name in PLACEHOLDERS]
    return ", ".join(names[:-1]) + f" or {names[-1]}"


def words_for(on: date, today: date, *, is_promise: bool = True) -> str:
    """How far a day is from another: "due in 7 days", or "in 7 days" where nobody promised anything."""
    days = (on - today).days
    if days == 0:
        return "due today" if is_promise else "today"
    many = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    if days > 0:
        return f"due in {many}" if is_promise else f"in {many}"
    return f"{many} late" if is_promise else f"{many} ago"


def words_for_months(on: date, today: date, *, is_promise: bool, is_year: bool) -> str:
    """As above of a day that is known by its month or year: it is not late before that is over."""
    gone = today.year - on.year if is_year else (today.year - on.year) * 12 + today.month - on.month
    unit = "year" if is_year else "month"
    if gone == 0:
        return f"due this {unit}" if is_promise else f"this {unit}"
    if gone == -1:
        return f"due next {unit}" if is_promise else f"next {unit}"
    many = f"{abs(gone)} {unit}{'' if abs(gone) == 1 else 's'}"
    if gone < 0:
        return f"due in {many}" if is_promise else f"in {many}"
    return f"{many} late" if is_promise else f"{many} ago"


def when_of(subject: Subject, today: date) -> str:
    """How far it is, no more precisely than it is known."""
    if subject.is_exact:
        return words_for(subject.on, today, is_promise=subject.is_promise)
    return words_for_months(subject.on, today, is_promise=subject.is_promise, is_year=subject.is_year)


def is_over(subject: Subject, today: date) -> bool:
    """The day, or the month or year that is all that is known, lies behind."""
    if subject.is_exact:
        return subject.on < today
    return (subject.on.year, 0 if subject.is_year else subject.on.month) < (
        today.year,
        0 if subject.is_year else today.month,
    )


def values_of(subject: Subject, today: date) -> dict[str, str]:
    """The typed values, one for each placeholder."""
    past = is_over(subject, today)
    return {
        "title": subject.title,
        "what": lower_first(subject.label),
        "is": "was" if past else "is",
        "opens": "began" if past else "begins",
        "when": when_of(subject, today),
        "date": subject.date_text,
        "detail": subject.detail,
    }


def _in_date(found: re.Match[str]) -> str:
    return ("In" if found[0][0] == "O" else "in") + " {date}"


def _filled(text: str, subject: Subject, today: date) -> str:
    # Whoever wrote "on {date}" need not know how exactly each day is known.
    plain = text if subject.is_exact else ON_DATE.sub(_in_date, text)
    filled = plain.format_map(values_of(subject, today)).strip()
    return filled[:1].upper() + filled[1:]


def subject_line(subject_text: str, subject: Subject, today: date) -> str:
    return " ".join(_filled(subject_text or STANDARD_SUBJECT, subject, today).split())


def body_text(text: str, subject: Subject, today: date) -> str:
    return _filled(text or STANDARD_BODY, subject, today)


def context_of(live: Sequence[Live], today: date) -> dict[str, Any]:
    """The values of one mail. Whoever is reached on two sides, or by two rules, reads of a thing once."""
    items: dict[tuple[str, int], dict[str, Any]] = {}
    for each in live:
        rule, subject = each.reminder.rule, each.subject
        item = items.setdefault(
            subject.key,
            {
                "subject": subject_line(rule.subject_text, subject, today),
                "text": body_text(rule.body_text, subject, today),
                "when": when_of(subject, today),
                "url": subject.url,
                "instead": each.instead,
                "event": _event(each, today),
                "references": [],
            },
        )
        # Meant for themselves on one of two sides: no need to say why it comes to them.
        item["instead"] = item["instead"] and each.instead
        item["references"].append(each.reminder.reference)
    lines = list(items.values())
    values = {"items": lines, "greeting": live[0].person.name}
    if len(lines) > 1:
        many = f"{len(lines)} reminders about peer challenges"
        return values | {"subject": many, "url": "/", "button": "Open My work", "why": WHY}
    (only,) = lines
    why = f"{only['instead']}, so we are sending this reminder to you." if only["instead"] else WHY
    return values | {"subject": only["subject"], "url": only["url"], "button": "Open in Critical Friend", "why": why}


def _event(each: Live, today: date) -> dict[str, str] | None:
    """For a calendar: a day to come that is known to the day."""
    subject = each.subject
    if not each.reminder.rule.attaches_date or not subject.is_exact or subject.on < today:
        return None
    return {
        "uid": f"{subject.source}-{subject.row}",
        "title": f"{subject.label}: {subject.title}",
        "on": subject.on.isoformat(),
    }
