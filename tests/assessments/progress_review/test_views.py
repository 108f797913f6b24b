import pytest
from django.urls import reverse

from assessments.progress_review import services
from assessments.progress_review.models import ReviewedRecommendation
from cpc.cases.stages import Stage
from tests.counting import count_queries
from tests.factories.assessments import make_reported

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"progress_review:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def first_item(staged):
    return ReviewedRecommendation.objects.filter(review__case=staged.case).select_related("review").first()


def test_peers_view_is_hidden_from_the_council_until_the_report_is_public(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    item = first_item(staged)
    services.record_peers_view(item=item, rag="amber", view="Not yet for the council", version=0, by=staged.peer)
    for who in ("peer", "manager", "programme_manager"):
        assert "Not yet for the council" in client_for(staged.people[who]).get(url(staged)).content.decode()
    for who in ("leader", "coordinator"):
        page = client_for(staged.people[who]).get(url(staged))
        assert page.status_code == 200
        assert "Not yet for the council" not in page.content.decode()
    assert client_for(staged.administrator).get(url(staged)).status_code == 403


def test_each_side_writes_its_own_column_only(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    pk = first_item(staged).pk
    assert client_for(staged.coordinator).get(url(staged, "council-rating", pk=pk)).status_code == 200
    assert client_for(staged.coordinator).get(url(staged, "peers-view", pk=pk)).status_code == 403
    assert client_for(staged.peer).get(url(staged, "peers-view", pk=pk)).status_code == 200
    assert client_for(staged.peer).get(url(staged, "council-rating", pk=pk)).status_code == 403


def test_rating_is_saved_and_a_missing_one_is_said(client_for):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    client, where = client_for(staged.coordinator), url(staged, "council-rating", pk=first_item(staged).pk)
    page = client.post(where, {"update": "Words that stay", "version": "0"})
    assert page.status_code == 422
    assert "Choose a rating" in page.content.decode()
    assert "Words that stay" in page.content.decode()
    assert client.post(where, {"rag": "green", "update": "Done", "version": "0"}).status_code == 302
    assert first_item(staged).council_rag == "green"


def test_page_costs_the_same_with_one_and_three_recommendations(client_for):
    one, three = (make_reported(Stage.PROGRESS_REVIEW, recommendations=number) for number in (1, 3))
    counts = []
    for staged in (one, three):
        client = client_for(staged.manager)
        client.get(url(staged))
        counts.append(count_queries(lambda client=client, staged=staged: client.get(url(staged))))
    assert counts[0] == counts[1]
