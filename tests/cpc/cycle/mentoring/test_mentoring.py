"""R91: who mentors at a council; dates only."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.components.errors import Refused, Stale
from cpc.cycle.mentoring.services import add_mentoring, end_mentoring
from cpc.cycle.models import AdviserPost, Mentoring
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 2, 1), date(2026, 8, 31)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-11-24 12:00 +0000", tick=False):
        yield


@pytest.fixture
def council():
    return make_council(name="Alderham", slug="alderham")


@pytest.fixture
def peer():
    return make_user("peer", full_name="Morgan Mentor")


@pytest.fixture
def manager():
    return make_user("programme_manager")


def page(name, council, **kwargs):
    return reverse(f"cycle:{name}", kwargs={"slug": council.slug, **kwargs})


def day(name, on):
    return {f"{name}-day": on.day, f"{name}-month": on.month, f"{name}-year": on.year}


def refusal(**values):
    with pytest.raises(Refused) as refused:
        add_mentoring(**values)
    return refused.value.field, refused.value.message


def test_it_is_recorded_once_with_a_silent_event(council, peer, manager):
    values = {"council": council, "peer": peer, "started_on": FIRST, "ended_on": None, "by": manager}
    first = add_mentoring(**values)
    assert add_mentoring(**values) == first
    (event,) = Event.objects.filter(verb="mentoring_added")
    assert (event.council, event.audience) == (council, "private")


def test_what_is_refused(council, peer, manager):
    values = {"council": council, "peer": peer, "started_on": FIRST, "ended_on": LAST, "by": manager}
    assert refusal(**values | {"peer": make_user("leader")})[0] == "peer"
    assert refusal(**values | {"peer": make_user("peer", is_active=False)})[0] == "peer"
    assert refusal(**values | {"ended_on": FIRST - timedelta(days=1)})[0] == "ended_on"
    assert refusal(**values | {"started_on": timezone.localdate() + timedelta(days=366), "ended_on": None}) == (
        "started_on",
        "First day must be on or before 24 November 2027",
    )
    add_mentoring(**values)
    assert refusal(**values | {"started_on": LAST, "ended_on": None}) == (
        "started_on",
        "This peer mentors there already, from 1 February 2026 until 31 August 2026. "
        "Change the days, or record the last day of that first.",
    )
    add_mentoring(**values | {"started_on": LAST + timedelta(days=1), "ended_on": None})
    assert "with no last day yet" in refusal(**values | {"started_on": date(2027, 1, 1), "ended_on": None})[1]
    add_mentoring(**values | {"council": make_council()})
    assert Mentoring.objects.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        Mentoring.objects.create(council=council, peer=peer, started_on=LAST, ended_on=LAST, recorded_by=manager)


def test_the_last_day_once_late_and_from_a_stale_page(council, peer, manager):
    mentoring = add_mentoring(council=council, peer=peer, started_on=FIRST, ended_on=None, by=manager)
    with pytest.raises(Refused):
        end_mentoring(mentoring=mentoring, ended_on=FIRST - timedelta(days=1), version=0, by=manager)
    assert end_mentoring(mentoring=mentoring, ended_on=LAST, version=0, by=manager).version == 1
    assert end_mentoring(mentoring=mentoring, ended_on=LAST, version=0, by=manager).version == 1
    assert Event.objects.filter(verb="mentoring_ended").count() == 1
    with pytest.raises(Stale):
        end_mentoring(mentoring=mentoring, ended_on=LAST + timedelta(days=1), version=0, by=manager)
    assert Mentoring.objects.get().ended_on == LAST


def test_by_form(client_for, council, peer, manager):
    client = client_for(manager)
    assert "No one recorded." in client.get(page("support-log", council)).content.decode()
    assert_valid_html(client.get(page("mentoring-add", council)).content.decode())
    data = {"peer": peer.pk} | day("started_on", FIRST)
    refused = client.post(page("mentoring-add", council), data | day("ended_on", date(2026, 1, 1)))
    assert refused.status_code == 422
    assert "Last day must be the same as or after the first day" in refused.content.decode()
    assert f'value="{peer.pk}" selected' in refused.content.decode()
    shown = client.post(page("mentoring-add", council), data, follow=True).content.decode()
    assert "Morgan Mentor, from 1 February 2026" in shown
    mentoring = Mentoring.objects.get()
    ending = page("mentoring-end", council, pk=mentoring.pk)
    assert ending in shown
    assert "Morgan Mentor, from 1 February 2026." in client.get(ending).content.decode()
    assert client.post(ending, day("ended_on", LAST) | {"version": 0}).status_code == 302
    stale = client.post(ending, day("ended_on", FIRST) | {"version": 0})
    assert stale.status_code == 409
    assert "31 August 2026" in stale.content.decode()
    shown = client.get(page("support-log", council)).content.decode()
    assert "Morgan Mentor, from 1 February 2026 to 31 August 2026" in shown
    assert client.get(page("mentoring-end", make_council(), pk=mentoring.pk)).status_code == 404


def test_for_the_councils_own_adviser_and_programme_managers_alone(client_for, council, peer, manager):
    add_mentoring(council=council, peer=peer, started_on=FIRST, ended_on=None, by=manager)
    own, other = make_user("principal_adviser"), make_user("principal_adviser")
    AdviserPost.objects.create(council=council, user=own, started_on=FIRST)
    AdviserPost.objects.create(council=make_council(region=council.region), user=other, started_on=FIRST)
    for user, expected in [
        (manager, 200),
        (own, 200),
        (other, 403),
        (make_user("peer_challenge_manager"), 403),
        (make_user("support_officer"), 403),
        (make_user("administrator"), 403),
        (make_user("leader", council=council), 404),
        (peer, 404),
    ]:
        client = client_for(user)
        assert client.get(page("mentoring-add", council)).status_code == expected, user.role
        log = client.get(page("support-log", council))
        assert log.status_code == expected
        assert ("Morgan Mentor, from" in log.content.decode()) == (expected == 200)


def test_the_page_costs_the_same_for_one_and_for_three(client_for, council, manager):
    client = client_for(manager)

    def add(number):
        for _ in range(number):
            add_mentoring(council=council, peer=make_user("peer"), started_on=FIRST, ended_on=None, by=manager)

    add(1)
    client.get(page("support-log", council))
    one = count_queries(lambda: client.get(page("support-log", council)))
    add(2)
    assert count_queries(lambda: client.get(page("support-log", council))) == one <= 12
