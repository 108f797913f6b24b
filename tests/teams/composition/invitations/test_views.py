from datetime import timedelta

import pytest

from cpc.cases.models import CaseRole
from teams.composition import services
from teams.composition.invitations import services as invitation_services
from teams.composition.models import TeamMember
from tests.factories.composition import make_confirmed_team, make_team_case
from tests.factories.peers import make_peer
from tests.teams.composition.conftest import opened, url
from tests.teams.markup import assert_valid_html

pytestmark = pytest.mark.django_db


def test_proposing_inviting_and_answering_in_the_browser(client_for):
    case = make_team_case()
    manager = client_for(case.manager)
    profile = make_peer()
    place = {"role": "senior_officer_peer", "post_printed": "Director", "fit_note": "", "challenge_note": ""}
    add = url(case, "member-add", profile=profile.pk)
    assert manager.post(add, place).status_code == 302
    again = manager.post(add, place)
    assert again.status_code == 422 and "already on this team" in again.content.decode()
    member = TeamMember.objects.get(user=profile.user)
    day = invitation_services.default_answer_day(case)
    date = {"answer_by_on-day": day.day, "answer_by_on-month": day.month, "answer_by_on-year": day.year}
    assert manager.post(url(case, "member-invite", pk=member.pk), date).status_code == 302

    peer = client_for(profile.user)
    page = url(case, "invitation", pk=member.pk)
    html = opened(peer, page)
    assert case.council.name in html and "Director" in html
    seen = invitation_services.dates_key(case)
    wrong = peer.post(page, {"conflicts": ["family"], "conflict_text": "", "dates_seen": seen})
    assert wrong.status_code == 422
    assert_valid_html(wrong.content.decode())
    yes = {"conflicts": ["none"], "conflict_text": "", "dates_seen": seen}
    assert peer.post(page, yes).status_code == 302
    assert "You accepted on" in opened(peer, page)
    assert peer.post(page, yes).status_code == 422, "a second press is told, not counted"
    assert peer.get(url(case, "detail")).status_code == 404


def test_old_link_of_a_withdrawn_peer_says_so_and_nothing_else(client_for, world):
    case, invited, people = world
    services.withdraw_member(member=invited, reason="Not needed", by=case.manager)
    client = client_for(people["invited"])
    html = opened(client, url(case, "invitation", pk=invited.pk))
    assert "has been withdrawn" in html and "Not needed" not in html
    assert case.onsite_text not in html
    # Filled in or not: the page has no fields any more, and says that nothing was changed.
    for values in ({"conflicts": ["none"], "dates_seen": invitation_services.dates_key(case)}, {}):
        posted = client.post(url(case, "invitation", pk=invited.pk), values)
        assert posted.status_code == 422
        assert "so nothing was changed" in posted.content.decode()
        assert_valid_html(posted.content.decode())
    invited.refresh_from_db()
    assert invited.state == "withdrawn"


def test_new_dates_and_declaration_in_the_browser(client_for):
    case = make_team_case()
    make_confirmed_team(case)
    member = case.team.members.get(role=CaseRole.LEAD_OFFICER_PEER)
    case.onsite_end_on -= timedelta(days=1)
    case.save()
    client = client_for(member.user)
    assert "The dates have changed since" in opened(client, url(case, "invitation", pk=member.pk))
    opened(client, url(case, "new-dates", pk=member.pk))
    opened(client, url(case, "invitation-decline", pk=member.pk))
    opened(client, url(case, "conflicts", pk=member.pk))
    yes = {"dates_seen": invitation_services.dates_key(case)}
    assert client.post(url(case, "new-dates", pk=member.pk), {"dates_seen": "2020-01-01/2020-01-02"}).status_code == 422
    assert client.post(url(case, "new-dates", pk=member.pk), yes).status_code == 302
    declared = {"conflicts": ["family"], "conflict_text": "A cousin"}
    assert client.post(url(case, "conflicts", pk=member.pk), declared).status_code == 302
    assert client.post(url(case, "invitation-decline", pk=member.pk), {"reason": "Ill"}).status_code == 302
    assert client.get(url(case, "detail")).status_code == 404
