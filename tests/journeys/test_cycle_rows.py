"""The requirement rows of the cycle, each by its own way to verify it, with a fixed clock.

The finer points have tests beside the code; here stands what the row asks for, seen through pages and mails.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from assessments.action_plan.services import add_action, answer_recommendation, publish_plan, update_progress
from assessments.report.models import Recommendation, ReportState
from councils.models import Contact, PoliticalControl, Succession, Tenure
from councils.services import end_tenure, record_tenure
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.errors import GateRefused
from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import REVIEW_KINDS, USUAL_KIND, Stage, stages_of
from cpc.casework.reference_data import ensure_theme_sets
from cpc.casework.services import add_member, advance_case, start_case
from cpc.components.errors import Refused
from cpc.cycle.journey.services import add_journey_entry, end_journey_entry, hand_over_council, log_support
from cpc.cycle.journey.timeline import journey_of
from cpc.cycle.models import AdviserPost, JourneyEntry, Mentoring, Prompt
from cpc.cycle.queries import Standing, due_list, standing_of
from cpc.cycle.reference_data import ensure_cycle_rules
from cpc.cycle.services import sweep as sweep_cycle
from cpc.deadlines.models import Deadline
from cpc.notifications.tasks import deliver_waiting
from cpc.reminders.sweep import sweep
from cpc.scheduling.services import record_purpose
from cpc.scheduling.stage import outstanding
from tests.factories.accounts import make_user
from tests.factories.assessments import make_reported, make_staged
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge

pytestmark = pytest.mark.django_db

# A Tuesday, at noon.
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-24 12:00 +0000", tick=False) as traveller:
        yield traveller


@pytest.fixture
def boss():
    return make_user("programme_manager", email="pat@example.org")


@pytest.fixture
def council(boss):
    """A council with a principal adviser and people in post for some years."""
    council = make_council(name="Alderham", slug="alderham", region="North East")
    adviser = make_user("principal_adviser", email="avery@example.org")
    AdviserPost.objects.create(council=council, user=adviser, started_on=date(2024, 1, 1))
    for post, name in (("leader", "Robin Before"), ("chief_executive", "Casey Before")):
        Tenure.objects.create(council=council, post=post, person_name=name, started_on=date(2021, 5, 20))
    ensure_cycle_rules()
    return council


@pytest.fixture
def adviser(council):
    return User.objects.get(email="avery@example.org")


def new_in_post(council, post, name, on, by, **changed):
    before = Tenure.objects.get(council=council, post=post, ended_on=None)
    end_tenure(tenure=before, ended_on=on - DAY, version=before.version, by=by)
    values = {"party": "", "ended_on": None, "is_first_post": None, "is_interim": False}
    return record_tenure(council=council, post=post, person_name=name, started_on=on, by=by, **values | changed)


def mails_of(clock, on):
    """What a day's sweeps send: address -> the mail."""
    clock.move_to(f"{on}T12:00:00+00:00")
    before = len(mail.outbox)
    sweep_cycle(on)
    sweep(on)
    deliver_waiting()
    return {sent.to[0]: sent for sent in mail.outbox[before:]}


def words(response):
    return " ".join(unescape(response.content.decode()).split())


# ------------------------------------------------------------------ R1 to R7


def test_r01_window_at_four_years_due_at_five_overdue_the_day_after_and_never_had_apart(council, boss, client_for):
    make_challenge(council, date(2020, 6, 10))
    never = make_council(name="Never")

    def standing(on):
        return standing_of(council, on).standing

    assert (standing_of(council, TODAY).window_on, standing_of(council, TODAY).due_on) == (
        date(2024, 6, 10),
        date(2025, 6, 10),
    )
    assert [standing(date(2024, 6, 9)), standing(date(2024, 6, 10))] == [Standing.NOT_DUE, Standing.WINDOW_OPEN]
    assert [standing(date(2025, 6, 10)), standing(date(2025, 6, 11))] == [Standing.WINDOW_OPEN, Standing.OVERDUE]
    client = client_for(boss)
    assert "Alderham" in words(client.get("/due/"))
    assert f">{never.name}<" not in client.get("/due/").content.decode()
    assert f">{never.name}<" in client.get("/due/?standing=never_had").content.decode()


