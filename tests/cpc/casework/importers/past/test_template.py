"""Past challenges from a file that somebody uploads: looked at, applied, the same again, and taken back."""

import csv
import io
from datetime import date

import openpyxl
import pytest
import time_machine
from django.urls import reverse

from councils.imports.loading import load as load_register
from councils.imports.registry import IMPORTERS
from councils.imports.services import ChangedSince, apply_import, check_file, undo_import
from councils.imports.tables import TABLES
from councils.models import ImportRun
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.cases.models import Case, CaseState, FocusArea, PastChallenge, PastEvent
from cpc.casework.importers.past import challenges as past_challenges
from cpc.casework.importers.past.tables import EVENT
from cpc.casework.importers.past.template import PastChallenges, known_date
from cpc.casework.reference_data import ensure_theme_sets
from cpc.components.errors import Refused
from cpc.components.incoming.cells import CellRefused
from cpc.cycle.queries import Standing, standing_of
from tests.councils.imports.raw import twice
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge

pytestmark = pytest.mark.django_db

HEADER = "gss_code,joint_with,event,starts,ends,report_public,action_plan_public,source,note"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-11-01 12:00"):
        yield


@pytest.fixture
def adur():
    ensure_theme_sets()
    return make_council(name="Adur", gss_code="E07000223", start_on=date(1974, 4, 1))


@pytest.fixture
def worthing():
    return make_council(name="Worthing", gss_code="E07000229", slug="worthing", start_on=date(1974, 4, 1))


@pytest.fixture
def keeper():
    return make_user("programme_manager")


def file(*rows, encoding="utf-8", end="\n"):
    return end.join([HEADER, *rows]).encode(encoding)


def check(*rows, by=None):
    return check_file(source="past_challenges", file_name="past.csv", content=file(*rows), by=by)


def told(run):
    return [(each["line"], each["column"], each["value"], each["reason"]) for each in run.refusals]


def numbers(run):
    return run.added, run.changed, run.unchanged, run.refused


def held():
    return [model.objects.count() for model in (Case, FocusArea, PastChallenge, PastEvent)]


ROWS = (
    "E07000223,,Peer challenge,2018-02,,2018-07-14,2018,adur.gov.uk/cpc,Four days",
    "E07000223,,Follow-up visit,2019-03-04,,2019-06,,adur.gov.uk/again,",
    "E07000223,,cpc,2024-11-05,2024-11-07,,,,",
)


def test_the_last_day_of_a_review_is_kept_and_one_that_is_hardly_so_is_asked_about(adur, keeper):
    challenge = "E07000223,,Peer challenge,2024-11-05,2024-11-07,,,,"
    run = check(challenge, "E07000223,,Progress review,2025-09-08,2031-09-09,,,,")
    assert told(run) == [(3, "ends", "2031-09-09", "lies in the future")]
    slip = check(challenge, "E07000223,,Progress review,2025-01-08,2025-09-08,,,,", by=keeper)
    assert [(each["line"], each["column"]) for each in slip.questions] == [(3, "ends")]
    run = check(challenge, "E07000223,,Progress review,2025-09-08,2025-09-09,,,,", by=keeper)
    apply_import(run=run, by=keeper)
    assert PastEvent.objects.get().when_text == "8 to 9 September 2025"
    assert numbers(check(challenge, "E07000223,,Progress review,2025-09-08,2025-09-09,,,,")) == (0, 0, 2, 0)


