from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.report import services
from assessments.report.models import Recommendation
from cpc.cases.stages import Stage
from tests.counting import count_queries
from tests.factories.assessments import make_staged, recommend, word_upload

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"report:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def text_of(response):
    return response.content.decode()


def test_draft_words_are_read_by_the_team_and_the_lga_and_by_named_people_of_the_council(client_for):
    staged = make_staged(Stage.REPORT)
    recommend(staged, "Secret until released")
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    services.sign_quality_check(case=staged.case, by=staged.manager)
    for name in ("manager", "programme_manager", "lead_member", "peer"):
        assert "Secret until released" in text_of(client_for(staged.people[name]).get(url(staged)))
    for name in ("leader", "coordinator", "chief_executive"):
        page = client_for(staged.people[name]).get(url(staged))
        assert page.status_code == 200
        assert "Secret until released" not in text_of(page)
    assert client_for(staged.administrator).get(url(staged)).status_code == 403
    services.release_draft(
        case=staged.case, recipients=[staged.leader], until=timezone.localdate() + timedelta(days=9), by=staged.manager
    )
    assert "Secret until released" in text_of(client_for(staged.leader).get(url(staged)))
    assert "Secret until released" not in text_of(client_for(staged.coordinator).get(url(staged)))


def test_only_the_manager_writes(client_for):
    staged = make_staged(Stage.REPORT)
    for name in ("leader", "peer", "support", "administrator"):
        assert client_for(staged.people[name]).get(url(staged, "recommendation-add")).status_code == 403


def test_a_recommendation_is_added_and_what_was_typed_comes_back_on_an_error(client_for):
    staged = make_staged(Stage.REPORT)
    client = client_for(staged.manager)
    answer = client.post(url(staged, "recommendation-add"), {"level": "further", "text": "Words that stay"})
    assert answer.status_code == 422
    assert "Words that stay" in text_of(answer)
    assert "Choose the area that this further recommendation belongs to" in text_of(answer)
    assert "<title>Error: " in text_of(answer)
    answer = client.post(
        url(staged, "recommendation-add"), {"level": "high", "text": "Agree fewer priorities"}, follow=True
    )
    assert "Recommendation added" in text_of(answer)


def test_a_stale_form_shows_both_texts_and_can_be_saved_knowingly(client_for):
    staged = make_staged(Stage.REPORT)
    one = recommend(staged, "As it was")
    services.change_recommendation(
        recommendation=one,
        level="high",
        text="Somebody was faster",
        focus_area=None,
        intended_outcome="",
        themes=[],
        version=0,
        by=staged.manager,
    )
    client = client_for(staged.manager)
    data = {"level": "high", "text": "My own words", "version": "0"}
    page = client.post(url(staged, "recommendation-edit", pk=one.pk), data)
    assert page.status_code == 409
    assert "Somebody was faster" in text_of(page)
    assert "My own words" in text_of(page)
    assert 'name="version" value="1"' in text_of(page)
    assert client.post(url(staged, "recommendation-edit", pk=one.pk), data | {"version": "1"}).status_code == 302
    assert Recommendation.objects.get(pk=one.pk).text == "My own words"


def test_second_click_on_remove_is_told_kindly(client_for):
    staged = make_staged(Stage.REPORT)
    one = recommend(staged)
    client = client_for(staged.manager)
    where = url(staged, "recommendation-remove", pk=one.pk)
    assert client.post(where, {"reason": "Said twice"}).status_code == 302
    again = client.post(where, {"reason": "Said twice"})
    assert again.status_code == 422
    assert "already removed" in text_of(again)


def test_a_recommendation_of_another_case_is_not_there(client_for):
    staged, other = make_staged(Stage.REPORT), make_staged(Stage.REPORT)
    foreign = recommend(other)
    assert client_for(staged.manager).get(url(staged, "recommendation-edit", pk=foreign.pk)).status_code == 404
    assert client_for(staged.manager).get(url(other)).status_code == 404


def test_page_costs_the_same_with_one_and_three_recommendations(client_for):
    staged = make_staged(Stage.REPORT)
    client = client_for(staged.manager)
    recommend(staged, "One")
    client.get(url(staged))
    with_one = count_queries(lambda: client.get(url(staged)))
    recommend(staged, "Two")
    recommend(staged, "Three")
    assert count_queries(lambda: client.get(url(staged))) == with_one
