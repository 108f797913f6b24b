"""Mail about onsite dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpc.cases.models import Case, CaseMembership
from cpc.casework.messages import (
    ON_CASE,
    ONSITE_FIELDS,
    OPEN_CASE,
    case_path,
    onsite_days_of,
    onsite_values,
    still_on_running_case,
)
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
        subject="{case_title} peer challenge: onsite dates {dates}",
        template="emails/scheduling/dates.txt",
        button=OPEN_CASE,
        why=ON_CASE,
        fields=("case_title", *ONSITE_FIELDS, "url"),
        events=onsite_days_of,
        still_applies=dates_still_stand,
    )
)


def tell_of_dates(case: Case, *, by: User) -> None:
    """Queue one mail to everybody on the case but the person who agreed the dates."""
    members = (
        CaseMembership.objects.in_force()
        .filter(case=case)
        .exclude(role="contributor")
        .exclude(user=by)
        .select_related("user")
    )
    for user in {member.user_id: member.user for member in members}.values():
        queue_notification(
            kind="onsite_dates",
            to=user,
            case=case,
            subject_key=f"case:{case.pk}:dates:{case.version}",
            context={"case_title": case.title, "url": case_path(case)} | onsite_values(case),
        )
