import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan import services
from assessments.report.models import Recommendation
from tests.counting import count_queries
from tests.factories.assessments import make_reported

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"action_plan:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def act(staged, text, recommendation=None):
    return services.add_action(
        case=staged.case,
        text=text,
        owner="Director",
        due_on=timezone.localdate(),
        measure="Minute",
        recommendation=recommendation,
        by=staged.coordinator,
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("coordinator", 200),
        ("leader", 200),
        ("manager", 200),
        ("programme_manager", 200),
        ("peer", 403),
        ("administrator", 403),
    ],
)
def test_who_reads_the_plan_before_it_is_public(client_for, who, status):
    staged = make_reported()
    assert client_for(staged.people[who]).get(url(staged)).status_code == status


def test_only_the_council_edits(client_for):
    """R59"""
    staged = make_reported()
    for who, status in (
        ("coordinator", 200),
        ("leader", 200),
        ("manager", 403),
        ("programme_manager", 403),
        ("peer", 403),
    ):
        assert client_for(staged.people[who]).get(url(staged, "action-add")).status_code == status


def test_an_answer_is_given_and_a_missing_reason_is_said_beside_the_field(client_for):
    staged = make_reported()
    one = Recommendation.objects.filter(report__case=staged.case).first()
    client = client_for(staged.coordinator)
    page = client.post(url(staged, "answer-edit", pk=one.pk), {"answer": "partly", "reason": "", "version": "0"})
    assert page.status_code == 422
    assert "Enter why the council does not fully accept this recommendation" in page.content.decode()
    done = client.post(
        url(staged, "answer-edit", pk=one.pk), {"answer": "partly", "reason": "Money", "version": "0"}, follow=True
    )
    assert "Partly accepted" in done.content.decode()


def test_wrong_date_comes_back_as_typed(client_for):
    staged = make_reported()
    data = {"text": "Act", "due_on-day": "31", "due_on-month": "2", "due_on-year": "2027", "version": "0"}
    page = client_for(staged.coordinator).post(url(staged, "action-add"), data)
    assert page.status_code == 422
    assert "Date must be a real date" in page.content.decode()
    assert 'value="31"' in page.content.decode()


def test_action_of_another_case_is_not_there(client_for):
    staged, other = make_reported(), make_reported()
    foreign = act(other, "Theirs")
    assert client_for(staged.coordinator).get(url(staged, "action-edit", pk=foreign.pk)).status_code == 404


def test_page_costs_the_same_with_one_and_three_actions(client_for):
    staged = make_reported(recommendations=3)
    client = client_for(staged.coordinator)
    found = list(Recommendation.objects.filter(report__case=staged.case).select_related("report"))
    act(staged, "One", found[0])
    client.get(url(staged))
    with_one = count_queries(lambda: client.get(url(staged)))
    act(staged, "Two", found[1])
    act(staged, "Three", found[2])
    assert count_queries(lambda: client.get(url(staged))) == with_one