def test_r02_off_cycle_needs_a_reason_and_restarts_the_five_years(council, boss):
    ensure_theme_sets()
    make_challenge(council, date(2024, 11, 20))
    with pytest.raises(Refused):
        start_case(council=council, by=boss)
    case = start_case(council=council, by=boss, off_cycle_reason="A new administration asked for it")
    case.onsite_start_on, case.onsite_end_on = date(2027, 2, 2), date(2027, 2, 4)
    case.save()
    assert standing_of(council, date(2027, 2, 5)).due_on == date(2032, 2, 4)


def test_r03_a_new_chief_executive_is_one_prompt_to_the_principal_adviser_within_a_day(council, boss, clock):
    new_in_post(council, "chief_executive", "Sasha New", TODAY, boss)
    heard = mails_of(clock, TODAY + DAY)
    assert list(heard) == ["avery@example.org"]
    assert "new chief executive since 24 November 2026 (Sasha New)" in heard["avery@example.org"].body
    assert mails_of(clock, TODAY + 2 * DAY) == {}
    assert Prompt.objects.count() == 1


def test_r04_a_new_leader_prompts_and_an_election_with_the_same_leader_does_not(council, boss, clock):
    new_in_post(council, "leader", "robin  before", TODAY - 2 * DAY, boss)
    assert mails_of(clock, TODAY) == {}
    new_in_post(council, "leader", "Lesley New", TODAY, boss)
    heard = mails_of(clock, TODAY + DAY)
    assert list(heard) == ["avery@example.org"]
    assert "new leader since 24 November 2026 (Lesley New)" in heard["avery@example.org"].body


def test_r05_two_changes_within_sixty_days_are_one_prompt_naming_both(council, boss, clock):
    new_in_post(council, "leader", "Lesley New", TODAY - 50 * DAY, boss)
    new_in_post(council, "chief_executive", "Sasha New", TODAY, boss)
    (sent,) = mails_of(clock, TODAY + DAY).values()
    assert "(Lesley New)" in sent.body
    assert "(Sasha New)" in sent.body
    assert Prompt.objects.count() == 1


def test_r06_a_milestone_prompts_and_stands_on_the_timeline(council, boss, clock, client_for):
    entry = add_journey_entry(
        council=council, kind="intervention", name="Directions", started_on=date(2023, 3, 1), ended_on=None, address="", by=boss
    )  # fmt: skip
    end_journey_entry(entry=entry, ended_on=TODAY, version=entry.version, by=boss)
    (sent,) = mails_of(clock, TODAY + DAY).values()
    assert "end of statutory intervention: Directions" in sent.body
    page = words(client_for(boss).get(reverse("cycle:journey", args=["alderham"])))
    assert "End of Statutory intervention: Directions" in page


def test_r07_a_long_tenure_without_a_challenge_is_a_soft_prompt(council, boss, clock, settings):
    settings.CYCLE_LONG_TENURE_YEARS = 5
    heard = mails_of(clock, TODAY)
    assert list(heard) == ["avery@example.org"]
    assert Prompt.objects.get().is_soft
    assert mails_of(clock, TODAY + 60 * DAY) == {}


# ------------------------------------------------------------------ R8 to R13


def test_r08_a_past_challenge_shows_the_leader_chief_executive_and_control_of_its_own_dates(client_for):
    staged = make_staged(Stage.ACTION_PLAN)
    council, on = staged.case.council, staged.case.onsite_start_on
    for post, first in (("leader", True), ("chief_executive", False)):
        Tenure.objects.create(
            council=council, post=post, person_name=f"Then {post}", started_on=on - 400 * DAY, ended_on=on, is_first_post=first
        )  # fmt: skip
        Tenure.objects.create(council=council, post=post, person_name=f"Now {post}", started_on=on + DAY)
    PoliticalControl.objects.create(council=council, year=on.year - 1, control="Labour")
    page = words(client_for(staged.manager).get(reverse("cases:detail", args=[staged.case.reference])))
    for text in ("Then leader", "Then chief_executive", "first post", "Labour"):
        assert text in page
    assert "Now leader" not in page


