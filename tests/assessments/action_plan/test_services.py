from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.action_plan import services
from assessments.action_plan.models import Action, ActionPlan, RecommendationAnswer
from assessments.action_plan.queries import rag_counts
from assessments.action_plan.stage import outstanding
from assessments.report.models import Recommendation
from cpc.audit.models import Event
from cpc.cases.errors import StageClosed
from cpc.cases.stages import Stage
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.deadlines.models import Deadline
from tests.factories.assessments import make_reported, make_staged, recommend

pytestmark = pytest.mark.django_db
ADDRESS = "https://www.example.org/plan"


def recommendations(staged):
    return list(Recommendation.objects.filter(report__case=staged.case).select_related("report"))


def act(staged, **overrides):
    values = {
        "case": staged.case,
        "text": "Bring a paper to cabinet",
        "owner": "Director of Resources",
        "due_on": timezone.localdate(),
        "measure": "Cabinet minute",
        "by": staged.coordinator,
    }
    return services.add_action(**values | overrides)


def ready(staged):
    for one in recommendations(staged):
        services.answer_recommendation(
            recommendation=one, answer="accepted", reason="", version=0, by=staged.coordinator
        )
        act(staged, text=f"Act on {one.number}", recommendation=one)


def publish(staged):
    version = ActionPlan.objects.get(case=staged.case).version
    return services.publish_plan(
        case=staged.case,
        published_on=timezone.localdate(),
        published_address=ADDRESS,
        version=version,
        by=staged.coordinator,
    )


def test_council_may_differ_but_says_why():
    """R82"""
    staged = make_reported()
    one = recommendations(staged)[0]
    with pytest.raises(Refused) as refused:
        services.answer_recommendation(
            recommendation=one, answer="partly", reason=" ", version=0, by=staged.coordinator
        )
    assert refused.value.field == "reason"
    answer = services.answer_recommendation(
        recommendation=one, answer="not_accepted", reason="We did this in spring.", version=0, by=staged.coordinator
    )
    assert answer.get_answer_display() == "Not accepted"
    with pytest.raises(IntegrityError), transaction.atomic():
        RecommendationAnswer.objects.filter(pk=answer.pk).update(reason="")


def test_same_answer_again_changes_nothing_and_a_stale_one_is_refused():
    staged = make_reported()
    one = recommendations(staged)[0]
    values = {"recommendation": one, "by": staged.coordinator}
    first = services.answer_recommendation(answer="accepted", reason="", version=0, **values)
    assert services.answer_recommendation(answer="accepted", reason="", version=0, **values).pk == first.pk
    with pytest.raises(Stale):
        services.answer_recommendation(answer="partly", reason="Money", version=0, **values)
    services.answer_recommendation(answer="partly", reason="Money", version=1, **values)
    assert RecommendationAnswer.objects.get(pk=first.pk).answer == "partly"


def test_double_post_makes_one_action():
    staged = make_reported()
    assert act(staged).pk == act(staged).pk
    assert Action.objects.count() == 1


def test_plan_opens_when_the_report_is_final():
    staged = make_staged(Stage.REPORT)
    one = recommend(staged)
    with pytest.raises(StageClosed):
        services.answer_recommendation(
            recommendation=one, answer="accepted", reason="", version=0, by=staged.coordinator
        )
    with pytest.raises(StageClosed):
        act(staged)


def test_publishing_waits_for_answers_actions_owners_dates_and_measures():
    """X23"""
    staged = make_reported()
    with pytest.raises(Refused, match="Answer every recommendation"):
        publish(staged)
    for one in recommendations(staged):
        services.answer_recommendation(
            recommendation=one, answer="accepted", reason="", version=0, by=staged.coordinator
        )
    with pytest.raises(Refused, match="Add an action to every recommendation"):
        publish(staged)
    for one in recommendations(staged):
        act(staged, text=f"Act on {one.number}", recommendation=one, measure="")
    with pytest.raises(Refused, match="an owner, a date and a measure"):
        publish(staged)


def test_publishing_meets_the_deadline_and_closes_the_plan():
    staged = make_reported()
    ready(staged)
    publish(staged)
    assert Deadline.objects.get(case=staged.case, kind="action_plan_public").state == "met"
    with pytest.raises(AlreadyMoved):
        publish(staged)
    with pytest.raises(AlreadyMoved):
        act(staged, text="Too late")
    assert outstanding(staged.case, None) == []


def test_publication_is_corrected_and_reopened_with_a_reason():
    staged = make_reported()
    ready(staged)
    plan = publish(staged)
    services.correct_publication(
        case=staged.case,
        published_on=timezone.localdate(),
        published_address="https://www.example.org/right",
        reason="Typed wrongly",
        version=plan.version,
        by=staged.coordinator,
    )
    assert ADDRESS in Event.objects.get(verb="plan_publication_corrected").data["before"]
    plan = services.reopen_plan(case=staged.case, reason="An action was left out", by=staged.coordinator)
    assert (plan.state, plan.published_on) == ("drafting", None)
    assert Deadline.objects.get(case=staged.case, kind="action_plan_public").state == "open"
    with pytest.raises(AlreadyMoved):
        services.reopen_plan(case=staged.case, reason="Again", by=staged.coordinator)


def update(action, by, **overrides):
    values = {"status": "on_track", "rag": "", "progress": "", "evidence": "", "version": action.version}
    return services.update_progress(action=action, by=by, **values | overrides)


def test_progress_goes_on_after_publication_and_complete_needs_evidence():
    """R71"""
    staged = make_reported()
    ready(staged)
    publish(staged)
    action = Action.objects.first()
    with pytest.raises(Refused) as refused:
        update(action, staged.coordinator, status="complete")
    assert refused.value.field == "evidence"
    action = update(action, staged.coordinator, status="complete", evidence="Minute 42")
    assert action.rag == "green"
    action = update(action, staged.coordinator, status="on_track", rag="red", progress="Slipped")
    assert (action.rag, action.rag_is_set) == ("red", True)
    with pytest.raises(Stale):
        update(action, staged.coordinator, version=0)


def test_progress_stops_when_the_case_is_paused():
    staged = make_reported()
    ready(staged)
    staged.case.state, staged.case.state_reason = "paused", "Reorganisation"
    staged.case.save()
    with pytest.raises(StageClosed):
        update(Action.objects.first(), staged.coordinator)


def test_removed_action_leaves_its_words_in_the_record():
    staged = make_reported()
    action = act(staged)
    services.remove_action(action=action, reason="Twice", by=staged.coordinator)
    assert Event.objects.get(verb="action_removed").data["text"] == "Bring a paper to cabinet"
    with pytest.raises(AlreadyMoved):
        services.remove_action(action=action, reason="Twice", by=staged.coordinator)


def test_lga_comments_once_per_press():
    """R59"""
    staged = make_reported()
    first = services.add_comment(case=staged.case, text="Good start", by=staged.manager)
    assert services.add_comment(case=staged.case, text="Good start", by=staged.manager).pk == first.pk


def test_what_was_not_to_have_begun_has_no_colour_until_its_day():
    """A plan written today for next year is not amber all over: councils read that as blame."""
    staged = make_reported()
    today = timezone.localdate()
    for day, colour in [
        (today + timedelta(days=365), ""),
        (today, ""),
        (None, ""),
        (today - timedelta(days=1), "amber"),
    ]:
        action = act(staged, text=f"By {day}", due_on=day)
        assert action.colour == colour
    assert rag_counts([], list(Action.objects.all())) == {"green": 0, "amber": 1, "red": 0}
    action = Action(status="not_started", rag="red", rag_is_set=True)
    assert action.colour == "red"
