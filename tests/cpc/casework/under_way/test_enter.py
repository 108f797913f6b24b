"""A challenge that began before anybody entered it (R11, R102): every dated fact finds a field.

The first of these tests runs by the clock of the wall: nothing in it is travelled to.
"""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.action_plan.models import ActionPlan
from assessments.onsite.models import FinalFeedback, OnsiteDay
from assessments.progress_review.models import ProgressReview
from assessments.report.models import Recommendation, Report
from assessments.self_assessment.models import PositionStatement
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.cases.models import Case, CaseMembership, GateOverride, StageEntry
from cpc.cases.stages import POSITION, STAGES, Stage
from cpc.casework.reference_data import ensure_theme_sets
from cpc.casework.under_way.parts import all_facts
from cpc.cycle.models import Prompt
from cpc.deadlines.models import Deadline, DeadlineRule
from cpc.notifications.models import Message
from cpc.scheduling.models import DateChange, Scope
from teams.composition.models import Team, TeamMember
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge, make_prompt, make_trigger
from tests.factories.peers import make_peer
from tests.factories.rules import ensure_default_rules
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db
PAGE = "/cases/start/under-way/"


def last_thursday(before: date) -> date:
    return before - timedelta(days=(before.weekday() - 3) % 7)


class Days:
    """Of a challenge whose last onsite day lies this many days back."""

    def __init__(self, ago: int) -> None:
        self.last = last_thursday(timezone.localdate() - timedelta(days=ago))
        self.first = self.last - timedelta(days=2)

    def before(self, days: int) -> date:
        return self.first - timedelta(days=days)

    def after(self, days: int) -> date:
        return self.last + timedelta(days=days)


@pytest.fixture
def people():
    ensure_theme_sets()
    ensure_default_rules()
    council = make_council(name="Gateshead", slug="gateshead")
    return {
        "council": council,
        "boss": make_user("programme_manager", email="boss@example.org"),
        "manager": make_user("peer_challenge_manager", email="manager@example.org"),
        "coordinator": make_user("coordinator", email="coordinator@example.org", council=council),
        "leader": make_user("leader", email="leader@example.org", council=council),
        "chief_executive": make_user("chief_executive", email="chief@example.org", council=council),
        "lead_member": make_peer("member", email="lead@example.org"),
        "lead_officer": make_peer("officer", email="officer@example.org"),
    }


def told(days: Days, stage: str) -> dict:
    """Everything that can be known at this stage."""
    facts = {
        "started": days.before(200),
        "onsite_first": days.first,
        "onsite_last": days.last,
        "manager": "manager@example.org",
        "coordinator": "coordinator@example.org",
        "leader": "leader@example.org",
        "chief_executive": "chief@example.org",
        "purpose": "other",
        "purpose_detail": "A fresh look",
        "requested_by": "both",
        "meeting": days.before(150),
        "absence_reason": "The leader was ill.",
        "dates_agreed": days.before(140),
        "off_cycle_reason": "A council motion",
        "team": "Lead Member Peer; lead@example.org; Leader, Breckland Council\nlead_officer_peer; officer@example.org; Chief Executive, Wyre",
        "team_shared": days.before(80),
        "leader_talk": days.before(75),
        "team_confirmed": days.before(70),
        "statement_submitted": days.before(40),
        "statement_final": days.before(36),
        "pack_released": days.before(20),
        "feedback": days.last,
        "heard_first": "yes",
        "report_final": days.after(50),
        "report_public": days.after(60),
        "report_address": "https://www.example.gov.uk/report",
        "recommendations": "Agree a plan\nKeep to it",
        "plan_public": days.after(70),
        "plan_address": "https://www.example.gov.uk/plan",
        "review_first": days.after(290),
        "review_last": days.after(291),
        "review_held": days.after(291),
        "review_public": days.after(320),
        "review_address": "https://www.example.gov.uk/review",
    }
    since = {fact.name: fact.since for fact in all_facts()}
    today = timezone.localdate()
    ahead = {fact.name for fact in all_facts() if fact.may_be_ahead} | {"onsite_first", "onsite_last"}
    found = {
        name: value
        for name, value in facts.items()
        if not (since.get(name) and POSITION[stage] < POSITION[since[name]])
        and not (isinstance(value, date) and value > today and name not in ahead)
    }
    for day, address in (
        ("report_public", "report_address"),
        ("plan_public", "plan_address"),
        ("feedback", "heard_first"),
    ):
        if day not in found:
            found.pop(address, None)
    if "review_public" not in found:
        found.pop("review_address", None)
    if "team_confirmed" not in found:
        found.pop("team", None)
    return found


