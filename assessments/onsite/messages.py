"""Mail about the timetable."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from assessments.onsite.models import Session
from cpc.casework.messages import still_on_running_case
from cpc.notifications.mail_kinds import CalendarEvent, Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def still_in_session(message: Message) -> bool:
    session = Session.objects.filter(pk=message.context.get("session_id"), peers__user=message.to_id)
    return session.exists() and still_on_running_case(message)


IN_SESSION = "You are getting this email because this session is on your timetable for the {case_title} peer challenge."
FIELDS = ("case_title", "what", "title", "place", "starts", "ends", "session_id", "url")


def session_of(message: Message, *, is_off: bool = False) -> list[CalendarEvent]:
    context = message.context
    if not context.get("starts"):
        return []
    starts, ends = (datetime.fromisoformat(context[name]) for name in ("starts", "ends"))
    title = f"{context['case_title']} peer challenge: {context['title']}"
    return [CalendarEvent(f"session-{context['session_id']}", title, starts, ends, context["place"], is_off)]


register(
    Kind(
        code="session_changed",
        staff_label="Timetable changed",
        subject="{case_title} peer challenge: {what}",
        template="emails/onsite/session_changed.txt",
        button="See the timetable",
        why=IN_SESSION,
        fields=FIELDS,
        still_applies=still_in_session,
        events=session_of,
    )
)
register(
    Kind(
        code="session_removed",
        staff_label="Session removed",
        subject="{case_title} peer challenge: {what}",
        template="emails/onsite/session_changed.txt",
        button="See the timetable",
        why=IN_SESSION,
        fields=FIELDS,
        events=partial(session_of, is_off=True),
        still_applies=still_on_running_case,
    )
)
