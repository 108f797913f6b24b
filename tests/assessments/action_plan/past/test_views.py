"""R11: what a past challenge recommended and what followed it, entered by hand; the next pack shows it."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan.models import Action, RecommendationAnswer
from assessments.action_plan.pack import earlier_challenge
from assessments.report.models import Recommendation
from cpc.cases.models import PastEvent
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db
GOOD = {
    "number": "1", "text": "Agree a plan", "answer": "accepted", "answer_reason": "", "status": "complete",
    "evidence": "Cabinet, June 2020",
}  # fmt: skip


@pytest.fixture
def boss():
    return make_user("programme_manager")


@pytest.fixture
def past():
    return make_challenge(make_council(name="Adur"), date(2019, 3, 7), onsite_start_on=date(2019, 3, 5))


def page(name, case):
    return reverse(name, kwargs={"reference": case.reference})


def test_a_recommendation_and_a_review_are_added_and_the_next_pack_shows_them(client_for, boss, past):
    client = client_for(boss)
    detail = client.get(page("cases:detail", past)).content.decode()
    for name, data in (
        ("action_plan:past-recommendation-add", GOOD),
        ("cases:past-review-add", {"kind": "progress_review", "starts": "March 2020", "report": "2020-05-14"}),
    ):
        address = page(name, past)
        assert address in detail
        assert_valid_html(client.get(address).content.decode())
        for _ in range(2):
            assert client.post(address, data).status_code == 302
    assert Recommendation.objects.count() == RecommendationAnswer.objects.count() == Action.objects.count() == 1
    assert PastEvent.objects.count() == 1
    part = earlier_challenge(make_booked(past.council, timezone.localdate()), boss)
    assert [(each.text, each.answer, each.statuses) for each in part["outcomes"]] == [
        ("Agree a plan", "Accepted", ("Complete",))
    ]
    assert part["followed_by"] == ["Progress review: March 2020, report published 14 May 2020"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer": "not_accepted"}, "answer_reason"),
        ({"evidence": ""}, "evidence"),
        ({"text": ""}, "text"),
        ({"number": "0"}, "number"),
    ],
)
def test_a_recommendation_that_does_not_fit_is_refused_beside_its_field(client_for, boss, past, change, field):
    response = client_for(boss).post(page("action_plan:past-recommendation-add", past), GOOD | change)
    assert response.status_code == 422 and field in response.context_data["form"].errors
    assert not Recommendation.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"starts": "", "report": ""}, "starts"),
        ({"starts": "soon"}, "starts"),
        ({"starts": "2018-03"}, "starts"),
        ({"starts": "2020-03", "report": "2020-01"}, "report"),
        # Asked about: 51 months after; on a Sunday.
        ({"starts": "2023-06"}, "confirmed"),
        ({"starts": "2020-03-01"}, "confirmed"),
    ],
)
def test_a_review_that_does_not_fit_is_refused_and_a_doubtful_one_is_asked_about(client_for, boss, past, data, field):
    client, address = client_for(boss), page("cases:past-review-add", past)
    data = {"kind": "progress_review"} | data
    response = client.post(address, data)
    assert response.status_code == 422 and field in response.context_data["form"].errors
    if field == "confirmed":
        assert client.post(address, data | {"confirmed": "yes"}).status_code == 302
    assert PastEvent.objects.exists() is (field == "confirmed")


def test_another_recommendation_under_its_number_is_refused(client_for, boss, past):
    client, address = client_for(boss), page("action_plan:past-recommendation-add", past)
    client.post(address, GOOD)
    response = client.post(address, GOOD | {"text": "Another"})
    assert "is known already" in response.context_data["form"].errors["number"][0]


def test_only_programme_managers_and_only_of_past_challenges(client_for, boss, past):
    running = make_booked(past.council, timezone.localdate())
    for name in ("action_plan:past-recommendation-add", "cases:past-review-add"):
        assert client_for(boss).get(page(name, running)).status_code == 403
        adviser = client_for(make_user("principal_adviser"))
        assert adviser.get(page(name, past)).status_code in {403, 404}
        assert adviser.post(page(name, past), GOOD).status_code in {403, 404}
