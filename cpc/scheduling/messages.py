"""Mail about onsite dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpc.cases.models import Case, CaseMembership
from cpc.casework.messages import case_path, still_on_running_case
from cpc.notifications.mail_kinds import Kind, register
from cpc.notifications.services import queue_notification

if TYPE_CHECKING:
    from cpc.accounts.models import User
    from cpc.notifications.models import Message


def dates_still_stand(message: Message) -> bool:
    """A mail that waited while the dates changed again is dropped."""
    case = message.case
    if case is None or case.onsite_start_on is None:
        return False
    return still_on_running_case(message) and message.context.get("start_on") == case.onsite_start_on.isoformat()


register(
    Kind(
        code="onsite_dates",
        staff_label="Onsite dates",
        subject="Onsite dates of the {case_title} peer challenge: {dates}",
        text_template="emails/scheduling/dates.txt",
        html_template="emails/scheduling/dates.html",
        fields=("case_title", "dates", "start_on", "end_on", "url"),
        still_applies=dates_still_stand,
    )
)


def tell_of_dates(case: Case, *, by: User) -> None:
    """Queue one mail to everybody on the case but the person who agreed the dates."""
    assert case.onsite_start_on and case.onsite_end_on  # noqa: S101 - set by the only caller
    members = (
        CaseMembership.objects.in_force()
        .filter(case=case)
        .exclude(role="contributor")
        .exclude(user=by)
        .select_related("user")
    )
    dates = f"{case.onsite_start_on:%-d %B} to {case.onsite_end_on:%-d %B %Y}"
    for user in {member.user_id: member.user for member in members}.values():
        queue_notification(
            kind="onsite_dates",
            to=user,
            case=case,
            subject_key=f"case:{case.pk}:dates:{case.version}",
            context={
                "case_title": case.title,
                "dates": dates,
                "start_on": case.onsite_start_on.isoformat(),
                "end_on": case.onsite_end_on.isoformat(),
                "url": case_path(case),
            },
        )
