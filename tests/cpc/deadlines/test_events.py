"""Each kind of deadline is met by the event that it names, on the day of that event."""

from __future__ import annotations

import ast
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from assessments.action_plan import services as plans
from assessments.action_plan.models import ActionPlan
from assessments.progress_review import services as reviews
from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from assessments.report import services as reports
from assessments.report.models import Recommendation, Report, ReportState
from assessments.self_assessment import services as statements
from assessments.self_assessment.queries import sections_of
from cpc.audit.models import Event
from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import Stage
from cpc.components.errors import Refused, Stale
from cpc.deadlines import checks
from cpc.deadlines.events import DAYS, happened_on, register_event
from cpc.deadlines.kinds import KINDS
from cpc.deadlines.models import Deadline
from cpc.deadlines.services import enter_clocks, meet_deadline, settle_deadlines, start_clocks
from teams.composition.models import TeamMember
from teams.composition.services import confirm_team
from tests.architecture.source import name_of, python_files, tree_of
from tests.factories.assessments import Staged, make_reported, make_staged
from tests.factories.composition import accept, invite, make_accepted_pair, make_team_case
from tests.factories.peers import make_chief_executive
from tests.factories.rules import ensure_default_rules

pytestmark = pytest.mark.django_db
ADDRESS = "https://www.example.org/paper"
NOON = "2026-11-16 12:00 +0000"


def on_day(day: date) -> time_machine.travel:
    return time_machine.travel(f"{day.isoformat()} 12:00 +0000", tick=False)


def team_confirmed(*others: str) -> Case:
    ensure_default_rules()
    case = make_team_case()
    make_accepted_pair(case)
    for role in others:
        invite(case, make_chief_executive(), role)
    start_clocks(case=case, start="onsite_start", on=case.onsite_start_on, by=case.manager)
    confirm_team(case=case, waiver_reason="", by=case.manager)
    return case


def statement_submitted() -> Case:
    staged = make_staged(Stage.SELF_ASSESSMENT)
    start_clocks(case=staged.case, start="onsite_start", on=staged.case.onsite_start_on, by=staged.manager)
    for section in sections_of(staged.case):
        words = {"context": "", "successes": "Much", "challenges": "Some", "help_wanted": ""}
        statements.change_section(section=section, version=section.version, by=staged.coordinator, **words)
    statements.submit_statement(case=staged.case, by=staged.coordinator)
    return staged.case


def pack_released() -> Case:
    case = statement_submitted()
    boss = case.created_by
    statements.finalise_statement(case=case, by=boss)
    statements.release_pack(case=case, by=boss)
    return case


def report_public() -> Case:
    staged = make_staged(Stage.REPORT)
    Report.objects.filter(case=staged.case).update(state=ReportState.FINAL)
    _publish_report(staged)
    return staged.case


def _publish_report(staged: Staged) -> None:
    reports.publish_report(
        case=staged.case, published_on=timezone.localdate(), published_address=ADDRESS, version=0, by=staged.manager
    )


def action_plan_public() -> Case:
    staged = make_reported(Stage.ACTION_PLAN)
    for one in Recommendation.objects.filter(report__case=staged.case).select_related("report"):
        plans.answer_recommendation(recommendation=one, answer="accepted", reason="", version=0, by=staged.coordinator)
        plans.add_action(
            case=staged.case,
            text=f"Act on {one.number}",
            owner="Director",
            due_on=timezone.localdate(),
            measure="Minute",
            recommendation=one,
            by=staged.coordinator,
        )
    version = ActionPlan.objects.get(case=staged.case).version
    today = timezone.localdate()
    plans.publish_plan(
        case=staged.case, published_on=today, published_address=ADDRESS, version=version, by=staged.coordinator
    )
    return staged.case


def planned_review() -> Staged:
    staged = make_reported(Stage.PROGRESS_REVIEW)
    today = timezone.localdate()
    version = ProgressReview.objects.get(case=staged.case).version
    reviews.plan_review(
        case=staged.case,
        starts_on=today,
        ends_on=today,
        team_scope="all",
        members=[],
        other_peers="",
        version=version,
        by=staged.manager,
    )
    return staged


def _version(staged: Staged) -> int:
    return ProgressReview.objects.get(case=staged.case).version


def progress_review_held() -> Case:
    staged = planned_review()
    reviews.record_review_held(
        case=staged.case, held_on=timezone.localdate(), version=_version(staged), by=staged.manager
    )
    return staged.case


def progress_review_report_public() -> Case:
    staged = planned_review()
    reviews.publish_review(
        case=staged.case,
        published_on=timezone.localdate(),
        published_address=ADDRESS,
        version=_version(staged),
        by=staged.manager,
    )
    return staged.case


TAKES_PLACE = {
    "team_confirmed": team_confirmed,
    "statement_submitted": statement_submitted,
    "pack_released": pack_released,
    "report_public": report_public,
    "action_plan_public": action_plan_public,
    "progress_review_held": progress_review_held,
    "progress_review_report_public": progress_review_report_public,
}


