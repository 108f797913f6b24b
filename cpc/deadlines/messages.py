"""Mail that reminds of a deadline: what, where, when, and a link; never a finding."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from cpc.deadlines.models import Deadline, DeadlineState
from cpc.deadlines.recipients import reached_by
from cpc.deadlines.reminders import words_for
from cpc.notifications.kinds import Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def deadline_still_open(message: Message) -> bool:
    """Asked just before sending: met, moved, fallen away, a case that stands still, or a person who left: no mail."""
    deadline = Deadline.objects.select_related("case__council").filter(pk=message.context.get("deadline_id")).first()
    if deadline is None or deadline.state != DeadlineState.OPEN or deadline.case.state not in {"active", "postponed"}:
        return False
    if deadline.due_on.isoformat() != message.context.get("due_on"):
        return False
    today = timezone.localdate()
    people = [
        person for role in (deadline.owner_role, "LGA") for person in reached_by(deadline.case, role, today).people
    ]
    return any(person.pk == message.to_id for person in people)


def words_of_the_day(message: Message) -> dict[str, Any]:
    """A mail that waited for the mail server says how many days are left now."""
    return {"when": words_for(date.fromisoformat(message.context["due_on"]), timezone.localdate())}


register(
    Kind(
        code="deadline_reminder",
        staff_label="Reminder",
        subject="{case_title}: {label}, {when}",
        text_template="emails/deadlines/reminder.txt",
        html_template="emails/deadlines/reminder.html",
        fields=("case_title", "label", "when", "due_on", "due_text", "instead", "deadline_id", "url"),
        still_applies=deadline_still_open,
        renew=words_of_the_day,
        event_on="due_on",
        event_title="{label}: {case_title}",
    )
)
