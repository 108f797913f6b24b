"""Mails about the case as a whole."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cpc.cases.models import Case, CaseMembership, CaseState, DatePrecision
from cpc.notifications.mail_kinds import CalendarEvent, Kind, register
from cpc.notifications.services import queue_notification

if TYPE_CHECKING:
    from cpc.accounts.models import User
    from cpc.notifications.models import Message


def still_on_case(message: Message) -> bool:
    """Whether the recipient still belongs to the case that the mail is about; asked again just before it is sent.

    A programme manager belongs to every case. A case that is over is still told of its ending.
    """
    if message.to is None or message.case_id is None:
        return True
    if message.to.role == "programme_manager":
        return message.to.is_active
    return (
        message.to.is_active
        and CaseMembership.objects.in_force().filter(case=message.case_id, user=message.to_id).exists()
    )


def still_on_running_case(message: Message) -> bool:
    """As above, and the case is neither paused nor over: nobody is asked to work on a case that stands still."""
    if message.case and message.case.state not in (CaseState.ACTIVE, CaseState.POSTPONED):
        return False
    return still_on_case(message)


# The button of most mails about a case, and why everybody on it gets them.
OPEN_CASE = "Open the peer challenge"
ON_CASE = "You are getting this email because you are part of the {case_title} peer challenge."
# The values that make the calendar entry of the onsite days.
ONSITE_FIELDS = ("dates", "start_on", "end_on")


def onsite_values(case: Case) -> dict[str, Any]:
    """Without days while none are agreed, or where they are known to the month only."""
    days = [case.onsite_start_on, case.onsite_end_on] if case.onsite_precision == DatePrecision.DAY else [None, None]
    start_on, end_on = (day.isoformat() if day else None for day in days)
    return {"dates": case.onsite_text if start_on else "dates to be agreed", "start_on": start_on, "end_on": end_on}


def onsite_days_of(message: Message, *, is_off: bool = False) -> list[CalendarEvent]:
    """One entry for a case: each mail about its onsite days renews it."""
    start, end = message.context.get("start_on"), message.context.get("end_on")
    if not (start and end):
        return []
    title = f"{message.context['case_title']} peer challenge: onsite"
    uid = f"onsite-{message.case_id}"
    return [CalendarEvent(uid, title, date.fromisoformat(start), date.fromisoformat(end), is_off=is_off)]


register(
    Kind(
        code="case_state_changed",
        staff_label="A peer challenge changed",
        subject="{case_title} peer challenge {change}",
        template="emails/cases/state_changed.txt",
        button=OPEN_CASE,
        why=ON_CASE,
        fields=("case_title", "change", "url"),
        still_applies=still_on_case,
    )
)


def case_path(case: Case) -> str:
    return f"/cases/{case.reference}/"


def tell_members(case: Case, *, change: str, by: User) -> None:
    """Queue one mail to everybody on the case but the person who did it (and contributors, who see one section)."""
    memberships = (
        CaseMembership.objects.in_force()
        .filter(case=case)
        .exclude(role="contributor")
        .exclude(user=by)
        .select_related("user")
    )
    people = {membership.user_id: membership.user for membership in memberships}
    for user in people.values():
        queue_notification(
            kind="case_state_changed",
            to=user,
            case=case,
            subject_key=f"case:{case.pk}:version:{case.version}:{change}"[:200],
            context={"case_title": case.title, "change": change, "url": case_path(case)},
        )
