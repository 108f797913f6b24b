import pytest
from django.utils import timezone

from cpc.cases.errors import GateRefused
from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import Stage
from cpc.casework.services import advance_case
from teams.composition import services
from teams.composition.council_view import services as council_services
from teams.composition.invitations import services as invitation_services
from teams.composition.models import Team
from teams.composition.stage import outstanding
from tests.factories.composition import accept, invite, make_host, make_team_case, propose
from tests.factories.peers import make_chief_executive, make_leader

pytestmark = pytest.mark.django_db


def codes(case) -> list[str]:
    return [item.code for item in outstanding(case, None)]


def test_outstanding_empties_step_by_step():
    case = make_team_case()
    assert codes(case) == ["lead_member_peer", "lead_officer_peer", "council_view", "leader_talk", "confirmed"]
    officer = propose(case, make_chief_executive(), CaseRole.LEAD_OFFICER_PEER)
    assert codes(case) == ["lead_member_peer", "proposed", "council_view", "leader_talk", "confirmed"]
    accept(invitation_services.invite_member(member=officer, by=case.manager))
    member = invite(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    assert codes(case) == ["unanswered", "senior_member", "council_view", "leader_talk", "confirmed"]
    accept(member)
    council_services.share_team(case=case, by=case.manager)
    assert codes(case) == ["leader_talk", "confirmed"]
    council_services.record_leader_talk(case=case, on=timezone.localdate(), by=make_host(case))
    services.confirm_team(case=case, by=case.manager)
    assert codes(case) == []
    advance_case(case=case, from_stage=Stage.TEAM_COMPOSITION, by=case.manager)
    assert Case.objects.get(pk=case.pk).stage == Stage.SELF_ASSESSMENT


def test_gate_refuses_a_team_of_nobody_even_with_a_reason():
    case = make_team_case()
    firm = [item.code for item in outstanding(case, None) if not item.waivable]
    assert firm == ["confirmed"]
    with pytest.raises(GateRefused):
        advance_case(case=case, from_stage=Stage.TEAM_COMPOSITION, override_reason="Go on", by=case.manager)


def test_each_line_says_whose_turn_it_is_and_leads_somewhere():
    case = make_team_case()
    invite(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    turns = {item.code: item.whose for item in outstanding(case, None)}
    assert (turns["unanswered"], turns["leader_talk"], turns["confirmed"]) == ("Peer team", "Council", "LGA")
    assert all(item.url.startswith(f"/cases/{case.reference}/team/") for item in outstanding(case, None))


def test_a_peer_support_visit_needs_no_leads():
    case = make_team_case(kind="support_visit")
    assert codes(case) == ["nobody", "council_view", "confirmed"]
    accept(invite(case, make_leader(), CaseRole.MEMBER_PEER))
    services.confirm_team(case=case, by=case.manager)
    assert codes(case) == ["council_view"]


def test_entering_the_stage_twice_makes_one_team():
    case = make_team_case()
    services.open_team(case, case.manager)
    assert Team.objects.filter(case=case).count() == 1
