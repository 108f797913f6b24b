"""Pausing the reminders about one council."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.cycle.models import AdviserPost
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses.services import pause_reminders
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def text(response):
    return " ".join(unescape(response.content.decode()).split())


def url(council, name="cycle:reminder-pause-add", **kwargs):
    return reverse(name, kwargs={"slug": council.slug, **kwargs})


def typed(days=10, **changed):
    on = TODAY() + timedelta(days=days)
    return {
        "ends_on-day": on.day,
        "ends_on-month": on.month,
        "ends_on-year": on.year,
        "reason": "Reorganisation",
        "seen": "0",
    } | changed


@pytest.fixture
def council():
    return make_council(name="Alder")


@pytest.fixture
def adviser(council):
    user = make_user("principal_adviser")
    AdviserPost.objects.create(council=council, user=user, started_on=TODAY() - timedelta(days=90))
    return user


def test_the_principal_adviser_of_the_council_pauses_and_sends_again(client_for, council, adviser):
    client, detail = client_for(adviser), url(council, "councils:detail")
    assert url(council) in text(client.get(detail))
    for _ in range(2):
        assert "Reminders are paused" in text(client.post(url(council), typed(), follow=True))
    found = ReminderPause.objects.get()
    until = f"{TODAY() + timedelta(days=10):%-d %B %Y}"
    page = text(client.get(detail))
    assert f"Reminders are paused until {until}: Reorganisation" in page
    lift = url(council, "cycle:reminder-pause-lift", pk=found.pk)
    assert lift in page
    assert "would last until" in text(client.get(lift))
    assert "Reminders are sent again" in text(client.post(lift, follow=True))
    assert "This pause was over already" in text(client.post(lift, follow=True))
    over = text(client.get(lift))
    assert "The pause for Alder ended on" in over
    assert "would last until" not in over
    assert "paused until" not in text(client.get(detail))


def test_advisers_of_other_councils_and_other_people_do_not(client_for, council, adviser):
    neighbour = make_user("principal_adviser")
    AdviserPost.objects.create(council=make_council(), user=neighbour, started_on=TODAY())
    found = pause_reminders(council=council, reason="Reorganisation", ends_on=TODAY(), by=adviser)
    pages = [url(council), url(council, "cycle:reminder-pause-lift", pk=found.pk)]
    for person, status in [
        (neighbour, 403),
        (make_user("peer_challenge_manager"), 403),
        (make_user("administrator"), 403),
        (make_user("coordinator", council=council), 404),
        (make_user("peer"), 404),
    ]:
        client = client_for(person)
        for page in pages:
            assert client.get(page).status_code == client.post(page, typed()).status_code == status
    assert "paused until" in text(client_for(neighbour).get(url(council, "councils:detail")))
    own = client_for(make_user("coordinator", council=council)).get(url(council, "councils:detail"))
    assert "Reorganisation" not in text(own)
    found.refresh_from_db()
    assert found.lifted_at is None
    assert ReminderPause.objects.count() == 1


def test_a_pause_of_another_council_is_not_lifted_here(client_for, council, adviser):
    other = pause_reminders(council=make_council(), reason="Other", ends_on=TODAY(), by=adviser)
    wrong = url(council, "cycle:reminder-pause-lift", pk=other.pk)
    client = client_for(adviser)
    assert client.get(wrong).status_code == client.post(wrong).status_code == 404


def test_a_page_from_before_another_pause_shows_it_and_keeps_what_was_typed(client_for, council, adviser):
    other = pause_reminders(council=council, reason="A by-election", ends_on=TODAY(), by=adviser)
    client = client_for(adviser)
    stale = client.post(url(council), typed(reason="Words typed"))
    assert stale.status_code == 409
    assert "A by-election" in text(stale)
    assert "Words typed" in text(stale)
    assert f'value="{other.pk}"' in text(stale)
    assert client.post(url(council), typed(seen=str(other.pk))).status_code == 302


def test_what_is_wrong_is_said_beside_its_field(client_for, council, adviser):
    client = client_for(adviser)
    for wrong in (typed(reason=""), typed(days=-1), typed(days=400)):
        assert client.post(url(council), wrong).status_code == 422
    assert not ReminderPause.objects.exists()


@pytest.mark.parametrize("who", ["adviser", "programme_manager"])
def test_the_council_costs_the_same_with_one_pause_and_with_three(client_for, council, adviser, who):
    client, counts = client_for(adviser if who == "adviser" else make_user(who)), []
    for number in range(3):
        pause_reminders(council=council, reason="Words", ends_on=TODAY() + timedelta(days=number), by=adviser)
        client.get(url(council, "councils:detail"))
        counts.append(count_queries(lambda: client.get(url(council, "councils:detail"))))
    assert counts[0] == counts[2] <= 12