def test_a_file_becomes_closed_cases_and_twice_is_once(adur, keeper):
    run = check(*ROWS, by=keeper)
    assert (numbers(run), held(), told(run)) == ((3, 0, 0, 0), [0, 0, 0, 0], [])
    apply_import(run=run, by=keeper)
    first, last = Case.objects.order_by("onsite_start_on")
    assert (first.onsite_text, first.cycle_start_on) == ("February 2018", date(2018, 2, 28))
    assert (last.reference, last.state, last.created_by) == (f"{adur.slug}-2024", CaseState.CLOSED, keeper)
    assert (last.onsite_text, last.cycle_start_on) == ("5 to 7 November 2024", date(2024, 11, 7))
    assert last.focus_areas.count() == last.theme_set.areas.count() > 0
    past = first.past
    assert (past.report_on, past.report_precision) == (date(2018, 7, 14), "day")
    assert (past.action_plan_on, past.action_plan_precision) == (date(2018, 1, 1), "year")
    assert (past.source, past.note) == ("adur.gov.uk/cpc", "Four days")
    event = PastEvent.objects.get()
    assert (event.case, event.kind, event.starts_on) == (first, "follow_up", date(2019, 3, 4))
    assert (event.report_on, event.report_precision, event.source) == (date(2019, 6, 1), "month", "adur.gov.uk/again")

    again = check(*ROWS)
    assert (numbers(again), again.changes) == ((0, 0, 3, 0), [])
    lines = {line.line: (line.text, line.details) for line in run.lines.all()}
    assert lines[2] == (
        "Adur: peer challenge, February 2018",
        [
            ["Last day onsite", "", "February 2018"],
            ["Report published", "", "14 July 2018"],
            ["Action plan published", "", "2018"],
            ["Source", "", "adur.gov.uk/cpc"],
            ["Note", "", "Four days"],
        ],
    )
    assert lines[3][0] == "Adur: follow-up visit, 4 March 2019"


def test_what_happened_is_recorded_of_the_council_and_never_of_the_case(adur, keeper):
    run = apply_import(run=check(*ROWS, by=keeper), by=keeper)
    event = Event.objects.get(verb="past_challenges_imported")
    assert (event.council, event.case, event.by, event.audience) == (adur, None, keeper, "lga")
    assert sentence(event.verb, event.data) == (
        "imported past peer challenges of Adur: peer challenge, February 2018; peer challenge, November 2024; "
        "follow-up visit, 4 March 2019"
    ).replace("November 2024", "5 November 2024")
    apply_import(run=run, by=keeper)
    assert Event.objects.filter(verb="past_challenges_imported").count() == 1
    undo_import(run=run, by=keeper)
    event = Event.objects.get(verb="past_challenges_taken_back")
    assert (event.council, event.case) == (adur, None) and "follow-up visit, 4 March 2019" in str(event.data)
    assert not Event.objects.filter(case__isnull=False).exists()


def test_undone_everything_is_as_it_was(adur, worthing, keeper, tmp_path):
    make_challenge(adur, date(2013, 5, 1))
    path = tmp_path / "past.csv"
    path.write_bytes(file("E07000229,,cpc,2016-03,,,,,"))
    past_challenges.load(path, apply=True)
    before = _everything()
    run = apply_import(run=check(*ROWS, "E07000229,,cpc,2016-03,2016-04,2017,,somewhere,"), by=keeper)
    assert numbers(run) == (3, 1, 0, 0) and _everything() != before
    moved = Case.objects.get(council=worthing)
    assert (moved.onsite_end_on, moved.cycle_start_on) == (date(2016, 4, 30), date(2016, 4, 30))
    assert undo_import(run=run, by=keeper) == []
    assert _everything() == before
    assert undo_import(run=run, by=keeper) == []
    assert numbers(check(*ROWS)) == (3, 0, 0, 0)


def _everything():
    cases = Case.objects.values_list(
        "reference", "onsite_start_on", "onsite_end_on", "cycle_start_on", "joint_councils"
    )
    past = PastChallenge.objects.values_list("report_on", "report_precision", "action_plan_on", "source", "note")
    return sorted(map(str, cases)), sorted(map(str, past)), held()


@pytest.mark.parametrize("what", ["record", "area", "another area", "event", "date"])
def test_what_somebody_worked_on_stays_and_is_named(adur, keeper, what):
    run = apply_import(run=check(*ROWS), by=keeper)
    case = Case.objects.get(onsite_start_on=date(2024, 11, 5))
    if what == "record":
        Event.objects.create(verb="case_started", by=keeper, case=case, data={}, audience="case")
    elif what == "area":
        case.focus_areas.update(version=1)
    elif what == "another area":
        FocusArea.objects.create(case=case, order=9, name="Housing")
    elif what == "event":
        PastEvent.objects.create(case=case, kind="follow_up", starts_on=date(2025, 6, 1), precision="month")
    else:
        Case.objects.filter(pk=case.pk).update(onsite_end_on=date(2024, 11, 8))
    with pytest.raises(ChangedSince, match=r"Adur: peer challenge, 5 November 2024"):
        undo_import(run=run, by=keeper)
    assert held()[0] == 2 and not Event.objects.filter(verb="past_challenges_taken_back").exists()
    kept = undo_import(run=run, leave_changed=True, by=keeper)
    assert [change.pk for change in kept] == [case.pk]
    assert Case.objects.get() == case and case.past and case.focus_areas.exists()
    event = Event.objects.get(verb="past_challenges_taken_back")
    assert event.data["what"] == "peer challenge, February 2018; follow-up visit, 4 March 2019"


