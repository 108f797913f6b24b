from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cpc.audit.models import Event
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.notifications.models import Message
from teams.peers import services
from teams.peers.forms import ProfileForm
from teams.peers.models import PeerProfile
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.peers import make_peer

pytestmark = pytest.mark.django_db


def values_of(profile: PeerProfile) -> dict:
    return {name: getattr(profile, name) for name in services.FIELDS}


def test_add_to_pool_takes_the_region_of_the_council_and_happens_once():
    manager = make_user("programme_manager")
    user = make_user("leader", council=make_council(region="North West"))
    values = {"kind": "member", "current_post": "Leader", "is_council_leader": True, "party": "labour", "region": ""}
    profile = services.add_to_pool(user=user, by=manager, **values)
    assert profile.region == "North West"
    assert profile.last_confirmed_on is None, "the LGA's entry is not the peer's own word"
    assert services.add_to_pool(user=user, by=manager, **values) == profile
    assert Event.objects.filter(verb="peer_added").count() == 1


def test_a_new_profile_is_fresh_as_long_as_one_that_was_confirmed(client_for, time_machine):
    time_machine.move_to(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False)
    manager = make_user("programme_manager")
    profile = services.add_to_pool(
        user=make_user("peer"), by=manager, kind="officer", current_post="Director", skills=[], region="London"
    )
    assert not profile.is_out_of_date
    page = client_for(manager).get(f"/peers/{profile.pk}/").content.decode()
    assert "Added on 2 March 2026. Not checked yet by the peer." in page
    time_machine.move_to(datetime(2027, 3, 2, 9, tzinfo=UTC), tick=False)
    assert not profile.is_out_of_date
    time_machine.move_to(datetime(2027, 3, 3, 9, tzinfo=UTC), tick=False)
    assert profile.is_out_of_date


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "member", "current_post": "Leader", "party": ""}, "party"),
        ({"kind": "member", "current_post": "Leader", "party": "labour", "is_chief_executive": True}, "kind"),
        ({"kind": "officer", "current_post": "Director", "is_council_leader": True}, "kind"),
        ({"kind": "officer", "current_post": " "}, "current_post"),
    ],
)
def test_add_to_pool_refuses_what_does_not_fit(values, field):
    with pytest.raises(Refused) as refused:
        services.add_to_pool(user=make_user("peer"), by=make_user("programme_manager"), **values)
    assert refused.value.field == field
    assert not PeerProfile.objects.exists()


def test_add_to_pool_refuses_lga_staff():
    with pytest.raises(Refused):
        services.add_to_pool(
            user=make_user("support_officer"), by=make_user("programme_manager"), kind="officer", current_post="Adviser"
        )


def test_change_profile_by_the_peer_counts_as_checked_and_by_the_lga_does_not():
    profile = make_peer()
    services.change_profile(
        profile=profile, version=0, by=make_user("programme_manager"), **values_of(profile) | {"training": "Course"}
    )
    profile.refresh_from_db()
    assert (profile.training, profile.last_confirmed_on) == ("Course", None)
    services.change_profile(profile=profile, version=1, by=profile.user, **values_of(profile))
    profile.refresh_from_db()
    assert profile.last_confirmed_on == timezone.localdate()


def test_change_profile_refuses_a_stale_form():
    profile = make_peer()
    services.change_profile(profile=profile, version=0, by=profile.user, **values_of(profile))
    with pytest.raises(Stale):
        services.change_profile(
            profile=profile, version=0, by=profile.user, **values_of(profile) | {"current_post": "Lost"}
        )
    profile.refresh_from_db()
    assert profile.current_post != "Lost"


def test_confirm_profile_is_the_peers_own_word_and_counts_once_a_day():
    profile = make_peer()
    with pytest.raises(Refused):
        services.confirm_profile(profile=profile, by=make_user("programme_manager"))
    services.confirm_profile(profile=profile, by=profile.user)
    services.confirm_profile(profile=profile, by=profile.user)
    profile.refresh_from_db()
    assert profile.last_confirmed_on == timezone.localdate()
    assert Event.objects.filter(verb="peer_confirmed").count() == 1


def test_ask_to_confirm_sends_one_mail_a_day():
    profile = make_peer()
    manager = make_user("programme_manager")
    services.ask_to_confirm(profile=profile, by=manager)
    with pytest.raises(AlreadyMoved):
        services.ask_to_confirm(profile=profile, by=manager)
    assert Message.objects.filter(kind="peer_profile_check").count() == 1


def test_days_free_are_checked_and_stand_once():
    profile = make_peer()
    today = timezone.localdate()
    days = {"start_on": today, "end_on": today + timedelta(days=30)}
    window = services.add_window(profile=profile, by=profile.user, **days)
    with pytest.raises(AlreadyMoved):
        services.add_window(profile=profile, by=profile.user, **days)
    with pytest.raises(Refused) as refused:
        services.add_window(profile=profile, start_on=today, end_on=today - timedelta(days=1), by=profile.user)
    assert refused.value.field == "end_on"
    services.remove_window(window=window, by=profile.user)
    with pytest.raises(AlreadyMoved):
        services.remove_window(window=window, by=profile.user)
    assert not profile.windows.exists()


def test_form_and_services_name_the_same_fields():
    form_fields = set(ProfileForm.base_fields) - {"flags", "version"}
    flags = {"is_chief_executive", "is_council_leader", "is_senior_member", "is_former"}
    assert form_fields | flags == set(services.FIELDS)
