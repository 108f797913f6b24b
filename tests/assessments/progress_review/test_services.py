from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from assessments.progress_review import services
from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from assessments.progress_review.stage import outstanding
from cpc.audit.models import Event
from cpc.cases.errors import StageClosed
from cpc.cases.models import CaseMembership
from cpc.cases.stages import Stage
from cpc.casework.services import advance_case
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.deadlines.models import Deadline
from tests.factories.assessments import make_reported

pytestmark = pytest.mark.django_db


def plan(staged, **overrides):
    day = timezone.localdate() - timedelta(days=1)
    values = {"starts_on": day, "ends_on": day, "team_scope": "all", "members": [], "other_peers": ""}
    version = ProgressReview.objects.get_or_create(case=staged.case)[0].version
    return services.plan_review(**{"case": staged.case, "version": version, "by": staged.manager} | values | overrides)


def items(staged):
    return list(ReviewedRecommendation.objects.filter(review__case=staged.case).select_related("review"))


def publish(staged, **overrides):
    values = {"published_on": timezone.localdate(), "published_address": "https://www.example.org/review"}
    version = ProgressReview.objects.get(case=staged.case).version
    return services.publish_review(
        **{"case": staged.case, "version": version, "by": staged.manager} | values | overrides
    )


def test_entering_makes_a_row_for_each_recommendation_once():
    staged = make_reported(Stage.PROGRESS_REVIEW)
    services.open_progress_review(staged.case, staged.manager)
    assert len(items(staged)) == 2


def test_team_may_be_all_some_or_others():
    staged = make_reported(Stage.PROGRESS_REVIEW)
    assert plan(staged).members.count() == 3
    with pytest.raises(Refused) as refused:
        plan(staged, team_scope="some")
    assert refused.value.field == "members"
    with pytest.raises(Refused) as refused:
        plan(staged, team_scope="others")
    assert refused.value.field == "other_peers"
    lead = CaseMembership.objects.get(case=staged.case, role="lead_member_peer")
    assert list(plan(staged, team_scope="some", members=[lead]).members.all()) == [lead]
    host = CaseMembership.objects.get(case=staged.case, role="leader")
    with pytest.raises(Refused):
        plan(staged, team_scope="some", members=[host])


def test_new_days_are_told_once_to_the_council_and_the_peers_who_come(django_capture_on_commit_callbacks):
    staged = make_reported(Stage.PROGRESS_REVIEW)
    with django_capture_on_commit_callbacks(execute=True):
        plan(staged)
    told = sorted(message.to[0] for message in mail.outbox)
    names = ("leader", "coordinator", "chief_executive", "lead_member", "lead_officer", "peer")
    assert told == sorted(staged.people[name].email for name in names)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        plan(staged, team_scope="others", other_peers="Alex Example, Leader")
    assert mail.outbox == []


def test_days_end_after_they_start_and_come_after_the_onsite():
    staged = make_reported(Stage.PROGRESS_REVIEW)
    with pytest.raises(Refused) as refused:
        plan(staged, ends_on=timezone.localdate() - timedelta(days=9))
    assert refused.value.field == "ends_on"
    early = staged.case.onsite_end_on
    with pytest.raises(Refused) as refused:
        plan(staged, starts_on=early, ends_on=early)
    assert refused.value.field == "starts_on"


def test_council_and_peers_stand_side_by_side_and_neither_touches_the_other():
    """X22"""
    staged = make_reported(Stage.PROGRESS_REVIEW)
    item = items(staged)[0]
    item = services.record_council_rating(
        item=item, rag="green", update="Done", version=item.version, by=staged.coordinator
    )
    item = services.record_peers_view(item=item, rag="amber", view="Begun", version=0, by=staged.lead_member)
    item.refresh_from_db()
    assert (item.council_rag, item.peers_rag, item.differs) == ("green", "amber", True)
    with pytest.raises(Stale):
        services.record_council_rating(item=item, rag="red", update="Late window", version=0, by=staged.coordinator)
    with pytest.raises(Stale):
        services.record_peers_view(item=item, rag="red", view="Late window", version=0, by=staged.peer)
    item.refresh_from_db()
    assert (item.council_update, item.peers_view) == ("Done", "Begun")


def test_rating_waits_for_the_stage():
    staged = make_reported(Stage.ACTION_PLAN)
    services.open_progress_review(staged.case, staged.manager)
    item = items(staged)[0]
    with pytest.raises(StageClosed):
        services.record_council_rating(item=item, rag="green", update="Early", version=0, by=staged.coordinator)


def test_publication_meets_both_clocks_is_corrected_and_reopened():
    staged = make_reported(Stage.PROGRESS_REVIEW)
    with pytest.raises(Refused):
        publish(staged)
    plan(staged)
    with pytest.raises(Refused):
        publish(staged, published_on=timezone.localdate() - timedelta(days=3))
    review = publish(staged)
    kinds = ["progress_review_held", "progress_review_report_public"]
    assert set(Deadline.objects.filter(case=staged.case, kind__in=kinds).values_list("state", flat=True)) == {"met"}
    with pytest.raises(AlreadyMoved):
        publish(staged)
    services.correct_publication(
        case=staged.case,
        published_on=timezone.localdate(),
        published_address="https://www.example.org/right",
        reason="Typed wrongly",
        version=review.version,
        by=staged.manager,
    )
    assert "review" in Event.objects.get(verb="progress_review_publication_corrected").data["before"]
    services.reopen_review(case=staged.case, reason="A view was missing", by=staged.manager)
    states = dict(Deadline.objects.filter(case=staged.case, kind__in=kinds).values_list("kind", "state"))
    # The publication is taken back; the review stays held.
    assert states == {"progress_review_held": "met", "progress_review_report_public": "open"}
    with pytest.raises(AlreadyMoved):
        services.reopen_review(case=staged.case, reason="Again", by=staged.manager)


def test_case_closes_when_everything_is_done():
    staged = make_reported(Stage.PROGRESS_REVIEW)
    assert [item.code for item in outstanding(staged.case, None)] == ["planned"]
    plan(staged)
    for item in items(staged):
        item = services.record_council_rating(
            item=item, rag="green", update="Done", version=item.version, by=staged.coordinator
        )
        services.record_peers_view(
            item=item, rag="green", view="Seen", version=item.peers_version, by=staged.lead_member
        )
    publish(staged)
    assert outstanding(staged.case, None) == []
    case = advance_case(case=staged.case, from_stage=Stage.PROGRESS_REVIEW, by=staged.manager)
    assert case.state == "closed"
    assert case.closed_on == timezone.localdate()
