"""Challenges under way by file: previewed, applied, taken back; the same rows as by page."""

from datetime import date, timedelta

import pytest
from django.core import mail

from councils.imports.registry import IMPORTERS
from councils.imports.services import apply_import, check_file, undo_import
from councils.imports.templates import as_csv, template_of
from cpc.audit.services import record
from cpc.cases.models import Case, CaseMembership, StageEntry
from cpc.cases.stages import Stage
from cpc.casework.under_way.parts import all_facts
from cpc.components.errors import Refused
from cpc.components.spreadsheets import csv_bytes
from cpc.deadlines.models import Deadline
from cpc.notifications.models import Message
from tests.cpc.casework.under_way.test_enter import Days, people, told  # noqa: F401
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
SOURCE = "challenges_under_way"


def columns():
    return [column.name for column in template_of(IMPORTERS[SOURCE])]


def line(council, at, facts, **more):
    cells = {"gss_code": council.gss_code, "stage": Stage(at).label, "reason": "It began before this service did"}
    for name, value in facts.items():
        text = value.isoformat() if isinstance(value, date) else str(value)
        cells[name] = text.replace("\n", " | ")
    cells |= more
    return [cells.get(name, "") for name in columns()]


def check(*lines, by):
    content = csv_bytes([columns(), *lines])
    return check_file(source=SOURCE, file_name="under way.csv", content=content, by=by)


def test_the_template_has_a_column_for_every_fact():
    assert {fact.name for fact in all_facts()} <= set(columns())
    assert as_csv(template_of(IMPORTERS[SOURCE])).count(b"\n") == 2


def test_a_line_makes_what_the_page_makes(people):  # noqa: F811
    days, boss = Days(400), people["boss"]
    facts = told(days, Stage.PROGRESS_REVIEW)
    run = check(line(people["council"], Stage.PROGRESS_REVIEW, facts), by=boss)
    assert (run.refusals, run.questions, run.added) == ([], [], 1)
    # Looking at it has entered nothing.
    assert not Case.objects.exists() and not CaseMembership.objects.exists()
    shown = str(list(run.lines.values_list("details", flat=True)))
    assert "Progress review" in shown and "Leader, Breckland Council" in shown
    apply_import(run=run, by=boss)
    case = Case.objects.get()
    assert (case.stage, case.onsite_end_on, case.report.published_on) == (
        Stage.PROGRESS_REVIEW, days.last, facts["report_public"],
    )  # fmt: skip
    assert case.report.recommendations.count() == 2
    assert Deadline.objects.filter(case=case, state="met").count() >= 4
    assert CaseMembership.objects.filter(case=case).count() == 6
    assert StageEntry.objects.filter(case=case).count() == 7
    assert not Message.objects.exists() and mail.outbox == []
    # The same file again changes nothing.
    again = check(line(people["council"], Stage.PROGRESS_REVIEW, facts), by=boss)
    assert (again.unchanged, again.refused, again.added) == (1, 0, 0)


def test_taken_back_it_is_cancelled_and_the_line_can_be_entered_again(people):  # noqa: F811
    boss, facts = people["boss"], told(Days(100), Stage.REPORT)
    run = apply_import(run=check(line(people["council"], Stage.REPORT, facts), by=boss), by=boss)
    undo_import(run=run, by=boss)
    case = Case.objects.get()
    assert (case.state, case.state_reason) == ("cancelled", "Entered by mistake: the entry was taken back")
    assert not Message.objects.exists()
    apply_import(run=check(line(people["council"], Stage.REPORT, facts), by=boss), by=boss)
    assert Case.objects.filter(state="active").count() == 1


def test_what_somebody_has_worked_on_stays(people):  # noqa: F811
    boss, facts = people["boss"], told(Days(100), Stage.REPORT)
    run = apply_import(run=check(line(people["council"], Stage.REPORT, facts), by=boss), by=boss)
    record(verb="report_headline_changed", by=boss, case=Case.objects.get())
    with pytest.raises(Refused):
        undo_import(run=run, by=boss)
    assert Case.objects.get().state == "active"


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"gss_code": "E99999999"}, "gss_code", "no council on the register has this code"),
        ({"stage": "Finished"}, "stage", "is none of"),
        ({"manager": "nobody@example.org"}, "manager", "no one with an account has the address"),
        ({"report_public": "soon"}, "report_public", "is not a date"),
        ({"report_address": "here"}, "report_address", "is no web address"),
        ({"team": "Chair; lead@example.org"}, "team", "is no role of a peer"),
        ({"purpose": "Growth"}, "purpose", "is none of"),
        ({"started": ""}, "started", "enter when it began"),
        ({"reason": ""}, "reason", "enter why it is entered only now"),
        ({"onsite_first": "", "onsite_last": ""}, "onsite_first", "enter the onsite days"),
    ],
)
def test_one_cell_that_does_not_fit_is_named_and_refuses_no_other_line(people, change, column, says):  # noqa: F811
    other = make_council(name="Alder")
    facts = told(Days(100), Stage.REPORT)
    bare = {name: facts[name] for name in ("started", "onsite_first", "onsite_last", "manager")}
    run = check(
        line(people["council"], Stage.REPORT, facts, **change), line(other, Stage.REPORT, bare), by=people["boss"]
    )
    assert [(each["line"], each["column"]) for each in run.refusals] == [(2, column)]
    assert says in run.refusals[0]["reason"]
    assert run.added == 1


def test_days_that_are_hardly_ever_so_are_asked_about(people):  # noqa: F811
    days = Days(100)
    facts = {name: told(days, Stage.REPORT)[name] for name in ("started", "onsite_last", "manager")}
    facts["onsite_first"] = days.last - timedelta(days=60)
    run = check(line(people["council"], Stage.REPORT, facts), by=people["boss"])
    assert "The visit lasts 61 days" in run.questions[0]["reason"]


def test_two_lines_of_one_council_are_one_too_many(people):  # noqa: F811
    facts = told(Days(100), Stage.REPORT)
    one = line(people["council"], Stage.REPORT, facts)
    run = check(one, one, by=people["boss"])
    assert "line 2 already has a peer challenge of Gateshead" in run.refusals[0]["reason"]


def test_an_administrator_does_not_enter_challenges(people):  # noqa: F811
    facts = told(Days(100), Stage.REPORT)
    run = check(line(people["council"], Stage.REPORT, facts), by=people["boss"])
    with pytest.raises(Refused, match="Only a programme manager"):
        apply_import(run=run, by=make_user("administrator"))