def test_the_due_list_counts_from_it(adur):
    on = date(2026, 11, 1)
    assert standing_of(adur, on).standing == Standing.NEVER_HAD
    run = apply_import(run=check("E07000223,,Peer challenge,2021-10-05,2021-10-07,,,,"), by=None)
    row = standing_of(adur, on)
    assert (row.standing, row.due_on, row.window_on) == (Standing.OVERDUE, date(2026, 10, 7), date(2025, 10, 7))
    undo_import(run=run, by=None)
    assert standing_of(adur, on).standing == Standing.NEVER_HAD


def test_a_file_that_is_half_right_changes_what_is_right_and_names_the_rest(adur):
    run = check(
        ROWS[0],
        "E07000223,,Visit,2019-01,,,,,",
        "E07999999,,cpc,2019-01,,,,,",
        ROWS[1],
        "E07000223,,cpc,=A1,,,,,",
    )
    assert numbers(run) == (2, 0, 0, 3)
    known = "is none of Corporate peer challenge, Follow-up, Follow-up visit, Peer challenge, Progress review"
    assert told(run) == [
        (3, "event", "Visit", known),
        (4, "gss_code", "E07999999", "no council on the register has this code"),
        (6, "starts", "=A1", "looks like a formula"),
    ]
    apply_import(run=run, by=None)
    assert held()[0] == held()[3] == 1
    assert numbers(check(ROWS[0], "E07999999,,cpc,2019-01,,,,,", ROWS[1])) == (0, 0, 2, 1)


def test_a_joint_challenge_is_one_case_of_both(adur, worthing):
    row = "E07000223,E07000229,cpc,2018-02,,,,,"
    assert twice("past_challenges", file(row)) == ((1, 0, 0, 0), (0, 0, 1, 0))
    case = Case.objects.get()
    assert (case.council, list(case.joint_councils.all())) == (adur, [worthing])
    assert standing_of(worthing, date(2026, 11, 1)).last.on == date(2018, 2, 28)
    # From the other side it is the same one, with what was not known of it yet.
    other = "E07000229,,cpc,2018-02,,2018-06,,,"
    assert told(check(row, other)) == [(3, "starts", "2018-02", "line 2 already has a peer challenge at this time")]
    assert twice("past_challenges", file(other)) == ((0, 1, 0, 0), (0, 0, 1, 0))
    assert Case.objects.get().past.report_on == date(2018, 6, 1)
    # What followed it stands at it, whichever of them tells.
    review = "E07000229,E07000223,Progress review,2019-02,,,,,"
    assert twice("past_challenges", file(review)) == ((1, 0, 0, 0), (0, 0, 1, 0))
    assert twice("past_challenges", file("E07000223,,Progress review,2019-02,,,,,")) == ((0, 0, 1, 0), (0, 0, 1, 0))


def test_what_followed_a_joint_challenge_is_one_whichever_of_them_tells_of_it(adur, worthing):
    rows = ["E07000223,E07000229,cpc,2018-02,,,,,", "E07000223,,Progress review,2019-02,,,,,"]
    other = "E07000229,,Progress review,2019-02,,,,,"
    run = check(*rows, other)
    assert told(run) == [(4, "starts", "2019-02", "line 3 already has a progress review at this time")]
    apply_import(run=run, by=None)
    assert PastEvent.objects.count() == 1
    assert numbers(check(rows[0], other)) == (0, 0, 2, 0)


def test_a_line_that_is_refused_is_in_the_way_of_no_other(adur, worthing):
    run = check(
        "E07000223,,cpc,2018-02,,,,,",
        "E07000223,E07000229,Progress review,2019-02-04,,,,,",
        "E07000223,,Progress review,2019-02,,,,,",
    )
    assert [each[:2] for each in told(run)] == [(3, "joint_with")]
    assert numbers(run) == (2, 0, 0, 1)


