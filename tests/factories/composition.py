"""Cases at team composition, and teams put together through the services."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.cases.models import Case, CaseRole, StageEntry
from cpc.cases.stages import Stage
from cpc.casework.services import add_member
from teams.composition import services
from teams.composition.invitations import services as invitation_services
from teams.composition.models import Team, TeamMember
from teams.peers.models import PeerProfile
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.peers import make_chief_executive, make_leader


def a_monday(weeks_ahead: int = 20) -> date:
    today = timezone.localdate()
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks_ahead)


@transaction.atomic
def make_team_case(*, by: User | None = None, council: Council | None = None, **overrides: Any) -> Case:
    """A case at team composition with agreed dates, a peer challenge manager (`case.manager`) and its team's row."""
    council = council or make_council()
    manager = by or make_user("peer_challenge_manager")
    start = a_monday()
    values: dict[str, Any] = {
        "reference": f"{council.slug}-{Case.objects.count() + 1}",
        "council": council,
        "stage": Stage.TEAM_COMPOSITION,
        "onsite_start_on": start,
        "onsite_end_on": start + timedelta(days=3),
        "created_by": manager,
    }
    case = Case.objects.create(**(values | overrides))
    StageEntry.objects.create(case=case, stage=case.stage, entered_by=manager)
    add_member(case=case, user=manager, role=CaseRole.PEER_CHALLENGE_MANAGER, by=manager)
    Team.objects.create(case=case)
    case.manager = manager  # type: ignore[attr-defined]
    return case


def make_host(case: Case, role: str = "leader") -> User:
    """Somebody of the host council's leadership, on the case."""
    user = make_user(role, council=case.council)
    add_member(case=case, user=user, role=role, by=user)
    return user


def propose(case: Case, profile: PeerProfile, role: str, **overrides: Any) -> TeamMember:
    return services.propose_member(case=case, user=profile.user, role=role, by=_lga(case), **overrides)


def invite(case: Case, profile: PeerProfile, role: str, **overrides: Any) -> TeamMember:
    member = propose(case, profile, role, **overrides)
    return invitation_services.invite_member(member=member, by=_lga(case))


def accept(member: TeamMember, **overrides: Any) -> TeamMember:
    values = {
        "conflicts": ["none"],
        "conflict_text": "",
        "dates_seen": invitation_services.dates_key(Case.objects.get(team=member.team_id)),
    }
    return invitation_services.accept_invitation(member=member, by=member.user, **(values | overrides))


def make_accepted_pair(case: Case) -> tuple[TeamMember, TeamMember]:
    """A lead officer peer who is a chief executive, and a lead member peer who is a leader; both said yes."""
    officer = accept(invite(case, make_chief_executive(), CaseRole.LEAD_OFFICER_PEER))
    member = accept(invite(case, make_leader(), CaseRole.LEAD_MEMBER_PEER))
    return officer, member


def make_confirmed_team(case: Case) -> Team:
    """The two leads, confirmed: both have access to the case."""
    make_accepted_pair(case)
    return services.confirm_team(case=case, by=_lga(case))


def _lga(case: Case) -> User:
    membership = case.memberships.filter(role=CaseRole.PEER_CHALLENGE_MANAGER, removed_at__isnull=True).first()
    assert membership is not None
    return membership.user