def posted(council, stage, facts, **more):
    data = {"council": council.pk, "stage": stage, "reason": "It began before this service did", "joint_council": ""}
    for name, value in facts.items():
        if isinstance(value, date):
            data |= {f"{name}-day": value.day, f"{name}-month": value.month, f"{name}-year": value.year}
        else:
            data[name] = value
    return data | more


def noon(at):
    return timezone.localtime(at).date()


def test_every_fact_of_the_form_is_told_here():
    """A field that is added is added to the acceptance test too."""
    days = Days(400)
    assert {fact.name for fact in all_facts()} <= set(told(days, Stage.PROGRESS_REVIEW))


@pytest.mark.real_clock
def test_every_dated_fact_of_a_challenge_under_way_finds_a_field(client_for, people):
    """Onsite more than a year ago, the review held and its report public; the case is still open."""
    days, council = Days(400), people["council"]
    facts = told(days, Stage.PROGRESS_REVIEW)
    response = client_for(people["boss"]).post(PAGE, posted(council, Stage.PROGRESS_REVIEW, facts))
    assert response.status_code == 302, response.content.decode()
    case = Case.objects.get()
    assert response.url == reverse("cases:detail", kwargs={"reference": case.reference})
    assert (case.stage, case.state, case.origin) == (Stage.PROGRESS_REVIEW, "active", "service")
    assert (case.onsite_start_on, case.onsite_end_on, case.cycle_start_on) == (days.first, days.last, days.last)
    assert (noon(case.created_at), case.off_cycle_reason) == (facts["started"], "A council motion")
    assert case.reference == f"gateshead-{days.first.year}"

    scope = Scope.objects.get(case=case)
    assert (scope.purpose, scope.purpose_detail, scope.requested_by) == ("other", "A fresh look", "both")
    assert (scope.meeting_on, scope.absence_reason) == (facts["meeting"], "The leader was ill.")
    change = DateChange.objects.get(case=case)
    assert (change.start_on, change.end_on, noon(change.agreed_at)) == (days.first, days.last, facts["dates_agreed"])

    team = Team.objects.get(case=case)
    assert (noon(team.shared_at), team.talk_on, noon(team.confirmed_at)) == (
        facts["team_shared"], facts["leader_talk"], facts["team_confirmed"],
    )  # fmt: skip
    places = TeamMember.objects.filter(team=team, state="accepted").order_by("role")
    assert [(each.role, each.post_printed) for each in places] == [
        ("lead_member_peer", "Leader, Breckland Council"), ("lead_officer_peer", "Chief Executive, Wyre"),
    ]  # fmt: skip
    assert all(each.agreed_to(days.first, days.last) for each in places)
    starts = dict(CaseMembership.objects.filter(case=case).values_list("role", "starts_on"))
    assert starts == {
        "peer_challenge_manager": facts["started"], "coordinator": facts["started"], "leader": facts["started"],
        "chief_executive": facts["started"], "lead_member_peer": facts["team_confirmed"],
        "lead_officer_peer": facts["team_confirmed"],
    }  # fmt: skip

    statement = PositionStatement.objects.get(case=case)
    assert [noon(at) for at in (statement.submitted_at, statement.finalised_at, statement.pack_released_at)] == [
        facts["statement_submitted"], facts["statement_final"], facts["pack_released"],
    ]  # fmt: skip
    assert list(OnsiteDay.objects.filter(case=case).values_list("on", flat=True)) == [
        days.first + timedelta(days=number) for number in range(3)
    ]
    assert FinalFeedback.objects.get(case=case).held_on == facts["feedback"]
    report = Report.objects.get(case=case)
    assert (noon(report.finalised_at), report.published_on, report.published_address) == (
        facts["report_final"], facts["report_public"], facts["report_address"],
    )  # fmt: skip
    assert list(Recommendation.objects.values_list("number", "text")) == [(1, "Agree a plan"), (2, "Keep to it")]
    plan = ActionPlan.objects.get(case=case)
    assert (plan.published_on, plan.published_address) == (facts["plan_public"], facts["plan_address"])
    review = ProgressReview.objects.get(case=case)
    assert (review.starts_on, review.ends_on, review.held_on) == (
        facts["review_first"], facts["review_last"], facts["review_held"],
    )  # fmt: skip
    assert (review.published_on, review.published_address) == (facts["review_public"], facts["review_address"])
    assert review.items.count() == 2

    # The clocks run from the last onsite day, and each promise was kept on the day of its event.
    met = {each.kind: (each.due_on, each.met_on) for each in Deadline.objects.filter(case=case)}
    for kind, months, on in (
        ("report_public", 3, facts["report_public"]),
        ("action_plan_public", 5, facts["plan_public"]),
        ("progress_review_held", 10, facts["review_held"]),
        ("progress_review_report_public", 12, facts["review_public"]),
    ):
        assert met[kind] == (days.last + relativedelta(months=months), on), kind

    # Where it has been and when, as if it had come the way itself.
    entries = list(StageEntry.objects.filter(case=case).order_by("entered_at", "pk"))
    assert [each.stage for each in entries] == [row.stage for row in STAGES]
    assert [noon(each.entered_at) for each in entries] == [
        facts["started"], facts["dates_agreed"], facts["team_confirmed"], facts["pack_released"], days.last,
        facts["report_public"], facts["plan_public"],
    ]  # fmt: skip
    assert [each.left_at is None for each in entries] == [False] * 6 + [True]
    assert {each.stage for each in GateOverride.objects.filter(case=case)} <= {row.stage for row in STAGES}
    assert all("It began before this service did" in each.reason for each in GateOverride.objects.all())
    told_events = [sentence(each.verb, each.data) for each in Event.objects.filter(case=case)]
    assert any(line.startswith("entered this peer challenge, begun on") for line in told_events)
    # No one is told of what lies in the past.
    assert not Message.objects.exists() and mail.outbox == []


