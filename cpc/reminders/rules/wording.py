"""A reminder rule in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from councils.models import Council
from cpc.components.text import lower_first
from cpc.deadlines.kinds import label_of
from cpc.reminders.models import ReminderRecipients, ReminderRule
from cpc.reminders.sources import DEADLINES, SOURCES, Subject, source_of

EVERY_DEADLINE = "Every deadline of a peer challenge"


def kinds() -> list[tuple[str, str]]:
    """What a rule can be about, for a list to choose from: deadlines first."""
    found = [("", EVERY_DEADLINE)]
    for code in [DEADLINES, *(each for each in SOURCES if each != DEADLINES)]:
        found += list(SOURCES[code].kinds().items())
    return found


def when_of(offset_days: int, in_working_days: bool) -> str:
    """4 weeks before would hide 28 days: days are counted as days."""
    if offset_days == 0:
        return "on the day"
    unit = "working day" if in_working_days else "day"
    number = abs(offset_days)
    return f"{number} {unit}{'' if number == 1 else 's'} {'before' if offset_days < 0 else 'after'}"


def sentence_of(rule: ReminderRule) -> str:
    about = dict(kinds()).get(rule.kind) or label_of(rule.kind)
    return f"{about}: {when_of(rule.offset_days, rule.in_working_days)}, to {recipients_of_rule(rule)}"


def recipients_of_rule(rule: ReminderRule) -> str:
    return lower_first(ReminderRecipients(rule.recipients).label)


def escalates(rule: ReminderRule) -> bool:
    """Nothing happened by the day, and somebody above hears of it."""
    return rule.offset_days > 0 and rule.recipients in {ReminderRecipients.LGA, ReminderRecipients.PROGRAMME_MANAGERS}


def example_of(kind: str, offset_days: int) -> Subject:
    """An invented subject, on the day on which a rule would speak of it."""
    today = timezone.localdate()
    on = today - timedelta(days=offset_days)
    council = Council(name="Exampleshire", slug="exampleshire", nation="England")
    source = source_of(kind)
    label = dict(kinds()).get(kind, "") if kind else label_of("statement_submitted")
    values: dict[str, Any] = {
        "source": source.code,
        "row": 0,
        "kind": kind,
        "on": on,
        "owner": "",
        "council": council,
        "case": None,
        "title": "Exampleshire",
        "label": label,
        "url": "",
        "date_text": f"{on:%-d %B %Y}",
        "is_promise": source.code == DEADLINES or kind.endswith("due"),
        "detail": "new leader since 12 May 2026" if source.code != DEADLINES else "",
    }
    return Subject(**values)
