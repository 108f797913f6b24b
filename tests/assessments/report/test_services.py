from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from assessments.report import services
from assessments.report.models import DraftRelease, Recommendation, Report, ReportState
from assessments.report.permissions import reads_draft
from assessments.report.stage import outstanding
from cpc.audit.models import Event
from cpc.cases.errors import StageClosed
from cpc.cases.models import FocusArea
from cpc.cases.stages import Stage
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.deadlines.models import Deadline
from cpc.deadlines.services import meet_deadline, start_clocks
from tests.factories.assessments import make_reported, make_staged, recommend, word_upload

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate()


def drafted(staged):
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    return services.sign_quality_check(case=staged.case, by=staged.manager)


def finalised(staged):
    drafted(staged)
    recommend(staged)
    return services.finalise_report(case=staged.case, by=staged.manager)


def test_entering_starts_the_four_clocks_once():
    staged = make_staged(Stage.REPORT)
    services.open_report(staged.case, staged.manager)
    kinds = set(Deadline.objects.filter(case=staged.case).values_list("kind", flat=True))
    assert {"report_public", "action_plan_public", "progress_review_held", "progress_review_report_public"} <= kinds
    assert Deadline.objects.filter(case=staged.case, kind="report_public").count() == 1
    assert staged.case.cycle_start_on == staged.case.onsite_end_on


def test_checklist_is_signed_once_and_again_for_a_new_version():
    staged = make_staged(Stage.REPORT)
    with pytest.raises(Refused):
        services.sign_quality_check(case=staged.case, by=staged.manager)
    drafted(staged)
    with pytest.raises(AlreadyMoved):
        services.sign_quality_check(case=staged.case, by=staged.manager)
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    assert Report.objects.get(case=staged.case).checked_at is None


def test_release_reaches_named_people_only_and_ends_when_withdrawn(django_capture_on_commit_callbacks):
    staged = make_staged(Stage.REPORT)
    drafted(staged)
    assert not reads_draft(staged.leader, staged.case)
    with django_capture_on_commit_callbacks(execute=True):
        (release,) = services.release_draft(
            case=staged.case, recipients=[staged.leader], until=today() + timedelta(days=14), by=staged.manager
        )
    assert [message.to for message in mail.outbox] == [[staged.leader.email]]
    assert reads_draft(staged.leader, staged.case)
    assert not reads_draft(staged.coordinator, staged.case)
    assert not reads_draft(staged.administrator, staged.case)
    with pytest.raises(AlreadyMoved):
        services.release_draft(
            case=staged.case, recipients=[staged.leader], until=today() + timedelta(days=14), by=staged.manager
        )
    services.withdraw_release(release=release, by=staged.manager)
    assert not reads_draft(staged.leader, staged.case)
    with pytest.raises(AlreadyMoved):
        services.withdraw_release(release=release, by=staged.manager)


def test_release_ends_after_its_day():
    staged = make_staged(Stage.REPORT)
    drafted(staged)
    services.release_draft(
        case=staged.case, recipients=[staged.leader], until=today() + timedelta(days=1), by=staged.manager
    )
    DraftRelease.objects.update(expires_on=today() - timedelta(days=1))
    assert not reads_draft(staged.leader, staged.case)


def test_release_refuses_people_who_are_not_of_the_council_and_a_draft_that_is_not_checked():
    staged = make_staged(Stage.REPORT)
    services.add_draft(case=staged.case, upload=word_upload(), by=staged.manager)
    until = today() + timedelta(days=14)
    with pytest.raises(Refused):
        services.release_draft(case=staged.case, recipients=[staged.leader], until=until, by=staged.manager)
    services.sign_quality_check(case=staged.case, by=staged.manager)
    with pytest.raises(Refused) as refused:
        services.release_draft(case=staged.case, recipients=[staged.peer], until=until, by=staged.manager)
    assert refused.value.field == "recipients"


def test_release_withdrawn_while_its_mail_waits_is_not_announced(django_capture_on_commit_callbacks):
    staged = make_staged(Stage.REPORT)
    drafted(staged)
    with django_capture_on_commit_callbacks(execute=True):
        (release,) = services.release_draft(
            case=staged.case, recipients=[staged.leader], until=today() + timedelta(days=14), by=staged.manager
        )
        services.withdraw_release(release=release, by=staged.manager)
    assert mail.outbox == []


def test_corrections_are_answered_before_the_report_is_final():
    staged = make_staged(Stage.REPORT)
    drafted(staged)
    recommend(staged)
    services.release_draft(
        case=staged.case, recipients=[staged.leader], until=today() + timedelta(days=14), by=staged.manager
    )
    words = {"place": "Page 2", "kind": "figure", "says": "12", "should_say": "21", "evidence": ""}
    correction = services.propose_correction(case=staged.case, by=staged.leader, **words)
    assert services.propose_correction(case=staged.case, by=staged.leader, **words).pk == correction.pk
    with pytest.raises(Refused, match="1 waiting"):
        services.finalise_report(case=staged.case, by=staged.manager)
    with pytest.raises(Refused) as refused:
        services.decide_correction(correction=correction, state="declined", answer=" ", version=0, by=staged.manager)
    assert refused.value.field == "answer"
    services.decide_correction(correction=correction, state="accepted", answer="", version=0, by=staged.manager)
    with pytest.raises(AlreadyMoved):
        services.decide_correction(correction=correction, state="accepted", answer="", version=1, by=staged.manager)
    assert services.finalise_report(case=staged.case, by=staged.manager).state == ReportState.FINAL