def with_outcome(staged):
    """Both recommendations answered, the first with an action that is delayed; report and plan are public."""
    for recommendation in Recommendation.objects.filter(report__case=staged.case).order_by("number"):
        answer_recommendation(
            recommendation=recommendation, answer="accepted", reason="", version=0,
            words_version=recommendation.version, by=staged.coordinator,
        )  # fmt: skip
        action = add_action(
            case=staged.case, recommendation=recommendation, text=f"Action {recommendation.number}", owner="Director",
            due_on=TODAY + 90 * DAY, measure="Agreed by cabinet", by=staged.coordinator,
        )  # fmt: skip
    publish_plan(
        case=staged.case, published_on=TODAY, published_address="https://www.example.org/plan",
        version=staged.case.action_plan.version, by=staged.coordinator,
    )  # fmt: skip
    update_progress(
        action=action, status="delayed", rag="", progress="Later", evidence="", version=action.version, by=staged.coordinator
    )  # fmt: skip


def test_r09_a_leader_who_came_after_gets_report_recommendations_and_statuses_and_nothing_unreleased(client_for):
    staged = make_reported()
    with_outcome(staged)
    newcomer = make_user("leader", council=staged.case.council)
    add_member(case=staged.case, user=newcomer, role=CaseRole.LEADER, by=staged.manager)
    url = reverse("action_plan:starting-pack", args=[staged.case.reference])
    page = words(client_for(newcomer).get(url))
    for text in (
        "https://www.example.org/report",
        "Recommendation text 1",
        "Recommendation text 2",
        "Accepted",
        "Delayed",
    ):
        assert text in page
    assert client_for(staged.peer).get(url).status_code == 403
    assert client_for(make_user("leader")).get(url).status_code == 404
    # Before the report is public nothing of it is in the pack.
    early = make_reported()
    early.case.report.state, early.case.report.published_on = ReportState.FINAL, None
    early.case.report.save()
    page = words(client_for(early.leader).get(reverse("action_plan:starting-pack", args=[early.case.reference])))
    assert "The feedback report is not published yet" in page
    assert "Recommendation text" not in page


def test_r10_scoping_cannot_close_without_a_purpose_which_the_pack_shows(client_for, boss):
    staged = make_staged(Stage.SCHEDULING)
    assert "purpose" in {item.code for item in outstanding(staged.case, None)}
    with pytest.raises(GateRefused):
        advance_case(case=staged.case, from_stage=Stage.SCHEDULING, by=staged.manager)
    record_purpose(
        case=staged.case, purpose="reset", purpose_detail="After a hard year", requested_by="both", version=0, by=staged.manager
    )  # fmt: skip
    assert "purpose" not in {item.code for item in outstanding(staged.case, None)}
    page = words(client_for(staged.manager).get(reverse("self_assessment:read", args=[staged.case.reference])))
    assert "Reset direction" in page
    assert "After a hard year" in page


def test_r11_the_pack_of_the_second_challenge_has_the_firsts_recommendations_with_their_last_status(client_for):
    first = make_reported()
    with_outcome(first)
    Case.objects.filter(pk=first.case.pk).update(
        onsite_start_on=date(2021, 6, 8), onsite_end_on=date(2021, 6, 10), cycle_start_on=date(2021, 6, 10)
    )
    second = make_staged(Stage.SELF_ASSESSMENT)
    Case.objects.filter(pk=second.case.pk).update(council=first.case.council)
    page = words(client_for(second.manager).get(reverse("self_assessment:read", args=[second.case.reference])))
    assert "The peer challenge before this one" in page
    for text in ("1. Recommendation text 1", "2. Recommendation text 2", "Accepted", "Delayed", "5 years and 7 months"):
        assert text in page


