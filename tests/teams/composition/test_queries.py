import pytest

from councils.models import Neighbour, PoliticalControl
from cpc.cases.models import CaseRole
from cpc.cases.services import add_member
from teams.composition import queries
from teams.peers.models import PeerProfile
from tests.factories.composition import accept, invite, make_team_case, propose
from tests.factories.councils import make_council
from tests.factories.peers import make_chief_executive, make_leader, make_peer

pytestmark = pytest.mark.django_db


def warnings(case) -> str:
    members = list(queries.members_of_team(case.team))
    facts = queries.facts_about(case, [member.user for member in members])
    return " ".join(queries.warnings_about_team(case, members, facts))


def test_warnings_about_size_and_parties():
    case = make_team_case()
    propose(case, make_leader(party="labour"), CaseRole.LEAD_MEMBER_PEER)
    assert "The team has 1 person" in warnings(case)
    assert "only one member peer" in warnings(case)
    propose(case, make_leader(party="labour"), CaseRole.MEMBER_PEER)
    assert "All member peers are of one party (Labour)" in warnings(case)
    propose(case, make_leader(party="conservative"), CaseRole.MEMBER_PEER)
    assert "one party" not in warnings(case)
    propose(case, make_chief_executive(), CaseRole.LEAD_OFFICER_PEER)
    assert "teams usually have" not in warnings(case)


def test_council_in_no_overall_control_asks_for_experience_of_it():
    case = make_team_case()
    PoliticalControl.objects.create(council=case.council, year=2026, control="No overall control")
    propose(case, make_leader(party="labour"), CaseRole.LEAD_MEMBER_PEER)
    assert "no overall control and the team has members of one party only" in warnings(case)
    assert "no member peer has led in no overall control" in warnings(case)
    propose(case, make_leader(party="conservative", skills=["noc"]), CaseRole.MEMBER_PEER)
    assert "no overall control" not in warnings(case)


def test_warnings_about_a_person_and_continuity_which_is_none():
    host = make_council(region="North West")
    earlier = make_team_case(
        council=host, state="closed", stage="progress_review", onsite_start_on="2017-03-06", onsite_end_on="2017-03-09"
    )
    case = make_team_case(council=host)
    near, far = make_council(region="North West"), make_council(region="London")
    Neighbour.objects.create(council=host, neighbour=near, set="any", rank=1)
    same_region = make_peer(council=make_council(region="North West"), full_name="Same Region")
    neighbour = make_peer(council=near, full_name="Near By")
    stranger = make_peer(council=far, full_name="Far Off")
    earlier.state = "active"
    earlier.save()
    add_member(case=earlier, user=stranger.user, role=CaseRole.SENIOR_OFFICER_PEER, by=earlier.manager)
    facts = queries.facts_about(case, [same_region.user, neighbour.user, stranger.user])
    assert "same region (North West)" in " ".join(queries.warnings_about_person(case, same_region.user, facts))
    assert "neighbouring council" in " ".join(queries.warnings_about_person(case, neighbour.user, facts))
    assert queries.warnings_about_person(case, stranger.user, facts) == []
    assert facts.earlier[stranger.user.pk] == [2017]


def test_pool_for_a_case_leaves_out_the_host_and_the_team():
    case = make_team_case()
    at_home = make_peer(council=case.council)
    on_team, free = make_peer(), make_peer()
    propose(case, on_team, CaseRole.SENIOR_OFFICER_PEER)
    assert set(queries.pool_for(case, PeerProfile.objects.all())) == {free}
    assert at_home.pk not in queries.pool_for(case, PeerProfile.objects.all()).values_list("pk", flat=True)


def test_team_is_listed_with_its_leads_first():
    case = make_team_case()
    propose(case, make_peer(full_name="Aa"), CaseRole.SHADOW_PEER)
    propose(case, make_leader(full_name="Zz"), CaseRole.LEAD_MEMBER_PEER)
    propose(case, make_chief_executive(full_name="Yy"), CaseRole.LEAD_OFFICER_PEER)
    assert [member.user.full_name for member in queries.members_of_team(case.team)] == ["Yy", "Zz", "Aa"]


def test_invitations_wait_for_their_addressee_only():
    case = make_team_case()
    member = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    other = make_peer()
    propose(case, other, CaseRole.SHADOW_PEER)
    assert list(queries.invitations_awaiting(member.user)) == [member]
    assert not queries.invitations_awaiting(other.user).exists(), "proposed, not asked yet"
    accept(member)
    assert not queries.invitations_awaiting(member.user).exists()