@pytest.mark.parametrize(
    ("stage", "ago"),
    [
        (Stage.SCHEDULING, -60),
        (Stage.TEAM_COMPOSITION, -60),
        (Stage.SELF_ASSESSMENT, -25),
        (Stage.ONSITE, -14),
        (Stage.ONSITE, 10),
        (Stage.REPORT, 91),
        (Stage.ACTION_PLAN, 120),
        (Stage.PROGRESS_REVIEW, 200),
    ],
)
def test_it_can_be_entered_at_every_stage_and_its_pages_open(client_for, people, stage, ago):
    client = client_for(people["boss"])
    response = client.post(PAGE, posted(people["council"], stage, told(Days(ago), stage)))
    assert response.status_code == 302, response.content.decode()
    case = Case.objects.get()
    assert case.stage == stage
    for row in STAGES:
        page = client.get(reverse(row.url_name, kwargs={"reference": case.reference}))
        assert page.status_code == 200, row.stage
    for name in ("detail", "deadlines", "people", "history"):
        page = client.get(reverse(f"cases:{name}", kwargs={"reference": case.reference}))
        assert page.status_code == 200, name
        assert_valid_html(page.content.decode())
    # What is promised stands on the date of its rule: nothing is moved to today.
    for deadline in Deadline.objects.filter(case=case):
        rule = DeadlineRule.objects.get(kind=deadline.kind)
        start = case.onsite_end_on if rule.start == "onsite_end" else case.onsite_start_on
        assert deadline.due_on == start + relativedelta(months=rule.months) + timedelta(days=rule.days)
    assert Deadline.objects.filter(case=case).exists()
    assert not Message.objects.exists()