def test_r12_the_interval_between_challenges_is_shown(council, boss):
    """Craven's, of which the years alone are known."""
    for year in (2012, 2017):
        make_challenge(council, date(year, 12, 31), onsite_precision="year")
    texts = [step.text for step in journey_of(council, boss).steps]
    assert "Corporate Peer Challenge, 5 years after the one before" in texts
    assert "Corporate Peer Challenge" in texts


def test_r13_who_asked_for_it_stands_on_the_timeline(boss):
    staged = make_staged(Stage.SCHEDULING)
    record_purpose(
        case=staged.case, purpose="validate", purpose_detail="", requested_by="members", version=0, by=staged.manager
    )
    texts = [step.text for step in journey_of(staged.case.council, boss).steps]
    assert "Corporate Peer Challenge, asked for by other councillors, or a council motion" in texts


# ------------------------------------------------------------------ R70 and support


def test_r70_one_line_tells_challenges_reviews_posts_elections_notices_intervention_and_reorganisation(
    council, boss, client_for
):
    make_challenge(council, date(2020, 6, 10))
    council.polls.create(on=date(2023, 5, 4), text="Ordinary election")
    for kind, name in (
        ("best_value_notice", "Notice"), ("intervention", "Directions"), ("finance_peer_challenge", "Finance"), ("other_review", "Follow-up"),
    ):  # fmt: skip
        add_journey_entry(
            council=council, kind=kind, name=name, started_on=date(2024, 1, 9), ended_on=None, address="", by=boss
        )
    Succession.objects.create(
        predecessor=make_council(official_name="Old Alderham Council"),
        successor=council,
        on=date(2019, 4, 1),
        kind="merger",
    )
    page = words(client_for(boss).get(reverse("cycle:journey", args=["alderham"])))
    for text in (
        "Corporate Peer Challenge", "Robin Before became leader", "Casey Before became chief executive", "Ordinary election",
        "Best Value Notice: Notice", "Statutory intervention: Directions", "Finance Peer Challenge: Finance",
        "Other review: Follow-up", "Old Alderham Council was merged into this council",
    ):  # fmt: skip
        assert text in page, text


def test_r89_the_support_log_is_for_its_own_adviser_and_programme_managers_alone(council, adviser, boss, client_for):
    log_support(council=council, on=TODAY, text="A quiet word", form_key=uuid.uuid4(), by=adviser)
    url = reverse("cycle:support-log", args=["alderham"])
    for user in (adviser, boss):
        assert "A quiet word" in words(client_for(user).get(url))
    elsewhere = make_user("principal_adviser")
    AdviserPost.objects.create(council=make_council(region="London"), user=elsewhere, started_on=date(2024, 1, 1))
    for user in (make_user("leader", council=council), elsewhere, make_user("administrator")):
        assert client_for(user).get(url).status_code in {403, 404}


def test_r90_advisers_have_a_history_and_a_hand_over_leaves_a_note(council, adviser, boss, client_for):
    follower = make_user("principal_adviser", full_name="Frances Follower")
    seen = AdviserPost.objects.get(council=council).pk
    with pytest.raises(Refused):
        hand_over_council(council=council, user=follower, on=TODAY, note=" ", seen=seen, by=adviser)
    hand_over_council(council=council, user=follower, on=TODAY, note="Ask about the budget", seen=seen, by=adviser)
    posts = AdviserPost.objects.filter(council=council).order_by("started_on")
    assert [(post.user, post.ended_on) for post in posts] == [(adviser, TODAY - DAY), (follower, None)]
    assert "Frances Follower, from 24 November 2026" in words(client_for(boss).get("/councils/alderham/"))
    assert "Ask about the budget" in words(client_for(follower).get(reverse("cycle:contact-log", args=["alderham"])))


