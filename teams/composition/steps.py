"""Steps that the services of this folder share."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import LGA_STAFF
from cpc.audit.services import record
from cpc.cases.errors import StageClosed
from cpc.cases.in_force import councils_too_near
from cpc.cases.models import PEER_CASE_ROLES, Case, CaseMembership, CaseRole
from cpc.casework.services import lock_case, remove_member
from cpc.components.errors import Refused
from teams.composition.models import MEMBER_PEER_ROLES, Team, TeamMember
from teams.composition.queries import why_team_closed
from teams.peers.models import PeerKind, PeerProfile


def lock_team(case: Case) -> Team:
    """The case's team, locked. The case is locked by the caller, so two first writers cannot meet."""
    Team.objects.get_or_create(case=case)
    return Team.objects.select_for_update().get(case=case)


def lock_for_place(member: TeamMember) -> Case:
    """The case, locked, if this place may still be filled: while the team is put together, or in another's stead."""
    case = lock_case(member.team.case_id)
    require_team_open(case, replacing=member.replaces_id is not None)
    return case


def require_team_open(case: Case, *, replacing: bool = False) -> None:
    reason = why_team_closed(case, replacing=replacing)
    if reason:
        raise StageClosed(reason)


def lock_member(member: TeamMember) -> TeamMember:
    return TeamMember.objects.select_for_update(of=("self",)).select_related("user", "user__council").get(pk=member.pk)


def touch(team: Team) -> None:
    """A page that shows the whole team is stale once anything about it changed."""
    Team.objects.filter(pk=team.pk).update(version=F("version") + 1)
    team.version += 1


def needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(message, field=field)
    return text


def check_person(case: Case, user: User, role: str) -> PeerProfile:
    """Whether this person may hold this role here at all (R48, X2). Raises Refused naming the field."""
    if not user.is_active:
        raise Refused(f"{user.full_name} no longer has an account.", field="user")
    if user.role in LGA_STAFF:
        raise Refused(f"{user.full_name} works for the LGA and cannot be a peer.", field="user")
    if user.council_id and councils_too_near(case, timezone.localdate()).filter(pk=user.council_id).exists():
        raise Refused(f"{user.full_name} is of the host council and cannot be on its peer team.", field="user")
    profile = PeerProfile.objects.filter(user=user).first()
    if profile is None:
        raise Refused(f"{user.full_name} is not in the peer pool. Add them to the peer pool first.", field="user")
    if role in MEMBER_PEER_ROLES and profile.kind != PeerKind.MEMBER:
        raise Refused(f"{user.full_name} is an officer peer. Choose an officer's role.", field="role")
    if role in {CaseRole.LEAD_OFFICER_PEER, CaseRole.SENIOR_OFFICER_PEER} and profile.kind != PeerKind.OFFICER:
        raise Refused(f"{user.full_name} is a member peer. Choose a member's role.", field="role")
    return profile


def end_access(member: TeamMember, case: Case, *, by: User) -> None:
    """Ends what the team gave. The reason stays with the LGA: everybody on the case reads the case's own event."""
    for membership in CaseMembership.objects.filter(
        case=case, user=member.user_id, role__in=sorted(PEER_CASE_ROLES), removed_at__isnull=True
    ):
        remove_member(membership=membership, reason="No longer on the team", by=by)


def clear_talk(team: Team, case: Case, *, by: User) -> None:
    """R17 is about one person: with another lead member peer the talk has not taken place."""
    if team.talk_on is None:
        return
    team.talk_on, team.talk_by = None, None
    team.save(update_fields=["talk_on", "talk_by"])
    record(verb="leader_talk_cleared", by=by, case=case)
