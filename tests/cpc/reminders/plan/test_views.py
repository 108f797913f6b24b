from datetime import timedelta

import pytest
from django.urls import reverse

from tests.counting import count_queries
from tests.cpc.conftest import START
from tests.factories.accounts import make_user
from tests.html import assert_valid_html

PAGE = "/reminders/ahead/"
DAYS = timedelta(days=1)


def words(response):
    return " ".join(response.content.decode().split())


def day(on):
    return {"on-day": on.day, "on-month": on.month, "on-year": on.year}


def test_the_next_ninety_days_say_who_is_reminded_of_what_and_in_which_words(make_promise, client_for):
    promise = make_promise(due_on=START + 30 * DAYS)
    page = client_for(promise.boss).get(reverse("reminders:plan"))
    assert_valid_html(page.content.decode())
    assert "5 reminders." in words(page)
    assert f"{promise.case.title}: publish the feedback report, due in 28 days" in words(page)
    assert f"Publish the feedback report for the {promise.case.title} peer challenge" in words(page)
    assert promise.coordinator.email in words(page)


def test_a_chosen_day_shows_that_day_alone(make_promise, client_for):
    promise = make_promise(due_on=START + 30 * DAYS)
    client = client_for(promise.boss)
    page = client.get(PAGE, day(START + 23 * DAYS))
    assert "1 reminder." in words(page)
    assert "due in 7 days" in words(page)
    assert "No reminders on this day." in words(client.get(PAGE, day(START + 24 * DAYS)))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"on-day": "31", "on-month": "2", "on-year": "2027"}, "The day must be a real date"),
        (day(START - DAYS), "The day must be today or later"),
        (day(START + 800 * DAYS), "The day must be before"),
    ],
)
def test_a_day_that_cannot_be_told_is_refused_beside_its_field(make_promise, client_for, asked, sentence):
    promise = make_promise()
    page = client_for(promise.boss).get(PAGE, asked)
    assert_valid_html(page.content.decode())
    assert words(page).count(sentence) >= 2
    assert f'value="{asked["on-year"]}"' in words(page)


@pytest.mark.django_db
def test_with_nothing_ahead_the_page_says_so(client_for):
    page = client_for(make_user("programme_manager")).get(PAGE)
    assert "No reminders in the next 90 days." in words(page)


def test_only_those_who_read_the_outbox_open_it(make_promise, client_for):
    promise = make_promise()
    assert client_for(promise.manager).get(PAGE).status_code == 403
    assert client_for(promise.coordinator).get(PAGE).status_code == 403
    assert client_for(make_user("support_officer")).get(PAGE).status_code == 200


def test_the_page_costs_the_same_with_one_promise_and_with_three(make_promise, client_for):
    counts = []
    for _ in range(3):
        promise = make_promise(due_on=START + 30 * DAYS)
        client = client_for(promise.boss)
        client.get(PAGE)
        counts.append(count_queries(lambda client=client: client.get(PAGE)))
    assert counts[0] == counts[2]
    assert counts[0] <= 12