def test_recommendations_are_numbered_in_order_and_a_double_post_makes_one():
    staged = make_staged(Stage.REPORT)
    first, second = recommend(staged, "One"), recommend(staged, "Two")
    assert (first.number, second.number) == (1, 2)
    assert recommend(staged, "Two").pk == second.pk
    services.remove_recommendation(recommendation=first, reason="Said twice", by=staged.manager)
    with pytest.raises(AlreadyMoved):
        services.remove_recommendation(recommendation=first, reason="Said twice", by=staged.manager)
    assert recommend(staged, "Three").number == 3
    assert Event.objects.get(verb="recommendation_removed").data["text"] == "One"


def test_further_recommendation_needs_an_area_of_this_case():
    staged, other = make_staged(Stage.REPORT), make_staged(Stage.REPORT)
    with pytest.raises(Refused) as refused:
        services.add_recommendation(case=staged.case, level="further", text="Words", by=staged.manager)
    assert refused.value.field == "focus_area"
    area = FocusArea.objects.filter(case=other.case).first()
    with pytest.raises(Refused):
        services.add_recommendation(case=staged.case, level="further", text="Words", focus_area=area, by=staged.manager)


def test_stale_change_of_a_recommendation_is_refused():
    staged = make_staged(Stage.REPORT)
    one = recommend(staged)
    values = {"level": "high", "focus_area": None, "intended_outcome": "", "themes": [], "by": staged.manager}
    services.change_recommendation(recommendation=one, text="First save", version=0, **values)
    with pytest.raises(Stale):
        services.change_recommendation(recommendation=one, text="Second save", version=0, **values)
    assert Recommendation.objects.get(pk=one.pk).text == "First save"


def test_publishing_meets_the_deadline_and_can_be_corrected_with_a_reason():
    staged = make_staged(Stage.REPORT)
    report = finalised(staged)
    with pytest.raises(Refused) as refused:
        services.publish_report(
            case=staged.case,
            published_on=today() + timedelta(days=1),
            published_address="https://www.example.org/",
            version=report.version,
            by=staged.manager,
        )
    assert refused.value.field == "published_on"
    report = services.publish_report(
        case=staged.case,
        published_on=today(),
        published_address="https://www.example.org/wrong",
        pre_election_reason="Agreed",
        version=report.version,
        by=staged.manager,
    )
    deadline = Deadline.objects.get(case=staged.case, kind="report_public")
    assert (deadline.state, deadline.met_on) == ("met", today())
    yesterday = today() - timedelta(days=1)
    services.correct_publication(
        case=staged.case,
        published_on=yesterday,
        published_address="https://www.example.org/right",
        reason="Typed wrongly",
        version=report.version,
        by=staged.manager,
    )
    assert Deadline.objects.get(pk=deadline.pk).met_on == yesterday
    assert "wrong" in Event.objects.get(verb="report_publication_corrected").data["before"]
    with pytest.raises(Stale):
        services.correct_publication(
            case=staged.case,
            published_on=today(),
            published_address="https://www.example.org/",
            reason="Late window",
            version=report.version - 5,
            by=staged.manager,
        )


def test_reopening_takes_the_publication_back():
    staged = make_staged(Stage.REPORT)
    report = finalised(staged)
    services.publish_report(
        case=staged.case,
        published_on=today(),
        published_address="https://www.example.org/",
        pre_election_reason="Agreed",
        version=report.version,
        by=staged.manager,
    )
    report = services.reopen_report(case=staged.case, reason="Wrong file", by=staged.manager)
    assert (report.state, report.published_on) == (ReportState.DRAFTING, None)
    assert Deadline.objects.get(case=staged.case, kind="report_public").state == "open"
    with pytest.raises(AlreadyMoved):
        services.reopen_report(case=staged.case, reason="Wrong file", by=staged.manager)


def test_nothing_is_written_after_the_stage_was_left():
    staged = make_reported()
    with pytest.raises(StageClosed):
        recommend(staged, "Too late")


def test_outstanding_names_what_is_missing_and_recommendations_cannot_be_waived():
    staged = make_staged(Stage.REPORT)
    missing = {item.code: item for item in outstanding(staged.case, None)}
    assert set(missing) == {"draft", "recommendations", "final", "published"}
    assert not missing["recommendations"].waivable
    assert missing["published"].whose == "Council"
    finalised(staged)
    assert {item.code for item in outstanding(staged.case, None)} == {"published"}


def test_what_was_due_before_the_onsite_falls_away_when_the_report_opens():
    staged = make_staged(Stage.ONSITE, onsite_days_ago=0)
    start_clocks(case=staged.case, start="onsite_start", on=staged.case.onsite_start_on, by=staged.manager)
    meet_deadline(case=staged.case, kind="team_confirmed", on=today(), by=staged.manager)
    services.open_report(staged.case, staged.manager)
    states = dict(Deadline.objects.filter(case=staged.case).values_list("kind", "state"))
    assert states["team_confirmed"] == "met"
    assert states["statement_submitted"] == states["pack_released"] == "cancelled"
    assert states["report_public"] == "open"
