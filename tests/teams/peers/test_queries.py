from datetime import date

import pytest

from cpc.casework.services import add_member
from teams.peers import queries
from teams.peers.models import PeerProfile
from tests.factories.accounts import make_user
from tests.factories.composition import make_team_case
from tests.factories.councils import make_council
from tests.factories.peers import make_chief_executive, make_leader, make_peer

pytestmark = pytest.mark.django_db


def test_pool_shows_staff_everybody_and_others_themselves():
    one, two = make_peer(), make_peer()
    assert set(PeerProfile.objects.visible_to(make_user("support_officer"))) == {one, two}
    assert list(PeerProfile.objects.visible_to(one.user)) == [one]
    assert not PeerProfile.objects.visible_to(make_user("coordinator", council=make_council())).exists()


def test_search_finds_by_every_filter():
    staff = make_user("programme_manager")
    ash = make_leader(full_name="Ash Able", region="North West", skills=["noc"])
    make_leader(full_name="Bo Baker", region="North West", party="conservative")
    make_chief_executive(full_name="Cy Able", region="London", skills=["finance"])
    pool = queries.pool(staff)

    def names(**filters):
        return [profile.user.full_name for profile in queries.search_peers(pool, **filters)]

    assert names() == ["Ash Able", "Bo Baker", "Cy Able"]
    assert names(text="able") == ["Ash Able", "Cy Able"]
    assert names(text="able leader") == ["Ash Able"]
    assert names(kind="officer") == ["Cy Able"]
    assert names(party="conservative") == ["Bo Baker"]
    assert names(region="North West", skill="noc") == ["Ash Able"]
    ash.user.is_active = False
    ash.user.save()
    assert names(text="able") == ["Cy Able"]


def test_the_words_on_a_row_find_the_row():
    county = make_council(name="Exampleton", official_name="Exampleton County Council")
    chief = make_chief_executive(council=county, full_name="Cy Able", skills=["finance"])
    make_leader(full_name="Bo Baker", party="green", is_former=True)
    make_peer("member", full_name="Dee Dove", current_post="Leader of the opposition")
    pool = queries.pool(make_user("programme_manager"))

    def names(text="", **filters):
        return [profile.user.full_name for profile in queries.search_peers(pool, text=text, **filters)]

    assert names("county council chief executive") == ["Cy Able"]
    for words in (chief.post_as_printed, "Officer peer, Finance", "able exampleton"):
        assert names(words) == ["Cy Able"], words
    assert names("former leader") == names("GREEN") == ["Bo Baker"]
    # The post that the profile marks tells a council's leader from one of the opposition.
    assert names("leader") == ["Bo Baker", "Dee Dove"]
    assert names("leader", post="is_council_leader") == ["Bo Baker"]
    assert names("councillor of nowhere") == []


def test_pool_knows_last_service_and_the_own_councils_last_challenge():
    own = make_council()
    days = {"onsite_start_on": date(2024, 3, 4), "onsite_end_on": date(2024, 3, 7)}
    case_at_home = make_team_case(council=own, **days)
    case_away = make_team_case(**days)
    profile = make_peer(council=own)
    add_member(case=case_away, user=profile.user, role="senior_officer_peer", by=case_away.manager)
    found = queries.pool(make_user("programme_manager")).get(pk=profile.pk)
    assert found.last_served_on == case_away.onsite_end_on
    assert found.own_council_last_on == case_at_home.onsite_end_on
