"""Twelve statements a page, whatever is the matter with a team: nobody is asked about one person at a time (QUALITY)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from councils.models import PoliticalControl, Seats
from cpc.cases.models import CaseRole
from cpc.casework.services import add_member
from teams.composition.council_view import services as council_services
from teams.composition.models import CommentKind
from teams.composition.stage import outstanding
from teams.peers.models import AvailabilityWindow
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.composition import accept, invite, make_host, make_team_case, propose
from tests.factories.councils import make_council
from tests.factories.peers import make_peer
from tests.teams.composition.conftest import opened

pytestmark = pytest.mark.django_db
MOST = 12
# What each page warns of here, in words that a reader of the LGA finds on it whether or not they may know the other case.
SAID = {
    "cases:detail": "Ask the group leaders about the team",
    "scheduling:detail": " gave other days",
    "composition:detail": "Decide on what",
    "composition:member-search": "<strong>No.</strong>",
    "composition:confirm": "no overall control",
}
DECLARED = {"conflicts": ["family"], "conflict_text": "A cousin"}


def make_troubled(peers: int):
    """A joint case of councils in no overall control, where everything that a page warns of is the case for each peer."""
    case = make_team_case()
    case.joint_councils.add(make_council(), make_council())
    for council in (case.council, *case.joint_councils.all()):
        PoliticalControl.objects.create(council=council, year=2025, control="NOC")
        for seats, party in ((20, "Labour"), (19, "Conservative"), (3, "Green")):
            Seats.objects.create(council=council, year=2025, party=party, number=seats)
    leader = make_host(case)
    elsewhere, before = make_team_case(), make_team_case()
    last = case.onsite_start_on - timedelta(weeks=60)
    before.onsite_start_on, before.onsite_end_on = last, last + timedelta(days=3)
    before.save()
    for number in range(peers):
        profile = make_peer(council=make_council())
        AvailabilityWindow.objects.create(profile=profile, start_on=last, end_on=last)
        invite(elsewhere, profile, CaseRole.SENIOR_OFFICER_PEER)
        add_member(case=before, user=profile.user, role=CaseRole.SENIOR_OFFICER_PEER, by=before.manager)
        add_member(case=elsewhere, user=profile.user, role=CaseRole.SENIOR_OFFICER_PEER, by=elsewhere.manager)
        accept(invite(case, profile, CaseRole.SENIOR_OFFICER_PEER), **DECLARED)
        propose(case, make_peer(council=make_council()), CaseRole.ASSOCIATE_PEER)
        # Of the pool, with another challenge on these days too.
        free = make_peer(council=make_council())
        add_member(case=elsewhere, user=free.user, role=CaseRole.ASSOCIATE_PEER, by=elsewhere.manager)
        council_services.record_consultation(
            case=case, group=f"Party {number}", leader_name="Lee", consulted_on=case.created_at.date(), by=case.manager
        )
    council_services.share_team(case=case, by=case.manager)
    for member in case.team.members.filter(state="accepted"):
        council_services.comment_on_team(
            case=case, kind=CommentKind.OBJECTION, reason="Too near", member=member, form_key=uuid4(), by=leader
        )
    return case


@pytest.mark.parametrize("page", SAID)
@pytest.mark.parametrize("who", ["manager", "programme_manager"])
def test_a_page_about_a_team_costs_the_same_with_one_peer_and_with_eight(client_for, page, who):
    national = make_user("programme_manager")
    costs = []
    for case in (make_troubled(1), make_troubled(8)):
        client = client_for(case.manager if who == "manager" else national)
        address = reverse(page, kwargs={"reference": case.reference})
        assert SAID[page] in opened(client, address)
        costs.append(count_queries(lambda client=client, address=address: client.get(address)))
    assert costs[0] == costs[1] <= MOST


def test_two_people_of_one_name_who_declared_something_are_two_decisions():
    case = make_team_case()
    members = [
        accept(invite(case, make_peer(full_name="Sam Same"), CaseRole.SENIOR_OFFICER_PEER), **DECLARED)
        for _ in range(2)
    ]
    found = [item for item in outstanding(case, case.manager) if item.code == "conflict"]
    assert {item.text for item in found} == {"Decide on what Sam Same declared"}
    assert [item.url.split("/")[-3] for item in found] == [str(member.pk) for member in members]


def test_a_declaration_of_somebody_who_came_after_the_page_read_the_team_waits_for_the_next():
    case = make_team_case()
    known = list(case.team.members.all())
    accept(invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER), **DECLARED)
    found = outstanding(case, case.manager, team=case.team, considered=known)
    assert "conflict" not in {item.code for item in found}
    assert "conflict" in {item.code for item in outstanding(case, case.manager)}
