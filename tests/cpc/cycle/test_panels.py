"""What is next for a council and why, on its page and above its improvement journey."""

from datetime import date
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags

from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge, make_conversation, make_prompt, make_trigger
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

PAGES = ["councils:detail", "cycle:journey"]
HEADING = "Next peer challenge"


@pytest.fixture(autouse=True)
def _day():
    with time_machine.travel("2026-11-26 12:00"):
        yield


@pytest.fixture
def challenged():
    council = make_council(name="Alder")
    make_challenge(council, date(2022, 3, 14))
    return council


def read(client, name, council):
    content = client.get(reverse(name, kwargs={"slug": council.slug})).content.decode()
    assert_valid_html(content)
    return " ".join(unescape(strip_tags(content.replace("<", " <"))).split())


@pytest.mark.parametrize("name", PAGES)
def test_the_lga_reads_how_it_stands_when_it_is_due_and_all_reasons(client_for, challenged, name):
    make_trigger(challenged, date(2026, 5, 12), prompt=make_prompt(challenged, date(2026, 5, 12)))
    page = read(client_for(make_user("support_officer")), name, challenged)
    for text in (
        f"{HEADING} Status Reason to get in touch",
        "Usual time begins 14 March 2026",
        "Due by 14 March 2027",
        "Due 14 March 2027: five years after 14 March 2022",
        "New leader since 12 May 2026",
    ):
        assert text in page


@pytest.mark.parametrize("name", PAGES)
def test_the_council_reads_the_days_and_no_talks_or_prompts(client_for, challenged, name):
    make_trigger(challenged, date(2026, 5, 12), prompt=make_prompt(challenged, date(2026, 5, 12)))
    make_conversation(challenged, date(2026, 6, 1), state="declined", reason="Too busy")
    for role in ("coordinator", "leader", "chief_executive", "contributor"):
        page = read(client_for(make_user(role, council=challenged)), name, challenged)
        assert "Due 14 March 2027: five years after 14 March 2022" in page
        assert not [word for word in ("Status", "Declined", "Reason to get in touch", "since 12 May") if word in page]


@pytest.mark.parametrize("name", PAGES)
def test_a_booked_one_is_told_to_the_lga_and_takes_the_place_of_the_days_for_the_council(client_for, challenged, name):
    make_booked(challenged, date(2026, 9, 1), end_on=date(2027, 1, 20))
    assert "Status Booked" in read(client_for(make_user("programme_manager")), name, challenged)
    assert HEADING not in read(client_for(make_user("chief_executive", council=challenged)), name, challenged)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_next_for_a_council_without_a_day_or_outside_the_programme(client_for, name):
    never = make_council(start_on=date(1974, 4, 1))
    lga, council = client_for(make_user("programme_manager")), client_for(make_user("leader", council=never))
    assert "Status Never had one Usual time begins None Due by None" in read(lga, name, never)
    assert HEADING not in read(council, name, never)
    outside = make_council(in_programme=False)
    make_challenge(outside, date(2022, 3, 14))
    assert HEADING not in read(lga, name, outside)


def test_a_prompt_is_read_on_the_page_of_a_council_outside_the_programme_too(client_for):
    outside = make_council(in_programme=False)
    make_trigger(outside, date(2026, 5, 12), prompt=make_prompt(outside, date(2026, 5, 12)))
    page = read(client_for(make_user("programme_manager")), "councils:detail", outside)
    assert "Reasons to get in touch" in page and HEADING not in page


def test_a_council_that_ends_first_is_told_that_nothing_falls_due(client_for, challenged):
    ending = make_council(end_on=date(2027, 3, 31))
    make_challenge(ending, date(2023, 3, 14))
    page = read(client_for(make_user("programme_manager")), "councils:detail", ending)
    assert "No due date: the council ends on 31 March 2027" in page
    assert "Ends on 31 March 2027" in page