def test_what_followed_a_challenge_that_is_run_here_is_not_put_to_one_before(adur):
    apply_import(run=check("E07000223,,cpc,2018-02,,,,,"), by=None)
    make_booked(adur, date(2024, 1, 1), end_on=date(2024, 6, 11), onsite_start_on=date(2024, 6, 9), reference="running")
    run = check("E07000223,,Progress review,2025-03,,,,,", "E07000223,,Progress review,2019-03,,,,,")
    assert told(run) == [
        (2, "starts", "2025-03", "running was before it and is not of the past: record there what followed")
    ]
    apply_import(run=run, by=None)
    assert PastEvent.objects.get().starts_on == date(2019, 3, 1)


def test_days_that_a_line_moves_are_in_the_way_of_a_later_line(adur):
    apply_import(run=check("E07000223,,cpc,2018-02-06,,,,,"), by=None)
    run = check("E07000223,,cpc,2018-02-06,2018-02-20,,,,", "E07000223,,cpc,2018-02-12,,,,,")
    assert told(run) == [(3, "starts", "2018-02-12", "line 2 already has a peer challenge at this time")]


def test_the_council_of_a_review_is_locked_before_it_is_written(adur):
    apply_import(run=check("E07000223,,cpc,2018-02,,,,,"), by=None)
    run = check("E07000223,,Progress review,2019-02,,,,,")
    (change,) = run.changes
    assert TABLES[EVENT].councils_of([], [change["after"]]) == {adur.pk}
    apply_import(run=run, by=None)
    assert TABLES[EVENT].councils_of([PastEvent.objects.get().pk], []) == {adur.pk}


def test_a_partner_is_added_to_a_challenge_that_stands_and_taken_back(adur, worthing):
    make_council(name="Arun", gss_code="E07000224", slug="arun")
    apply_import(run=check("E07000223,,cpc,2018-02,,,,,"), by=None)
    run = apply_import(run=check("E07000223,E07000229,cpc,2018-02,,,,,"), by=None)
    assert numbers(run) == (0, 1, 0, 0) and list(Case.objects.get().joint_councils.all()) == [worthing]
    (change,) = run.lines.get().details
    assert change == ["Joint with", "", "Worthing"]
    assert [each[1:3] for each in told(check("E07000223,E07000224,cpc,2018-02,,,,,"))] == [("joint_with", "E07000224")]
    undo_import(run=run, by=None)
    assert not Case.objects.get().joint_councils.exists()


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("E07000223,,cpc,,,,,,", "starts", "", "is empty: enter when it began"),
        ("E07000223,,cpc,2027,,,,,", "starts", "2027", "lies in the future"),
        ("E07000223,,cpc,2026-11-02,,,,,", "starts", "2026-11-02", "lies in the future"),
        ("E07000223,,cpc,2024-13,,,,,", "starts", "2024-13", "this is not a real date"),
        ("E07000223,,cpc,2024-02-30,,,,,", "starts", "2024-02-30", "this is not a real date"),
        ("E07000223,,cpc,last year,,,,,", "starts", "last year", "write the date as 2024-11-05, 2024-11 or 2024"),
        ("E07000223,,cpc,32/01/2024,,,,,", "starts", "32/01/2024", "is not a date like"),
        ("E07000223,,cpc,1970,,,,,", "starts", "1970", "began on 1 April 1974"),
        ("E07000229,,cpc,2021-05,,,,,", "starts", "2021-05", "ended on 31 March 2020"),
        ("E07000223,,cpc,2024-11-05,2024-11-04,,,,", "ends", "2024-11-04", "lies before the first day"),
        ("E07000223,,cpc,2024-11-05,2024-11,,,,", "ends", "2024-11", "as precise as the first day, which is a day"),
        ("E07000223,,cpc,2024,2024-11,,,,", "ends", "2024-11", "as precise as the first day, which is a year"),
        ("E07000223,,cpc,2026-10-30,2026-11-03,,,,", "ends", "2026-11-03", "lies in the future"),
        ("E07000223,,cpc,2024-11,,2024-10-31,,,", "report_public", "2024-10-31", "lies before the first day onsite"),
        ("E07000223,,cpc,2024-11,,,2023,,", "action_plan_public", "2023", "lies before the first day onsite"),
        ("E07000223,,follow_up,2024-11,,,2025,,", "action_plan_public", "2025", "belongs to a peer challenge"),
        ("E07000223,,follow_up,2008-11,,,,,", "starts", "2008-11", "no earlier peer challenge of this council"),
        ("E07000223,E07000229,follow_up,2019-11,,,,,", "joint_with", "E07000229", "had no part in the peer challenge"),
        ("E07000223,E07000223,cpc,2024-11,,,,,", "joint_with", "E07000223", "names the council itself"),
        ("E07000223,E0700,cpc,2024-11,,,,,", "joint_with", "E0700", "no council on the register"),
        (f"E07000223,,cpc,2024-11,,,,{'x' * 301},", "source", None, "is longer than 300 characters"),
        ("E07000223,,cpc,2024-11,,,,,@SUM(A1)", "note", "@SUM(A1)", "looks like a formula"),
    ],
)
def test_a_line_that_is_not_right_is_named(adur, worthing, row, column, value, reason):
    worthing.end_on = date(2020, 3, 31)
    worthing.save()
    make_challenge(adur, date(2014, 5, 1))
    run = check("E07000223,,cpc,2009,,,,,", row)
    assert numbers(run) == (1, 0, 0, 1)
    ((line, refused, told_value, why),) = told(run)
    assert (line, refused) == (3, column) and reason in why
    assert value is None or told_value == value