def test_r92_stages_of_a_kind_are_versioned_and_a_case_keeps_those_it_began_with(council, boss, monkeypatch):
    ensure_theme_sets()
    before = start_case(council=council, by=boss)
    without_plan = tuple(stage for stage in Stage if stage != Stage.ACTION_PLAN)
    row = REVIEW_KINDS[USUAL_KIND]
    monkeypatch.setitem(REVIEW_KINDS, USUAL_KIND, replace(row, templates=(*row.templates, without_plan)))
    after = start_case(council=make_council(), by=boss)
    assert (before.template_version, after.template_version) == (1, 2)
    own = [[row.stage for row in stages_of(case.kind, case.template_version)] for case in (before, after)]
    assert own == [list(Stage), list(without_plan)]
    after.stage = Stage.PROGRESS_REVIEW
    assert not access.stage_has_opened(after, Stage.ACTION_PLAN)
    before.stage = Stage.PROGRESS_REVIEW
    assert access.stage_has_opened(before, Stage.ACTION_PLAN)


def test_r93_more_reviews_within_twelve_months_than_the_setting_are_warned_of(council, boss, settings):
    settings.CYCLE_MOST_REVIEWS = 2
    make_challenge(council, date(2026, 6, 10))
    for month in (2, 9):
        assert not [text for text in journey_of(council, boss).warnings if "burden" in text]
        add_journey_entry(
            council=council, kind="other_review", name=f"Review {month}", started_on=date(2026, month, 1), ended_on=None,
            address="", by=boss,
        )  # fmt: skip
    (warning,) = [text for text in journey_of(council, boss).warnings if "burden" in text]
    assert warning.startswith("3 reviews of this council begin within 12 months")


def test_r94_a_one_day_visit_has_no_statement_and_no_report_clock(council, boss):
    ensure_theme_sets()
    case = start_case(council=council, kind="support_visit", by=boss)
    stages = {row.stage for row in stages_of(case.kind, case.template_version)}
    assert not stages & {Stage.SELF_ASSESSMENT, Stage.REPORT, Stage.ACTION_PLAN}
    assert not Deadline.objects.filter(case=case, kind__in=["report_public", "statement_submitted"]).exists()


def test_r95_a_benchmark_at_the_end_of_an_intervention_names_it(client_for):
    staged = make_staged(Stage.SCHEDULING)
    council, manager = staged.case.council, staged.manager
    entry = JourneyEntry.objects.create(
        council=council,
        kind="intervention",
        name="Directions of 2023",
        started_on=date(2023, 3, 1),
        recorded_by=manager,
    )
    other = JourneyEntry.objects.create(
        council=make_council(), kind="intervention", name="Elsewhere", started_on=date(2023, 3, 1), recorded_by=manager
    )
    values = {"case": staged.case, "purpose": "benchmark", "purpose_detail": "", "requested_by": "both", "version": 0}
    for wrong in (None, other):
        with pytest.raises(Refused) as refused:
            record_purpose(**values, intervention=wrong, by=manager)
        assert refused.value.field == "intervention"
    client = client_for(manager)
    url = reverse("scheduling:purpose-edit", args=[staged.case.reference])
    assert "Directions of 2023" in words(client.get(url))
    assert "Elsewhere" not in words(client.get(url))
    answer = client.post(
        url,
        {"purpose": "benchmark", "intervention": entry.pk, "requested_by": "both", "purpose_detail": "", "version": 0},
    )
    assert answer.status_code == 302
    page = words(client.get(reverse("scheduling:detail", args=[staged.case.reference])))
    assert "Statutory intervention: Directions of 2023" in page


