"""Mail about the timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.onsite.models import Session
from cpc.casework.messages import still_on_running_case
from cpc.notifications.mail_kinds import Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def still_in_session(message: Message) -> bool:
    session = Session.objects.filter(pk=message.context.get("session_id"), peers__user=message.to_id)
    return session.exists() and still_on_running_case(message)


register(
    Kind(
        code="session_changed",
        staff_label="Timetable changed",
        subject="{case_title}: one of your sessions {what}",
        text_template="emails/onsite/session_changed.txt",
        html_template="emails/onsite/session_changed.html",
        fields=("case_title", "what", "session_id", "url"),
        still_applies=still_in_session,
    )
)
register(
    Kind(
        code="session_removed",
        staff_label="Session removed",
        subject="{case_title}: one of your sessions {what}",
        text_template="emails/onsite/session_changed.txt",
        html_template="emails/onsite/session_changed.html",
        fields=("case_title", "what", "session_id", "url"),
        still_applies=still_on_running_case,
    )
)
