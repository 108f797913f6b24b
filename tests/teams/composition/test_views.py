from uuid import uuid4

import pytest

from cpc.cases.models import CaseRole
from teams.composition import services
from teams.composition.council_view import services as council_services
from teams.composition.invitations import services as invitation_services
from teams.composition.models import Team, TeamMember
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.composition import accept, invite, make_accepted_pair, make_host, make_team_case, propose
from tests.factories.councils import make_council
from tests.factories.peers import make_chief_executive, make_leader, make_peer
from tests.teams.composition.conftest import opened, url
from tests.teams.markup import assert_valid_html

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "team", "search", "confirm", "comment", "talk", "invitation"),
    [
        ("manager", 200, 200, 200, 403, 200, 404),
        ("programme_manager", 200, 200, 200, 403, 403, 404),
        ("administrator", 403, 403, 403, 403, 403, 404),
        ("other_manager", 404, 404, 404, 404, 404, 404),
        ("leader", 200, 403, 403, 200, 200, 404),
        ("contributor", 403, 403, 403, 403, 403, 404),
        ("other_leader", 404, 404, 404, 404, 404, 404),
        ("peer", 200, 403, 403, 403, 403, 404),
        ("invited", 404, 404, 404, 404, 404, 200),
        ("other_peer", 404, 404, 404, 404, 404, 404),
    ],
)
def test_who_opens_what(client_for, world, who, team, search, confirm, comment, talk, invitation):
    case, invited, people = world
    client = client_for(people[who])
    got = [
        client.get(address).status_code
        for address in (
            url(case, "detail"),
            url(case, "member-search"),
            url(case, "confirm"),
            url(case, "comment-add"),
            url(case, "talk"),
            url(case, "invitation", pk=invited.pk),
        )
    ]
    assert got == [team, search, confirm, comment, talk, invitation]


def test_notes_and_reasons_are_read_by_the_lga_alone(client_for, world):
    case, invited, people = world
    notes = {"fit_note": "Knows finance", "challenge_note": "Will press on reserves"}
    TeamMember.objects.filter(team=case.team).update(**notes)
    secrets = ["Knows finance", "Will press on reserves", "Elections clash"]
    invitation_services.decline_invitation(member=invited, reason="Elections clash", by=invited.user)
    lga = opened(client_for(people["manager"]), url(case, "detail"))
    assert all(text in lga for text in secrets)
    for who in ("leader", "peer"):
        html = opened(client_for(people[who]), url(case, "detail"))
        assert not any(text in html for text in secrets), who


def test_council_sees_nobody_before_it_is_shown_the_team(client_for):
    case = make_team_case()
    propose(case, make_peer(full_name="Pat Proposed"), CaseRole.SENIOR_OFFICER_PEER)
    client = client_for(make_host(case))
    assert "Pat Proposed" not in opened(client, url(case, "detail"))
    assert "Pat Proposed" not in opened(client, url(case, "comment-add"))
    council_services.share_team(case=case, by=case.manager)
    assert "Pat Proposed" in opened(client, url(case, "detail"))


def test_peers_see_contacts_and_strengths_and_the_host_does_not(client_for, world):
    case, _, people = world
    member = case.team.members.get(role=CaseRole.LEAD_MEMBER_PEER)
    assert member.user.email in opened(client_for(people["peer"]), url(case, "detail"))
    host = opened(client_for(people["leader"]), url(case, "detail"))
    assert member.post_printed in host and member.user.email not in host


def test_every_page_of_the_lga_opens(client_for, world):
    case, invited, people = world
    comment = council_services.comment_on_team(
        case=case, kind="objection", reason="Too close", form_key=uuid4(), by=people["leader"]
    )
    client = client_for(people["programme_manager"])
    for name, kwargs in (
        ("detail", {}),
        ("member-search", {}),
        ("member-add", {"profile": make_peer().pk}),
        ("member-edit", {"pk": invited.pk}),
        ("member-invite", {"pk": invited.pk}),
        ("member-remind", {"pk": invited.pk}),
        ("member-withdraw", {"pk": invited.pk}),
        ("ask-dates", {}),
        ("share", {}),
        ("comment-decide", {"pk": comment.pk}),
        ("consultation-add", {}),
        ("confirm", {}),
        ("reopen", {}),
    ):
        opened(client, url(case, name, **kwargs))


def test_team_page_costs_the_same_with_one_and_with_three_members(client_for):
    case = make_team_case()
    client = client_for(case.manager)
    propose(case, make_chief_executive(), CaseRole.LEAD_OFFICER_PEER)
    client.get(url(case, "detail"))
    one = count_queries(lambda: client.get(url(case, "detail")))
    propose(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    assert count_queries(lambda: client.get(url(case, "detail"))) == one


def test_search_costs_the_same_with_one_and_with_three_peers(client_for):
    case = make_team_case()
    client = client_for(case.manager)
    make_peer()
    client.get(url(case, "member-search"))
    one = count_queries(lambda: client.get(url(case, "member-search")))
    make_peer(), make_leader()
    assert count_queries(lambda: client.get(url(case, "member-search"))) == one


def test_confirming_in_the_browser_needs_the_team_as_it_stands(client_for):
    case = make_team_case()
    make_accepted_pair(case)
    client = client_for(case.manager)
    old = Team.objects.get(case=case).version
    propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    stale = client.post(url(case, "confirm"), {"version": old})
    assert stale.status_code == 409
    assert_valid_html(stale.content.decode())
    assert client.post(url(case, "confirm"), {"version": old + 1}).status_code == 302
    assert "Confirmed" in opened(client, url(case, "detail"))


def test_only_a_programme_manager_is_offered_the_waiver(client_for):
    case = make_team_case()
    accept(invite(case, make_peer(), CaseRole.LEAD_OFFICER_PEER))
    version = Team.objects.get(case=case).version
    for user, status in ((case.manager, 422), (make_user("programme_manager"), 302)):
        client = client_for(user)
        assert ("waiver_reason" in opened(client, url(case, "confirm"))) == (status == 302)
        values = {"version": version, "waiver_reason": "No one is free"}
        assert client.post(url(case, "confirm"), values).status_code == status
    assert "No one is free" in opened(client_for(case.manager), url(case, "detail"))


def test_one_person_hosts_here_and_serves_there_without_cross_reading(client_for):
    home = make_council()
    at_home, away = make_team_case(council=home), make_team_case()
    host = make_host(at_home, "chief_executive")
    profile = make_chief_executive(user=host)
    accept(invite(away, profile, CaseRole.LEAD_OFFICER_PEER))
    accept(invite(away, make_leader(), CaseRole.LEAD_MEMBER_PEER))
    services.confirm_team(case=away, by=away.manager)
    client = client_for(host)
    assert "The team" in opened(client, url(away, "detail"))
    assert "Your peer team" in opened(client, url(at_home, "detail"))
    assert client.get(url(at_home, "member-search")).status_code == 403
    assert client.get(url(away, "comment-add")).status_code == 403


def test_replacing_in_the_browser_keeps_the_place(client_for, world):
    case, invited, people = world
    client = client_for(people["manager"])
    address = url(case, "member-add", profile=make_peer().pk) + f"?replaces={invited.pk}"
    opened(client, address)
    values = {"reason": "Fell ill", "post_printed": "Director", "fit_note": "", "challenge_note": ""}
    assert client.post(address, values | {"reason": ""}).status_code == 422
    assert client.post(address, values).status_code == 302
    invited.refresh_from_db()
    assert invited.state == "withdrawn"
    assert case.team.members.get(state="proposed").role == invited.role
