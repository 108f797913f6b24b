"""Mails of stage 2."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from cpc.cases.models import HOST_CASE_ROLES, Case, CaseMembership, CaseRole, CaseState
from cpc.cases.queries import recipients_of
from cpc.casework.messages import (
    ON_CASE,
    ONSITE_FIELDS,
    case_path,
    onsite_days_of,
    onsite_values,
    still_on_running_case,
)
from cpc.components.text import lower_first
from cpc.notifications.mail_kinds import CalendarEvent, Kind, register
from cpc.notifications.services import queue_notification
from teams.composition.models import CouncilComment, MemberState, Team, TeamMember

if TYPE_CHECKING:
    from cpc.accounts.models import User
    from cpc.notifications.models import Message


def _place(message: Message) -> TeamMember | None:
    """The place on the team that a mail is about, if its case still runs and its reader can still sign in."""
    case = message.case
    if case is None or case.state not in {CaseState.ACTIVE, CaseState.POSTPONED}:
        return None
    if message.to is None or not message.to.is_active:
        return None
    return TeamMember.objects.filter(
        pk=message.context.get("member_id"), user=message.to_id, team__case=message.case_id
    ).first()


def still_invited(message: Message) -> bool:
    place = _place(message)
    return place is not None and place.state == MemberState.INVITED


def still_to_agree_dates(message: Message) -> bool:
    place = _place(message)
    case = message.case
    return (
        place is not None
        and case is not None
        and place.state == MemberState.ACCEPTED
        and not place.agreed_to(case.onsite_start_on, case.onsite_end_on)
    )


def still_off_team(message: Message) -> bool:
    """Not to somebody who has been put back meanwhile; a case that is over still tells them."""
    if message.to is None or not message.to.is_active:
        return False
    return not TeamMember.objects.filter(team__case=message.case_id, user=message.to_id).standing().exists()


PLACE_FIELDS = ("name", "role", *ONSITE_FIELDS, "answer_by", "member_id")
IN_POOL = "You are getting this email because you are in the LGA's peer pool."
INVITED = "You are getting this email because you were invited to join the {case_title} peer team."


def _kind(
    template: str,
    label: str,
    subject: str,
    fields: tuple[str, ...] = (),
    *,
    why: str = ON_CASE,
    button: str,
    applies: Callable[[Message], bool] = still_on_running_case,
    events: Callable[[Message], list[CalendarEvent]] | None = None,
) -> None:
    register(
        Kind(
            code=f"team_{template}",
            staff_label=label,
            subject=f"{{case_title}} peer challenge: {subject}",
            template=f"emails/teams/{template}.txt",
            button=button,
            why=why,
            fields=("case_title", *fields, *(["url"] if button else [])),
            still_applies=applies,
            events=events,
        )
    )


_kind(
    "invitation",
    "Invitation to a peer team",
    "invitation to join the peer team, {dates}",
    PLACE_FIELDS,
    why=IN_POOL,
    button="Answer the invitation",
    applies=still_invited,
    events=onsite_days_of,
)
_kind(
    "new_dates",
    "New onsite dates for a peer",
    "new onsite dates {dates}",
    PLACE_FIELDS,
    why="You are getting this email because you have a place on the {case_title} peer team.",
    button="Say whether you can still come",
    applies=still_to_agree_dates,
    events=onsite_days_of,
)
_kind(
    "withdrawn",
    "Taken off a peer team",
    "you no longer need to keep the dates free",
    ("name", *ONSITE_FIELDS),
    why=INVITED,
    button="",
    applies=still_off_team,
    events=partial(onsite_days_of, is_off=True),
)
_kind("answer", "A peer's answer", "{name} {answer}", ("name", "answer"), button="See the team")
_kind("shared", "Proposed team to the council", "proposed peer team for your comments", button="See the proposed team")
_kind(
    "comment",
    "Council's comment on the team",
    "{name} has commented on the proposed peer team",
    ("name",),
    button="Read and answer the comment",
)
_kind(
    "comment_decided",
    "Answer to the council's comment",
    "answer to your comment on the peer team",
    why="You are getting this email because you commented on the team.",
    button="Read the answer",
)
_kind(
    "confirmed",
    "Team confirmed",
    "peer team confirmed",
    ONSITE_FIELDS,
    button="See who is on the team",
    events=onsite_days_of,
)


def team_path(case: Case) -> str:
    return f"{case_path(case)}team/"


def invitation_path(member: TeamMember, case: Case) -> str:
    return f"{team_path(case)}invitations/{member.pk}/"


def _place_context(member: TeamMember, case: Case) -> dict[str, Any]:
    return {
        "case_title": case.title,
        "name": member.user.full_name,
        "role": lower_first(member.get_role_display()),
        "answer_by": f"{member.answer_by_on:%-d %B %Y}" if member.answer_by_on else "",
        "member_id": member.pk,
        "url": invitation_path(member, case),
    } | onsite_values(case)


def mail_invitation(member: TeamMember, case: Case, *, again: bool = False) -> Message | None:
    """The invitation, or its reminder: at most one reminder a day."""
    suffix = timezone.localdate().isoformat() if again else "first"
    return queue_notification(
        kind="team_invitation",
        to=member.user,
        case=case,
        subject_key=f"place:{member.pk}:{suffix}",
        context=_place_context(member, case),
    )


def mail_new_dates(member: TeamMember, case: Case) -> Message | None:
    """Asked once a day for one pair of dates."""
    return queue_notification(
        kind="team_new_dates",
        to=member.user,
        case=case,
        subject_key=f"place:{member.pk}:dates:{case.onsite_start_on}:{timezone.localdate().isoformat()}",
        context=_place_context(member, case),
    )


def mail_withdrawn(member: TeamMember, case: Case) -> None:
    queue_notification(
        kind="team_withdrawn",
        to=member.user,
        case=case,
        subject_key=f"place:{member.pk}:withdrawn",
        context={"case_title": case.title, "name": member.user.full_name} | onsite_values(case),
    )


def _tell(people: list[User], *, kind: str, case: Case, key: str, context: dict[str, Any], but: User) -> None:
    for user in people:
        if user.pk != but.pk:
            queue_notification(
                kind=kind,
                to=user,
                case=case,
                subject_key=key,
                context={"case_title": case.title, "url": team_path(case)} | context,
            )


def tell_of_answer(member: TeamMember, case: Case, *, answer: str, by: User) -> None:
    """The peer challenge manager is told what a peer answered."""
    _tell(
        recipients_of(case, CaseRole.PEER_CHALLENGE_MANAGER),
        kind="team_answer",
        case=case,
        key=f"place:{member.pk}:version:{member.version}",
        context={"name": member.user.full_name, "answer": answer},
        but=by,
    )


def _hosts(case: Case) -> list[User]:
    members = (
        CaseMembership.objects.in_force()
        .filter(case=case, role__in=sorted(HOST_CASE_ROLES), user__is_active=True)
        .select_related("user")
    )
    return list({member.user_id: member.user for member in members}.values())


def tell_council_of_team(team: Team, case: Case, *, by: User) -> None:
    _tell(
        _hosts(case),
        kind="team_shared",
        case=case,
        key=f"team:{team.pk}:shared:{timezone.localdate().isoformat()}",
        context={},
        but=by,
    )


def tell_of_comment(comment: CouncilComment, case: Case, *, by: User) -> None:
    _tell(
        recipients_of(case, CaseRole.PEER_CHALLENGE_MANAGER),
        kind="team_comment",
        case=case,
        key=f"comment:{comment.pk}",
        context={"name": by.full_name},
        but=by,
    )


def tell_of_decision(comment: CouncilComment, case: Case, *, by: User) -> None:
    _tell(
        [comment.made_by],
        kind="team_comment_decided",
        case=case,
        key=f"comment:{comment.pk}:decided:{comment.version}",
        context={},
        but=by,
    )


def tell_of_confirmation(team: Team, case: Case, *, peers: list[User], by: User) -> None:
    """The peers who have just got access, and the council's leadership."""
    _tell(
        peers + _hosts(case),
        kind="team_confirmed",
        case=case,
        key=f"team:{team.pk}:confirmed:{team.version}",
        context=onsite_values(case),
        but=by,
    )