def test_every_kind_of_deadline_names_its_event_and_somebody_reads_its_day(monkeypatch):
    assert set(DAYS) == set(TAKES_PLACE) == set(KINDS)
    assert checks.every_deadline_has_its_event(None) == []
    monkeypatch.delitem(DAYS, "pack_released")
    assert [each.id for each in checks.every_deadline_has_its_event(None)] == ["deadlines.E001"]
    with pytest.raises(ValueError, match="letter_sent"):
        register_event("letter_sent", lambda case: None)


@pytest.mark.parametrize("kind", sorted(TAKES_PLACE))
def test_the_event_took_place_on_a_day_so_the_promise_was_met_on_it(kind):
    """The clock stands weeks after the event, and before whatever comes next: nothing is late any more."""
    with on_day(date(2026, 11, 16)):
        case = TAKES_PLACE[kind]()
    with on_day(date(2026, 12, 14)):
        deadline = Deadline.objects.get(case=case, kind=kind)
        assert (deadline.state, deadline.met_on) == ("met", date(2026, 11, 16))
        assert happened_on(kind, case) == date(2026, 11, 16)
        assert not deadline.is_late


def test_a_review_is_held_before_its_report_is_published():
    """Two months lie between them; in these nobody is told that the review is late."""
    with on_day(date(2026, 11, 26)):
        staged = planned_review()
        item = ReviewedRecommendation.objects.filter(review__case=staged.case).select_related("review").first()
        Deadline.objects.filter(case=staged.case, kind="progress_review_held").update(
            due_on=date(2026, 11, 29), first_due_on=date(2026, 11, 29)
        )
    with on_day(date(2026, 12, 3)):
        reviews.record_peers_view(item=item, rag="green", view="Well under way", version=0, by=staged.lead_member)
    with on_day(date(2026, 12, 14)):
        states = dict(
            Deadline.objects.filter(case=staged.case, kind__startswith="progress").values_list("kind", "met_on")
        )
        assert states == {"progress_review_held": date(2026, 11, 26), "progress_review_report_public": None}
        reviews.publish_review(
            case=staged.case,
            published_on=date(2026, 12, 14),
            published_address=ADDRESS,
            version=_version(staged),
            by=staged.manager,
        )
        held = Deadline.objects.get(case=staged.case, kind="progress_review_held")
        assert held.met_on == date(2026, 11, 26)


def test_words_of_peers_before_the_review_do_not_hold_it_and_a_review_of_two_days_ends_on_its_last():
    with on_day(date(2026, 11, 23)):
        staged = planned_review()
        reviews.plan_review(
            case=staged.case,
            starts_on=date(2026, 11, 25),
            ends_on=date(2026, 11, 26),
            team_scope="all",
            members=[],
            other_peers="",
            version=_version(staged),
            by=staged.manager,
        )
    first, second = ReviewedRecommendation.objects.filter(review__case=staged.case).select_related("review")
    for day, item, version, held in [
        (24, first, 0, None),
        (25, first, 1, 25),
        (26, second, 0, 26),
        (30, second, 1, 26),
    ]:
        with on_day(date(2026, 11, day)):
            reviews.record_peers_view(item=item, rag="amber", view=f"Day {day}", version=version, by=staged.peer)
            expected = date(2026, 11, held) if held else None
            assert ProgressReview.objects.get(case=staged.case).held_on == expected
            assert Deadline.objects.get(case=staged.case, kind="progress_review_held").met_on == expected


def test_the_day_of_a_review_is_corrected_and_a_new_plan_takes_it_back():
    with on_day(date(2026, 11, 16)):
        staged = planned_review()
        common = {"case": staged.case, "by": staged.manager}
        reviews.record_review_held(held_on=date(2026, 11, 13), version=_version(staged), **common)
        with pytest.raises(reviews.AlreadyMoved):
            reviews.record_review_held(held_on=date(2026, 11, 13), version=_version(staged), **common)
        with pytest.raises(Stale):
            reviews.record_review_held(held_on=date(2026, 11, 12), version=0, **common)
        for day in (date(2026, 11, 17), staged.case.onsite_end_on):
            with pytest.raises(reviews.Refused) as refused:
                reviews.record_review_held(held_on=day, version=_version(staged), **common)
            assert refused.value.field == "held_on"
        reviews.record_review_held(held_on=date(2026, 11, 12), version=_version(staged), **common)
        held = Deadline.objects.get(case=staged.case, kind="progress_review_held")
        assert held.met_on == date(2026, 11, 12)
        reviews.plan_review(
            starts_on=date(2027, 1, 12),
            ends_on=date(2027, 1, 12),
            team_scope="all",
            members=[],
            other_peers="",
            version=_version(staged),
            **common,
        )
        held.refresh_from_db()
        assert (held.state, held.met_on) == ("open", None)
        assert Event.objects.filter(case=staged.case, verb="progress_review_not_held").count() == 1