@pytest.mark.parametrize(
    ("starts", "ends", "reason"),
    [
        ("2018-02-27", "2018-03-01", "adur-2018 may be the same peer challenge, with other dates"),
        ("2018", "", "adur-2018 may be the same peer challenge, with other dates"),
        ("2018-01-30", "2018-02-02", "adur-2018 may be the same peer challenge, with other dates"),
        ("2026-06-09", "2026-06-12", "running is at this time already"),
        ("2022-03-01", "", "line 2 already has a peer challenge at this time"),
    ],
)
def test_a_challenge_that_may_be_one_that_stands_is_refused(adur, worthing, starts, ends, reason):
    make_challenge(
        worthing, date(2018, 2, 28), joint=(adur,), reference="adur-2018", onsite_precision="month",
        onsite_start_on=date(2018, 2, 1),
    )  # fmt: skip
    make_booked(adur, date(2025, 1, 1), end_on=date(2026, 6, 11), onsite_start_on=date(2026, 6, 9), reference="running")
    make_booked(adur, date(2012, 1, 1), end_on=date(2012, 6, 11), state=CaseState.CANCELLED, state_reason="Not wanted")
    run = check("E07000223,,cpc,2022-03,,,,,", f"E07000223,,cpc,{starts},{ends},,,,", "E07000223,,cpc,2012-06,,,,,")
    assert told(run) == [(3, "starts", starts, reason)]
    assert numbers(run) == (2, 0, 0, 1)


def test_a_review_that_may_be_one_that_stands_is_refused(adur):
    apply_import(run=check("E07000223,,cpc,2018-02,,,,,", "E07000223,,Progress review,2019-03,,,,,"), by=None)
    run = check(
        "E07000223,,Progress review,2019-03-04,,,,,",
        "E07000223,,Progress review,2019-06,,,,,",
        "E07000223,,Progress review,2019-06,,,,,",
        "E07000223,,Follow-up,2019-03-04,,,,,",
        # Told after a later challenge is known, it stays where it stands.
        "E07000223,,cpc,2019-01,,,,,",
    )
    assert [each[0] for each in told(run)] == [2, 4]
    assert "one is known of March 2019, which may be the same" in told(run)[0][3]
    assert "line 3 already has a progress review" in told(run)[1][3]
    apply_import(run=run, agreed=True, by=None)
    assert numbers(check("E07000223,,Progress review,2019-03,,,,,"))[2] == 1
    assert PastEvent.objects.filter(case__onsite_start_on=date(2018, 2, 1)).count() == 1


