"""R11: recommendations of earlier challenges come by file, with how they stood last, and the next pack shows them."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from assessments.action_plan.models import Action, ActionPlan, RecommendationAnswer
from assessments.action_plan.pack import earlier_challenge, followed_by
from assessments.progress_review.models import ReviewedRecommendation
from assessments.report.models import Recommendation, Report
from councils.imports.services import ChangedSince, apply_import, check_file, undo_import
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.cases.models import Case, FocusArea, PastEvent
from cpc.cases.stages import Stage
from cpc.casework.reference_data import ensure_theme_sets
from cpc.casework.under_way.services import enter_under_way
from cpc.components.spreadsheets import csv_bytes
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge
from tests.factories.rules import ensure_default_rules

pytestmark = pytest.mark.django_db
COLUMNS = [
    "gss_code", "onsite", "number", "level", "area", "text", "intended_outcome", "answer", "answer_reason", "status",
    "evidence",
]  # fmt: skip
CODE = "E07000223"


@pytest.fixture
def boss():
    return make_user("programme_manager")


@pytest.fixture
def adur():
    return make_council(name="Adur", gss_code=CODE)


@pytest.fixture
def past(adur):
    case = make_challenge(adur, date(2019, 3, 7), onsite_precision="month", onsite_start_on=date(2019, 3, 1))
    FocusArea.objects.create(case=case, order=1, name="Financial planning", is_core=True)
    return case


def line(at, **cells):
    cells = {"gss_code": CODE, "onsite": "2019-03", "number": str(at), "text": f"Do the thing {at}"} | cells
    return [cells.get(name, "") for name in COLUMNS]


def check(*lines, by=None):
    content = csv_bytes([COLUMNS, *lines])
    return check_file(source="recommendations", file_name="r.csv", content=content, by=by)


WHOLE = [
    line(1, answer="Accepted", status="Complete", evidence="Cabinet, June 2020"),
    line(
        2,
        level="Further",
        area="financial planning",
        answer="Partly accepted",
        answer_reason="No money",
        status="Paused",
    ),
    line(3, intended_outcome="A calmer council"),
]


def test_the_pack_of_the_next_challenge_shows_them_with_their_last_status(adur, past, boss):
    PastEvent.objects.create(case=past, kind="progress_review", starts_on=date(2020, 2, 1), precision="month")
    PastEvent.objects.create(
        case=past, kind="follow_up", precision="day", report_on=date(2021, 5, 4), report_precision="day"
    )
    run = check(*WHOLE, by=boss)
    assert (run.refusals, run.added) == ([], 3)
    assert not Recommendation.objects.exists()
    apply_import(run=run, by=boss)
    following = make_booked(adur, timezone.localdate())
    part = earlier_challenge(following, boss)
    assert part["earlier"] == past
    assert [(each.number, each.text, each.area, each.answer, each.statuses) for each in part["outcomes"]] == [
        (1, "Do the thing 1", "", "Accepted", ("Complete",)),
        (2, "Do the thing 2", "Financial planning", "Partly accepted", ("Paused",)),
        (3, "Do the thing 3", "", "", ()),
    ]
    assert followed_by(past) == ["Progress review: February 2020", "Follow-up visit: report published 4 May 2021"]
    event = Event.objects.get(verb="recommendations_imported")
    assert sentence(event.verb, event.data) == "imported 3 recommendations of earlier peer challenges of Adur"


def test_the_same_file_again_changes_nothing_and_undone_nothing_is_left(past, boss):
    run = apply_import(run=check(*WHOLE, by=boss), by=boss)
    again = check(*WHOLE, by=boss)
    assert (again.added, again.unchanged, again.refused) == (0, 3, 0)
    undo_import(run=run, by=boss)
    for model in (Recommendation, RecommendationAnswer, Action, ActionPlan, Report):
        assert not model.objects.exists(), model
    assert Case.objects.get() == past


def test_what_somebody_has_worked_on_stays(past, boss):
    run = apply_import(run=check(*WHOLE, by=boss), by=boss)
    Recommendation.objects.filter(number=2).update(version=1)
    with pytest.raises(ChangedSince):
        undo_import(run=run, by=boss)
    assert Recommendation.objects.count() == 3


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"onsite": "2018-03"}, "onsite", "no past peer challenge of this council began then"),
        ({"onsite": ""}, "onsite", "is empty"),
        ({"number": "0"}, "number", "must be 1 or more"),
        ({"number": "one"}, "number", "is not a whole number"),
        ({"level": "Low"}, "level", "is none of"),
        ({"level": "Further"}, "area", "belongs to an area of focus"),
        ({"area": "Housing"}, "area", "is none of this challenge's areas: Financial planning"),
        ({"text": ""}, "text", "is empty"),
        ({"answer": "Not accepted"}, "answer_reason", "enter why the council's answer differs"),
        ({"answer_reason": "Because"}, "answer_reason", "is known without the answer"),
        ({"status": "Complete"}, "evidence", "enter what shows that it is complete"),
        ({"status": "Done"}, "status", "is none of"),
        ({"evidence": "A paper"}, "evidence", "is known without its status"),
    ],
)
def test_one_cell_that_does_not_fit_is_named_and_refuses_no_other_line(past, boss, cells, column, says):
    run = check(line(1, **cells), line(2), by=boss)
    assert [(each["line"], each["column"]) for each in run.refusals] == [(2, column)]
    assert says in run.refusals[0]["reason"] and run.added == 1


def test_what_stands_is_not_changed_by_a_file(past, boss):
    apply_import(run=check(*WHOLE, by=boss), by=boss)
    run = check(line(1, text="Do another thing"), line(3, status="Delayed"), line(2), line(2), by=boss)
    assert [each["reason"] for each in run.refusals] == [
        "recommendation 1 is already recorded, with another recommendation",
        "recommendation 3 is already recorded, with another status",
        "line 4 already has this recommendation",
    ]


def test_a_challenge_that_is_run_here_keeps_its_own_and_one_entered_under_way_takes_them(adur, boss):
    ensure_theme_sets()
    ensure_default_rules()
    manager = make_user("peer_challenge_manager")
    last = timezone.localdate() - timedelta(days=330)
    last -= timedelta(days=(last.weekday() - 3) % 7)
    running = make_booked(adur, timezone.localdate(), end_on=date(2019, 3, 7), onsite_start_on=date(2019, 3, 5))
    assert "no past peer challenge" in check(line(1, onsite="2019-03-05"), by=boss).refusals[0]["reason"]
    Case.objects.filter(pk=running.pk).delete()
    case = enter_under_way(
        council=adur,
        stage=Stage.PROGRESS_REVIEW,
        told={
            "started": last - timedelta(days=100), "onsite_first": last - timedelta(days=2), "onsite_last": last,
            "manager": manager.email,
        },
        reason="It began before",
        by=boss,
    )  # fmt: skip
    run = check(line(1, onsite=case.onsite_start_on.isoformat(), status="Delayed"), by=boss)
    apply_import(run=run, by=boss)
    assert Recommendation.objects.get().report.case == case
    assert Action.objects.get().rag == "red"
    # The review that is under way looks at it too.
    assert ReviewedRecommendation.objects.get().review.case == case
    undo_import(run=run, by=boss)
    assert not Recommendation.objects.exists() and not ReviewedRecommendation.objects.exists()