def test_r96_two_councils_become_one_which_shows_both_histories_and_the_dead_have_no_due_date(boss, client_for):
    west, taunton = (
        make_council(name=name, official_name=f"{name} Council", end_on=date(2019, 3, 31))
        for name in ("West Somerset", "Taunton Deane")
    )
    merged = make_council(name="Somerset West and Taunton", slug="somerset-west", start_on=date(2019, 4, 1))
    for each, day in ((west, date(2016, 3, 1)), (taunton, date(2017, 3, 1))):
        make_challenge(each, day)
        Succession.objects.create(predecessor=each, successor=merged, on=date(2019, 4, 1), kind="merger")
    # Before the end there is no due date that lies after it; afterwards they are not in the list at all.
    assert [standing_of(each, date(2018, 6, 1)).due_on for each in (west, taunton)] == [None, None]
    assert {row.council for row in due_list(TODAY)}.isdisjoint({west, taunton})
    assert standing_of(merged, TODAY).due_on == date(2023, 4, 1)
    page = words(client_for(boss).get(reverse("councils:detail", args=["somerset-west"])))
    assert "West Somerset" in page
    assert "Taunton Deane" in page
    journey = words(client_for(boss).get(reverse("cycle:journey", args=["somerset-west"])))
    assert "West Somerset Council was merged into this council" in journey
    assert "Taunton Deane Council was merged into this council" in journey
    # Both histories, each under its own name; the council's own people read what is published of them.
    for reader in (boss, make_user("chief_executive", council=merged)):
        journey = words(client_for(reader).get(reverse("cycle:journey", args=["somerset-west"])))
        assert "Corporate Peer Challenge of West Somerset<" in journey
        assert "1 March 2016" in journey
        assert "Corporate Peer Challenge of Taunton Deane<" in journey
        assert "1 March 2017" in journey
    later = make_council(name="Somerset", slug="somerset", start_on=date(2023, 4, 1))
    Succession.objects.create(predecessor=merged, successor=later, on=date(2023, 4, 1), kind="merger")
    journey = words(client_for(boss).get(reverse("cycle:journey", args=["somerset"])))
    assert "Corporate Peer Challenge of West Somerset<" in journey
    # What goes on with a council that gave only a part of its area is its own.
    neighbour = make_council(name="Neighbourham")
    make_challenge(neighbour, date(2018, 3, 1))
    Succession.objects.create(predecessor=neighbour, successor=later, on=date(2023, 4, 1), kind="boundary")
    journey = words(client_for(boss).get(reverse("cycle:journey", args=["somerset"])))
    assert "Challenge of Neighbourham" not in journey


def test_r91_a_member_peer_mentors_at_a_council_and_only_the_dates_are_kept(council, adviser, boss, client_for):
    peer = make_user("peer", full_name="Morgan Mentor")
    kept = {field.name for field in Mentoring._meta.get_fields()}
    assert kept == {
        "id", "council", "peer", "started_on", "ended_on", "recorded_at", "recorded_by", "version"
    }  # fmt: skip
    day = {"started_on-day": "1", "started_on-month": "9", "started_on-year": "2026"}
    client = client_for(adviser)
    page = reverse("cycle:mentoring-add", args=["alderham"])
    assert client.post(page, day | {"peer": peer.pk}).status_code == 302
    shown = "Morgan Mentor, from 1 September 2026"
    log = reverse("cycle:support-log", args=["alderham"])
    for reader in (adviser, boss):
        assert shown in words(client_for(reader).get(log))
    # Below the radar: neither the council nor the rest of the LGA reads of it.
    for role in ("support_officer", "peer_challenge_manager", "administrator"):
        assert client_for(make_user(role)).get(log).status_code == 403
        assert "Morgan Mentor" not in words(client_for(make_user(role)).get("/councils/alderham/"))
    leader = client_for(make_user("leader", council=council))
    assert "Morgan Mentor" not in words(leader.get("/councils/alderham/"))
    assert leader.get(page).status_code == 404


@pytest.mark.parametrize("kind", ["finance_peer_challenge", "governance_peer_challenge", "other_review"])
def test_r97_other_kinds_of_review_are_recorded_and_read_by_the_council(council, boss, client_for, kind):
    entry = add_journey_entry(
        council=council, kind=kind, name="A review", started_on=date(2026, 3, 2), ended_on=None,
        address="https://www.example.org/review", by=boss,
    )  # fmt: skip
    page = client_for(make_user("chief_executive", council=council)).get(reverse("cycle:journey", args=["alderham"]))
    assert f"{entry.get_kind_display()}: A review" in words(page)
    assert Contact.objects.count() == 0