def test_a_corrected_cycle_start_stays(adur, keeper):
    apply_import(run=check("E07000223,,cpc,2018-02-06,,,,,"), by=None)
    Case.objects.update(cycle_start_on=date(2018, 12, 1))
    run = apply_import(run=check("E07000223,,cpc,2018-02-06,2018-02-08,,,,"), by=None)
    case = Case.objects.get()
    assert (case.onsite_end_on, case.cycle_start_on) == (date(2018, 2, 8), date(2018, 12, 1))
    undo_import(run=run, by=None)
    case = Case.objects.get()
    assert (case.onsite_end_on, case.cycle_start_on) == (date(2018, 2, 6), date(2018, 12, 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2024-11-05", "2024-11-05"), ("05/11/2024", "2024-11-05"),
        ("2024-11", "2024-11"), ("11/2024", "2024-11"), ("Nov-24", "2024-11"), ("November 2024", "2024-11"),
        ("Sept. 2024", "2024-09"), ("may 2024", "2024-05"), ("2024", "2024"),
    ],
)  # fmt: skip
def test_a_date_is_read_as_precisely_as_it_is_written(value, text):
    assert known_date(value).text == text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "24",
        "13/2024",
        "Nix-24",
        "Mayor 2024",
        "Marble-24",
        "N-24",
        "2024-1",
        "1e3",
        "=1",
        "20241105",
        "٢٠٢٤",
        "45601",
    ],
)
def test_what_is_no_date_is_refused(value):
    with pytest.raises(CellRefused):
        known_date(value)


@pytest.mark.parametrize(("encoding", "end"), [("utf-8-sig", "\r\n"), ("utf-16", "\r\n"), ("cp1252", "\n")])
def test_files_as_spreadsheets_save_them(adur, encoding, end):
    content = file("E07000223,,Peer challenge,05/11/2024,,,,,Café", encoding=encoding, end=end)
    # Letters of Windows are asked about: nobody can know them from the file.
    assert twice("past_challenges", content, agreed=encoding == "cp1252") == ((1, 0, 0, 0), (0, 0, 1, 0))
    assert PastChallenge.objects.get().note == "Café"


def test_a_workbook_tells_a_month_where_it_shows_one(adur):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(HEADER.split(","))
    for row, (value, form) in enumerate(
        [(date(2024, 11, 5), "dd/mm/yyyy"), (date(2018, 11, 1), "mmm-yy"), (date(2013, 1, 1), "yyyy")], start=2
    ):
        sheet.append(["E07000223", None, "cpc", value])
        sheet.cell(row, 4).number_format = form
    sheet.append(["E07000223", None, "cpc", 2011])
    out = io.BytesIO()
    book.save(out)
    assert twice("past_challenges", out.getvalue()) == ((4, 0, 0, 0), (0, 0, 4, 0))
    assert sorted(Case.objects.values_list("onsite_start_on", "onsite_precision")) == [
        (date(2011, 1, 1), "year"),
        (date(2013, 1, 1), "year"),
        (date(2018, 11, 1), "month"),
        (date(2024, 11, 5), "day"),
    ]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01"])
def test_a_file_of_another_kind_is_refused_whole(content):
    reading = PastChallenges().read(content)
    assert (reading.statements, len(reading.refusals)) == ([], 1)


def test_the_published_history_is_the_same_whichever_way_it_is_loaded():
    ensure_theme_sets()
    load_register(apply=True)
    content = past_challenges.DATA_FILE.read_bytes()
    first, again = twice("past_challenges", content, agreed=True)
    assert (first, again) == ((100, 0, 0, 0), (0, 0, 100, 0))
    uploaded = _everything()
    command = past_challenges.load(apply=True)
    assert (command.added, command.unchanged, command.refusals) == (0, 100, [])
    assert len(list(csv.reader(io.StringIO(content.decode())))) == 101
    undo_import(run=ImportRun.objects.get(state="applied", source="past_challenges"), by=None)
    assert held() == [0, 0, 0, 0]
    assert past_challenges.load(apply=True).added == 100
    assert _everything() == uploaded
    assert numbers(check_file(source="past_challenges", file_name="f", content=content, by=None)) == (0, 0, 100, 0)


def test_its_template_is_handed_out_and_its_file_goes_through_the_pages(client_for, adur):
    client = client_for(make_user("programme_manager"))
    assert IMPORTERS["past_challenges"].title in client.get(reverse("councils:import-add")).content.decode()
    url = reverse("councils:import-template-csv", kwargs={"source": "past_challenges"})
    assert client.get(url).content.decode("utf-8-sig").splitlines()[0] == HEADER


def test_only_a_read_file_is_applied_and_a_second_click_changes_nothing(adur, keeper):
    run = check(*ROWS)
    apply_import(run=run, by=keeper)
    before = (held(), Event.objects.count())
    apply_import(run=run, by=keeper)
    assert (held(), Event.objects.count()) == before
    undo_import(run=run, by=keeper)
    with pytest.raises(Refused, match="cannot be changed: undone"):
        apply_import(run=run, by=keeper)
