"""The sweep: which reminders are due today, including those of days that were missed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from cpc.deadlines.models import Deadline, DeadlineState, ReminderRule
from cpc.deadlines.recipients import Reached, reached_by
from cpc.deadlines.working_days import add_working_days
from cpc.notifications.models import Message, MessageState
from cpc.notifications.services import queue_notification

logger = logging.getLogger(__name__)


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


def reach(rules: list[ReminderRule]) -> timedelta:
    """How far ahead a deadline may lie of which one of these rules speaks today.

    Working days stretch: twice the offset and a fortnight reaches any of them.
    """
    return timedelta(days=max([-rule.offset_days for rule in rules] + [0]) * 2 + 14)


def role_for(rule: ReminderRule, deadline: Deadline) -> str:
    """The side that this rule speaks to. The LGA's own deadlines have one side, however many rules name it."""
    return deadline.owner_role if rule.recipients == "owner" else rule.recipients


def due_reminders(today: date) -> list[Due]:
    """For each open deadline and side, the latest rule whose day has come.

    A day that was missed is made good, and a pile is not: of several rules whose days have passed only the last
    one speaks. Cases that are paused or over are left in peace. Three queries, whatever the number of deadlines.
    """
    rules = list(ReminderRule.objects.filter(is_active=True))
    if not rules:
        return []
    deadlines = (
        Deadline.objects.filter(
            state=DeadlineState.OPEN, due_on__lte=today + reach(rules), case__state__in=["active", "postponed"]
        )
        .select_related("case__council")
        .prefetch_related("case__joint_councils")
        .order_by("due_on", "pk")
    )
    found: list[Due] = []
    for deadline in deadlines:
        latest: dict[str, Due] = {}
        for rule in rules:
            if rule.kind and rule.kind != deadline.kind:
                continue
            on, role = send_day(rule, deadline), role_for(rule, deadline)
            if on <= today and (role not in latest or on > latest[role].on):
                latest[role] = Due(rule, deadline, on)
        found += latest.values()
    return found


def subject_key(due: Due) -> str:
    """Once per offset, deadline and promised date: a new date is a new promise, with reminders of its own.

    Rules of one offset speak on one day, and so in one message, even to somebody whom they reach on two sides.
    """
    offset = f"{due.rule.offset_days}{'w' if due.rule.in_working_days else ''}"
    return f"deadline:{due.deadline.pk}:{due.deadline.due_on.isoformat()}:rule:{offset}"


def words_for(due_on: date, today: date) -> str:
    days = (due_on - today).days
    if days == 0:
        return "due today"
    if days > 0:
        return f"due in {days} day{'' if days == 1 else 's'}"
    return f"{-days} day{'' if days == -1 else 's'} late"


def sweep(today: date) -> int:
    """Queue what is due and has not been queued; returns how many messages were claimed. Safe to run twice at once."""
    by_key: dict[str, list[Due]] = {}
    for each in due_reminders(today):
        by_key.setdefault(subject_key(each), []).append(each)
    # Claimed already; one statement however many there are. What was dropped reached nobody: whoever is there now is told.
    claimed_before = Message.objects.filter(kind="deadline_reminder", subject_key__in=by_key)
    finished = set(claimed_before.exclude(state=MessageState.DROPPED).values_list("subject_key", flat=True))
    claimed = 0
    reached: dict[tuple[int, str], Reached] = {}
    for key, together in by_key.items():
        if key in finished:
            continue
        # Each person once, always in the same order: two sweeps at once must not wait for each other in a circle.
        people: dict[int, tuple[Any, str]] = {}
        for each in together:
            place = (each.deadline.case_id, role_for(each.rule, each.deadline))
            if place not in reached:
                reached[place] = reached_by(each.deadline.case, place[1], today)
            for person in reached[place].people:
                people[person.pk] = (person, people.get(person.pk, (person, ""))[1] or reached[place].instead)
        if not people:
            logger.error(
                "Nobody can be reminded of deadline %s: there is no programme manager.", together[0].deadline.pk
            )
        # All of one reminder's people or none: a sweep that dies between two of them would pass for finished.
        with transaction.atomic():
            claimed += sum(_queue(together[0].deadline, key, *people[pk], today) for pk in sorted(people))
    return claimed


def _queue(deadline: Deadline, key: str, person: Any, instead: str, today: date) -> int:
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
            "instead": instead,
            "deadline_id": deadline.pk,
            "url": f"/cases/{deadline.case.reference}/deadlines/",
        },
    )
    return 0 if message is None else 1
