"""Pausing the reminders of one case."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.models import Case
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses.services import lift_pause, pause_reminders
from tests.counting import count_queries
from tests.cpc.casework.test_views import text
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def url(staged, name="reminder-pause-add", **kwargs):
    return reverse(f"cases:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def typed(days=10, **changed):
    on = TODAY() + timedelta(days=days)
    return {
        "ends_on-day": on.day,
        "ends_on-month": on.month,
        "ends_on-year": on.year,
        "reason": "The leader is ill",
        "seen": "0",
    } | changed


def pause(staged, days=10, reason="The leader is ill", **about):
    about = about or {"case": staged.case}
    return pause_reminders(reason=reason, ends_on=TODAY() + timedelta(days=days), by=staged.manager, **about)


def until(days=10):
    on = TODAY() + timedelta(days=days)
    return f"paused until {on:%-d %B %Y}"


@pytest.mark.parametrize("who", ["programme_manager", "manager", "support"])
def test_the_lgas_people_of_a_case_pause_its_reminders_and_send_them_again(client_for, who):
    staged = make_staged()
    client = client_for(staged.people[who])
    assert url(staged) in text(client.get(url(staged, "detail")))
    for _ in range(2):
        done = client.post(url(staged), typed(), follow=True)
        assert "Reminders are paused" in text(done)
    found = ReminderPause.objects.get()
    assert (found.case, found.made_by) == (staged.case, staged.people[who])
    assert Event.objects.filter(verb="reminders_paused", case=staged.case).count() == 1
    page = text(client.get(url(staged, "detail")))
    assert f"Reminders are {until()}: The leader is ill" in page
    lift = url(staged, "reminder-pause-lift", pk=found.pk)
    assert lift in page
    assert "would last until" in text(client.get(lift))
    assert "Reminders are sent again" in text(client.post(lift, follow=True))
    assert "This pause was over already" in text(client.post(lift, follow=True))
    assert Event.objects.filter(verb="reminder_pause_lifted").count() == 1
    over = text(client.get(lift))
    assert "ended on" in over
    assert "would last until" not in over
    assert "novalidate" not in over
    assert until() not in text(client.get(url(staged, "detail")))


@pytest.mark.parametrize(
    ("who", "status"), [("coordinator", 403), ("leader", 403), ("peer", 403), ("administrator", 403)]
)
def test_nobody_else_of_the_case_does(client_for, who, status):
    staged = make_staged()
    found = pause(staged)
    client, lift = client_for(staged.people[who]), url(staged, "reminder-pause-lift", pk=found.pk)
    for page in (url(staged), lift):
        assert client.get(page).status_code == client.post(page, typed()).status_code == status
    overview = text(client.get(url(staged, "detail")))
    assert url(staged) not in overview
    assert lift not in overview
    # Why a council is left alone is for the LGA's eyes.
    assert ("The leader is ill" in overview) is (who == "administrator")
    found.refresh_from_db()
    assert found.lifted_at is None


def test_people_of_other_cases_do_not_find_it(client_for):
    staged, other = make_staged(), make_staged()
    found = pause(staged)
    client = client_for(other.manager)
    assert client.get(url(staged)).status_code == client.post(url(staged), typed()).status_code == 404
    # Nor is a pause of one case lifted by the address of another.
    wrong = url(other, "reminder-pause-lift", pk=found.pk)
    assert client.get(wrong).status_code == client.post(wrong).status_code == 404
    adviser = client_for(make_user("principal_adviser"))
    assert adviser.get(url(staged)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"reason": ""}, "Enter why reminders are paused"),
        ({"ends_on-day": ""}, "Last day without reminders must include"),
        (typed(days=-1), "The last day must be today or in the future"),
        (typed(days=400), "The last day must be before"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(client_for, wrong, sentence):
    staged = make_staged()
    page = client_for(staged.manager).post(url(staged), typed(reason="Words typed") | wrong)
    assert page.status_code == 422
    assert text(page).count(sentence) >= 2
    assert not ReminderPause.objects.exists()


def test_a_page_from_before_another_pause_shows_it_and_keeps_what_was_typed(client_for):
    staged = make_staged()
    other = pause(staged, days=3, reason="A by-election")
    client = client_for(staged.manager)
    stale = client.post(url(staged), typed(reason="Words typed"))
    assert stale.status_code == 409
    assert "A by-election" in text(stale)
    assert "Words typed" in text(stale)
    assert ReminderPause.objects.count() == 1
    assert client.post(url(staged), typed(reason="Words typed", seen=str(other.pk))).status_code == 302
    assert ReminderPause.objects.count() == 2
    # One that was lifted meanwhile is another state too.
    last = ReminderPause.objects.latest("pk")
    for each in (other, last):
        lift_pause(pause_id=each.pk, by=staged.manager)
    assert client.post(url(staged), typed(reason="Third", seen=str(last.pk))).status_code == 409


def test_a_case_that_is_over_is_not_paused(client_for):
    staged = make_staged()
    Case.objects.filter(pk=staged.case.pk).update(state="closed", closed_on=TODAY())
    client = client_for(staged.manager)
    assert url(staged) not in text(client.get(url(staged, "detail")))
    page = text(client.get(url(staged)))
    assert "no reminders are sent" in page
    assert "novalidate" not in page
    assert client.post(url(staged), typed()).status_code == 422
    assert not ReminderPause.objects.exists()


def test_a_pause_of_the_council_is_told_on_the_case_too(client_for):
    staged = make_staged()
    pause(staged, council=staged.case.council, reason="Reorganisation")
    page = text(client_for(staged.manager).get(url(staged, "detail")))
    assert f"Reminders about {staged.case.council.name} are {until()}: Reorganisation" in page
    assert "Reorganisation" not in text(client_for(staged.coordinator).get(url(staged, "detail")))


def test_the_case_costs_the_same_with_one_pause_and_with_three(client_for):
    staged = make_staged("action_plan")
    client, counts = client_for(staged.manager), []
    for number in range(3):
        pause(staged, days=number)
        client.get(url(staged, "detail"))
        counts.append(count_queries(lambda: client.get(url(staged, "detail"))))
    assert counts[0] == counts[2] <= 12
    assert count_queries(lambda: client.get(url(staged))) <= 12
