from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from councils.models import Neighbour, PoliticalControl, Seats
from cpc.cases.models import CaseRole
from cpc.casework.services import add_member
from teams.composition import queries
from teams.composition.council_view.services import record_consultation
from teams.composition.stage import outstanding
from teams.peers.models import PeerProfile
from teams.peers.queries import pool, service_record
from tests.factories.accounts import make_user
from tests.factories.composition import accept, invite, make_team_case, propose
from tests.factories.councils import make_council
from tests.factories.peers import make_chief_executive, make_leader, make_peer
from tests.filling import day_parts
from tests.teams.composition.conftest import url

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
    host.latitude, host.longitude = 53.8, -2.9
    host.save()
    near = make_council(region="North West", latitude=53.82, longitude=-2.95)
    far = make_council(region="London", latitude=51.5, longitude=-0.1)
    # Similar by figures, and at the other end of the country: no neighbour.
    Neighbour.objects.create(council=host, neighbour=far, set="any", rank=1)
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


# ------------------------------------------------------------------ service


def on_team(profile, first, **overrides):
    case = make_team_case(onsite_start_on=first, onsite_end_on=first + timedelta(days=3), **overrides)
    add_member(case=case, user=profile.user, role=CaseRole.SENIOR_OFFICER_PEER, by=case.manager)
    return case


def test_served_means_ended_before_today_in_every_place(client_for, time_machine):
    time_machine.move_to(datetime(2026, 11, 26, 9, tzinfo=UTC), tick=False)
    profile = make_peer(council=make_council())
    on_team(profile, date(2026, 10, 5))
    # Ahead, and one that ends today: neither has been served.
    on_team(profile, date(2027, 1, 25))
    ends_today = on_team(profile, date(2026, 11, 23))
    called_off = on_team(profile, date(2025, 3, 3))
    called_off.state, called_off.state_reason = "cancelled", "Merged"
    called_off.save()
    # So with the challenge of a peer's own council.
    make_team_case(council=profile.user.council, onsite_start_on=date(2027, 2, 1), onsite_end_on=date(2027, 2, 4))
    reader = make_user("programme_manager")
    row = pool(reader).get(pk=profile.pk)
    assert (row.last_served_on, row.own_council_last_on) == (date(2026, 10, 8), None)
    case = make_team_case()
    facts = queries.facts_about(case, [profile.user], reader)
    assert facts.last_served == {profile.user_id: date(2026, 10, 8)}
    at_host = make_team_case(council=ends_today.council)
    assert queries.facts_about(at_host, [profile.user], reader).earlier == {}
    service = service_record(profile, reader)
    assert [each["case"].onsite_text for each in service.served] == ["5 to 8 October 2026"]
    assert [each["case"].onsite_text for each in service.ahead] == ["25 to 28 January 2027", "23 to 26 November 2026"]
    page = client_for(reader).get(f"/peers/{profile.pk}/").content.decode()
    assert page.index("Teams ahead") < page.index("25 to 28 January 2027") < page.index("Teams served on")
    assert "Last served in October 2026" in client_for(reader).get(url(case, "member-search")).content.decode()


def test_a_recent_team_is_one_before_this_case_and_idle_once_it_is_over(time_machine):
    time_machine.move_to(datetime(2026, 11, 26, 9, tzinfo=UTC), tick=False)
    profile = make_peer(council=make_council(region="London"))
    on_team(profile, date(2026, 10, 26))

    def said(first) -> str:
        case = make_team_case(onsite_start_on=first, onsite_end_on=first + timedelta(days=3))
        facts = queries.facts_about(case, [profile.user])
        return " ".join(queries.warnings_about_person(case, profile.user, facts))

    assert said(date(2027, 1, 11)) == f"{profile.user.full_name} was on another team that ended on 29 October 2026."
    # Onsite before that team, over already, or more than a year after it.
    assert said(date(2026, 1, 12)) == said(date(2028, 1, 10)) == ""
    assert said(date(2026, 11, 2)) == ""


# ------------------------------------------------------------------ no overall control (R19)


def test_a_council_whose_control_is_not_recorded_is_named():
    case = make_team_case()
    propose(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    assert f"Control of {case.council.name} not recorded" in warnings(case)
    PoliticalControl.objects.create(council=case.council, year=2026, control="Labour")
    assert "not recorded" not in warnings(case)


@pytest.mark.parametrize(
    ("control", "is_noc"),
    [
        ("NOC", True),
        ("NOC: Conservative largest", True),
        ("CON min", True),
        ("LD/GRN", True),
        ("LAB", False),
        ("LAB Mayor", False),
    ],
)
def test_no_overall_control_is_read_in_all_the_ways_in_which_it_is_written(control, is_noc):
    case = make_team_case()
    PoliticalControl.objects.create(council=case.council, year=2025, control=control)
    assert queries.facts_about(case, []).is_noc is is_noc


def groups_asked(case) -> list[str]:
    return [item.text for item in outstanding(case, case.manager) if item.code == "group_leaders"]


def consult(case, group):
    return record_consultation(
        case=case, group=group, leader_name="Gwen Group", consulted_on=timezone.localdate(), by=case.manager
    )


def test_in_no_overall_control_every_group_of_the_register_is_asked(client_for):
    case = make_team_case()
    assert groups_asked(case) == []
    PoliticalControl.objects.create(council=case.council, year=2025, control="NOC")
    assert groups_asked(case) == ["Ask the group leaders about the team: the council is in no overall control"]
    for year, party, number in ((2021, "UKIP", 30), (2025, "LAB", 20), (2025, "Conservative", 19), (2025, "Green", 0)):
        Seats.objects.create(council=case.council, year=year, party=party, number=number)
    assert groups_asked(case) == ["Ask the group leaders about the team: LAB, Conservative"]
    # The form offers them; one that the register does not know is typed.
    client, address = client_for(case.manager), url(case, "consultation-add")
    page = client.get(address).content.decode()
    assert all(each in page for each in ("LAB", "Conservative", "Another group")) and "UKIP" not in page
    typed = day_parts("consulted_on", timezone.localdate()) | {
        "group": "other",
        "other_group": "",
        "leader_name": "Gwen Group",
        "view": "",
    }
    assert "Enter the name of the other group" in client.post(address, typed).content.decode()
    assert client.post(address, typed | {"other_group": "Wyre First"}).status_code == 302
    assert client.post(address, typed | {"group": "Conservative"}).status_code == 302
    assert set(case.team.consultations.values_list("group", flat=True)) == {"Wyre First", "Conservative"}
    assert groups_asked(case) == ["Ask the group leaders about the team: LAB"]
    consult(case, "Labour")
    assert groups_asked(case) == []
    # A majority asks nobody, whatever the seats.
    majority = make_team_case()
    PoliticalControl.objects.create(council=majority.council, year=2025, control="Labour")
    assert groups_asked(majority) == []