def test_a_challenge_in_the_report_stage_three_months_on_has_its_dates_and_is_late_where_it_is_late(client_for, people):
    days = Days(100)
    facts = told(days, Stage.REPORT)
    for name in ("report_final", "report_public", "report_address", "plan_public", "plan_address"):
        facts.pop(name, None)
    client_for(people["boss"]).post(PAGE, posted(people["council"], Stage.REPORT, facts))
    late = {each.kind: each.is_late for each in Deadline.objects.select_related("case")}
    assert late == {
        "report_public": True, "action_plan_public": False, "progress_review_held": False,
        "progress_review_report_public": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"reason": ""}, "reason", "Enter why it is entered only now"),
        ({"manager": ""}, "manager", "Enter the peer challenge manager"),
        ({"manager": "nobody@example.org"}, "manager", "No one with an account has the address nobody@example.org"),
        ({"team": "Chair; lead@example.org; Leader"}, "team", "is no role of a peer"),
        ({"team": "Member Peer, lead@example.org"}, "team", "Write role; email address; post in the line"),
        ({"team": "Member Peer; leader@example.org; Leader, Gateshead"}, "team", "is of the host council"),
        ({"report_address": ""}, "report_address", "Enter when and where the feedback report was published"),
        ({"team": ""}, "team", "Enter the team and the day on which it was confirmed"),
        ({"stage": "report"}, "review_first", "This is known of a challenge at Action plan or after"),
        ({"purpose_detail": ""}, "purpose_detail", "Enter what the council wants from its peer challenge"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field_and_nothing_is_lost(client_for, people, change, field, says):
    data = posted(people["council"], Stage.PROGRESS_REVIEW, told(Days(400), Stage.PROGRESS_REVIEW)) | change
    response = client_for(people["boss"]).post(PAGE, data)
    assert response.status_code == 422
    form = response.context_data["form"]
    assert says in form.errors[field][0]
    content = response.content.decode()
    assert "https://www.example.gov.uk/plan" in content and "A council motion" in content
    assert_valid_html(content)
    assert not Case.objects.exists() and not CaseMembership.objects.exists()


def test_days_that_are_hardly_ever_so_are_asked_about(client_for, people):
    days = Days(100)
    facts = told(days, Stage.REPORT) | {"onsite_first": days.last - timedelta(days=60)}
    for name in ("pack_released", "statement_final", "statement_submitted", "feedback", "heard_first"):
        facts.pop(name)
    client, council = client_for(people["boss"]), people["council"]
    response = client.post(PAGE, posted(council, Stage.REPORT, facts))
    assert response.status_code == 422
    assert "The visit lasts 61 days" in response.context_data["form"].errors["confirmed"][0]
    assert client.post(PAGE, posted(council, Stage.REPORT, facts, confirmed="yes")).status_code == 302


def test_a_second_click_and_a_challenge_under_way_are_refused(client_for, people):
    data = posted(people["council"], Stage.REPORT, told(Days(100), Stage.REPORT))
    client = client_for(people["boss"])
    assert client.post(PAGE, data).status_code == 302
    response = client.post(PAGE, data)
    assert response.status_code == 422
    assert "already has a Corporate Peer Challenge under way" in response.context_data["form"].errors["council"][0]
    assert Case.objects.count() == 1


def test_it_is_not_entered_over_another_that_was_held_then(client_for, people):
    days = Days(100)
    make_challenge(people["council"], days.last)
    response = client_for(people["boss"]).post(PAGE, posted(people["council"], Stage.REPORT, told(days, Stage.REPORT)))
    assert "is at this time already" in response.context_data["form"].errors["onsite_first"][0]


def test_the_councils_prompts_are_acted_on_and_its_cycle_counts_from_it(client_for, people):
    today, council = timezone.localdate(), people["council"]
    make_trigger(council, today, prompt=make_prompt(council, today))
    client_for(people["boss"]).post(PAGE, posted(council, Stage.REPORT, told(Days(100), Stage.REPORT)))
    assert Prompt.objects.get().state == "acted_on"


@pytest.mark.parametrize("role", ["principal_adviser", "peer_challenge_manager", "administrator", "support_officer"])
def test_only_programme_managers_enter_one(client_for, people, role):
    client = client_for(make_user(role))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, posted(people["council"], "report", {})).status_code == 403
    start = client.get("/cases/start/")
    assert PAGE not in start.content.decode()


def test_the_page_is_found_from_where_challenges_are_started(client_for, people):
    client = client_for(people["boss"])
    assert PAGE in client.get("/cases/start/").content.decode()
    content = client.get(f"{PAGE}?council={people['council'].pk}").content.decode()
    assert_valid_html(content)
    assert "No emails are sent" in content