def test_a_peer_who_joins_a_confirmed_team_does_not_make_it_late():
    with on_day(date(2026, 11, 16)):
        case = team_confirmed(CaseRole.SENIOR_OFFICER_PEER)
    with on_day(date(2026, 12, 14)):
        accept(TeamMember.objects.select_related("user").get(team__case=case, role=CaseRole.SENIOR_OFFICER_PEER))
        confirm_team(case=case, by=case.manager)
    assert Deadline.objects.get(case=case, kind="team_confirmed").met_on == date(2026, 11, 16)


def test_stages_settle_a_deadline_by_its_event_and_never_by_hand():
    """Met by a later step: only what the case's own record says meets a deadline."""
    found = []
    for path in python_files():
        if name_of(path).startswith("cpc/deadlines/"):
            continue
        found += [
            f"{name_of(path)}:{node.lineno}"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Name) and node.id in {"meet_deadline", "unmeet_deadline"}
        ]
    assert found == []


def test_an_event_that_took_place_before_its_clock_started_meets_it_at_once():
    with on_day(date(2026, 11, 16)):
        case = report_public()
        Deadline.objects.filter(case=case).delete()
    with on_day(date(2026, 11, 30)):
        start_clocks(case=case, start="onsite_end", on=date(2026, 10, 7), by=case.created_by)
        assert Deadline.objects.get(case=case, kind="report_public").met_on == date(2026, 11, 16)


def test_what_was_recorded_before_is_mended_once():
    with on_day(date(2026, 11, 16)):
        case = report_public()
        Deadline.objects.filter(case=case, kind="report_public").update(state="open", met_on=None)
    with on_day(date(2026, 12, 16)):
        call_command("mend_deadlines")
        assert Deadline.objects.get(case=case, kind="report_public").met_on == date(2026, 11, 16)
        assert settle_deadlines(case=case, by=None) == []


# ------------------------------------------------------------------ under way before it was entered


def entered(**overrides):
    staged = make_staged(Stage.SELF_ASSESSMENT)
    values = {"case": staged.case, "starts": {"onsite_end": date(2025, 9, 12)}, "by": staged.programme_manager}
    return staged, enter_clocks(**values | overrides)


@time_machine.travel(NOON, tick=False)
def test_a_challenge_under_way_is_entered_with_the_days_of_what_took_place():
    staged, made = entered(happened={"report_public": date(2025, 12, 10), "action_plan_public": date(2026, 3, 2)})
    assert {each.kind: (each.due_on, each.met_on, each.days_late) for each in made} == {
        "report_public": (date(2025, 12, 12), date(2025, 12, 10), 0),
        "action_plan_public": (date(2026, 2, 12), date(2026, 3, 2), 18),
        "progress_review_held": (date(2026, 7, 12), None, 0),
        "progress_review_report_public": (date(2026, 9, 12), None, 0),
    }
    assert Deadline.objects.get(case=staged.case, kind="progress_review_held").is_late
    versions = set(Deadline.objects.values_list("pk", "version"))
    enter_clocks(
        case=staged.case,
        starts={"onsite_end": date(2025, 9, 12)},
        happened={"report_public": date(2025, 12, 10), "action_plan_public": date(2026, 3, 2)},
        by=staged.programme_manager,
    )
    assert set(Deadline.objects.values_list("pk", "version")) == versions


@time_machine.travel(NOON, tick=False)
def test_what_was_to_be_ready_before_lies_in_the_past_too_when_it_is_asked_for():
    _, made = entered(starts={"onsite_start": date(2026, 11, 24)}, happened={"team_confirmed": date(2026, 9, 1)})
    assert {each.kind: (each.due_on, each.met_on) for each in made} == {
        "team_confirmed": (date(2026, 9, 29), date(2026, 9, 1)),
        "statement_submitted": (date(2026, 10, 20), None),
        "pack_released": (date(2026, 11, 6), None),
    }


@time_machine.travel(NOON, tick=False)
def test_what_took_place_is_not_tomorrow_and_has_a_name():
    with pytest.raises(Refused) as refused:
        entered(happened={"report_public": timezone.localdate() + timedelta(days=1)})
    assert refused.value.field == "report_public"
    with pytest.raises(ValueError, match="letter_sent"):
        entered(happened={"letter_sent": timezone.localdate()})


@time_machine.travel(NOON, tick=False)
def test_what_the_cases_own_rows_say_is_met_without_being_named():
    staged = make_reported(Stage.ACTION_PLAN)
    Deadline.objects.filter(case=staged.case).delete()
    made = enter_clocks(case=staged.case, starts={"onsite_end": date(2026, 10, 7)}, by=staged.manager)
    assert {each.kind for each in made if each.met_on} == {"report_public"}
    assert meet_deadline(case=staged.case, kind="letter_sent", on=date(2026, 10, 7), by=staged.manager) is None
