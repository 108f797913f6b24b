"""The sweep: which reminders are due today, including those of days that were missed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from cpc.deadlines.models import Deadline, DeadlineState, ReminderRule
from cpc.deadlines.recipients import recipients_of
from cpc.deadlines.working_days import add_working_days
from cpc.notifications.models import Message
from cpc.notifications.services import queue_notification


@dataclass(frozen=True)
class Due:
    rule: ReminderRule
    deadline: Deadline
    on: date


def send_day(rule: ReminderRule, deadline: Deadline) -> date:
    """The day on which this rule speaks of this deadline."""
    if rule.in_working_days:
        return add_working_days(deadline.due_on, rule.offset_days, deadline.case.council.nation)
    return deadline.due_on + timedelta(days=rule.offset_days)


def due_reminders(today: date) -> list[Due]:
    """For each open deadline and recipient side, the latest rule whose day has come.

    A day that was missed is made good, and a pile is not: of several rules whose days have passed only the last
    one speaks. Cases that are paused or over are left in peace. Two queries, whatever the number of deadlines.
    """
    rules = list(ReminderRule.objects.filter(is_active=True))
    if not rules:
        return []
    # Working days stretch: twice the offset and a fortnight reaches any of them.
    reach = max([-rule.offset_days for rule in rules] + [0]) * 2 + 14
    deadlines = (
        Deadline.objects.filter(
            state=DeadlineState.OPEN, due_on__lte=today + timedelta(days=reach), case__state__in=["active", "postponed"]
        )
        .select_related("case__council")
        .order_by("due_on", "pk")
    )
    found: list[Due] = []
    for deadline in deadlines:
        latest: dict[str, Due] = {}
        for rule in rules:
            if rule.kind and rule.kind != deadline.kind:
                continue
            on = send_day(rule, deadline)
            if on <= today and (rule.recipients not in latest or on > latest[rule.recipients].on):
                latest[rule.recipients] = Due(rule, deadline, on)
        found += latest.values()
    return found


def subject_key(due: Due) -> str:
    """Once per rule, deadline and promised date: a new date is a new promise, with reminders of its own."""
    return f"deadline:{due.deadline.pk}:{due.deadline.due_on.isoformat()}:rule:{due.rule.offset_days}:{due.rule.recipients}"


def words_for(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days == 0:
        return "due today"
    if days > 0:
        return f"due in {days} day{'' if days == 1 else 's'}"
    return f"{-days} day{'' if days == -1 else 's'} late"


def sweep(today: date) -> int:
    """Queue what is due and has not been queued; returns how many messages were claimed. Safe to run twice at once."""
    due = due_reminders(today)
    keys = {subject_key(each): each for each in due}
    # Claimed already, by rule and deadline; one statement however many there are.
    done: set[tuple[str, int | None]] = set(
        Message.objects.filter(kind="deadline_reminder", subject_key__in=keys).values_list("subject_key", "to_id")
    )
    finished = {key for key, _ in done}
    claimed = 0
    people_of: dict[tuple[int, str], list[Any]] = {}
    for key, each in keys.items():
        role = each.deadline.owner_role if each.rule.recipients == "owner" else each.rule.recipients
        place = (each.deadline.case_id, role)
        if key in finished:
            continue
        if place not in people_of:
            people_of[place] = recipients_of(each.deadline.case, role)
        # All of one reminder's people or none: a sweep that dies between two of them would pass for finished.
        with transaction.atomic():
            claimed += sum(_queue(each, key, person, today) for person in _once(people_of[place]))
    return claimed


def _once(people: Iterable[Any]) -> list[Any]:
    """Each person once, always in the same order: two sweeps at once must not wait for each other in a circle."""
    return [person for _, person in sorted({person.pk: person for person in people}.items())]


def _queue(due: Due, key: str, person: Any, today: date) -> int:
    deadline = due.deadline
    message = queue_notification(
        kind="deadline_reminder",
        to=person,
        case=deadline.case,
        subject_key=key,
        context={
            "case_title": deadline.case.title,
            "label": deadline.label,
            "when": words_for(deadline.due_on, today),
            "due_on": deadline.due_on.isoformat(),
            "due_text": f"{deadline.due_on:%-d %B %Y}",
            "deadline_id": deadline.pk,
            "url": f"/cases/{deadline.case.reference}/deadlines/",
        },
    )
    return 0 if message is None else 1
