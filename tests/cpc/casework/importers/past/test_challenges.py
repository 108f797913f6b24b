from datetime import date

import pytest
from django.core.management import CommandError, call_command

from councils.models import Council
from cpc.audit.models import Event
from cpc.cases.models import Case, CaseState, DatePrecision, PastChallenge, PastEvent
from cpc.casework.importers.past import challenges as past_challenges
from cpc.casework.importers.past.challenges import COLUMNS, load, parse_known_date
from cpc.casework.reference_data import ensure_theme_sets
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

ROW_TOO_WIDE = "E06000044, cpc, 2024, one, two"


@pytest.fixture
def portsmouth() -> Council:
    ensure_theme_sets()
    return make_council(gss_code="E06000044", slug="portsmouth", name="Portsmouth")


@pytest.fixture
def file(tmp_path):
    """A file of our own form with these rows, each a dict of the columns that are filled."""

    def write(*rows: dict[str, str], header: list[str] = COLUMNS, encoding: str = "utf-8"):
        path = tmp_path / "past.csv"
        filled = [{"gss_code": "E06000044", "event": "cpc"} | row for row in rows]
        lines = [",".join(header), *(",".join(row.get(name, "") for name in header) for row in filled)]
        path.write_bytes("\r\n".join(lines).encode(encoding))
        return path

    return write


def rows_held() -> tuple[int, int, int, int]:
    return (Case.objects.count(), PastChallenge.objects.count(), PastEvent.objects.count(), Event.objects.count())


def test_nothing_changes_unless_told_to(portsmouth, file, capsys):
    path = file({"starts": "2024-11-05", "ends": "2024-11-07"})
    call_command("load_history", file=str(path))
    assert "Would add 1, unchanged 0, refused 0." in capsys.readouterr().out
    assert rows_held() == (0, 0, 0, 0)
    call_command("load_history", file=str(path), apply=True)
    assert "Added 1, unchanged 0, refused 0." in capsys.readouterr().out
    case = Case.objects.get()
    assert (case.state, case.council) == (CaseState.CLOSED, portsmouth)
    assert (case.onsite_start_on, case.onsite_end_on) == (date(2024, 11, 5), date(2024, 11, 7))
    assert case.cycle_start_on == date(2024, 11, 7)
    assert case.focus_areas.filter(is_core=True).count() == case.theme_set.areas.count()


@pytest.mark.parametrize(
    ("starts", "precision", "shown", "counted_from"),
    [
        ("2014-03", DatePrecision.MONTH, "March 2014", date(2014, 3, 31)),
        ("2013", DatePrecision.YEAR, "2013", date(2013, 12, 31)),
    ],
)
def test_a_month_stays_a_month_and_a_year_a_year(portsmouth, file, starts, precision, shown, counted_from):
    load(file({"starts": starts, "report_public": "2014-07", "source": "portsmouth.gov.uk"}), apply=True)
    case = Case.objects.get()
    assert case.onsite_precision == precision
    assert case.onsite_text == shown
    # The cycle counts from the last day that the words may mean: nobody is called overdue too early.
    assert case.cycle_start_on == counted_from
    assert case.past.report_precision == DatePrecision.MONTH
    assert case.past.action_plan_on is None


def test_the_same_file_again_changes_nothing(portsmouth, file):
    path = file(
        {"starts": "2018-02"},
        {"event": "follow_up", "starts": "2019-03-04"},
        {"event": "progress_review", "starts": "2019-06", "report_public": "2019-09"},
    )
    first = load(path, apply=True)
    assert (first.added, first.unchanged, first.refusals) == (3, 0, [])
    before = rows_held()
    again = load(path, apply=True)
    assert (again.added, again.unchanged, again.refusals) == (0, 3, [])
    assert rows_held() == before


def test_a_follow_up_stands_at_the_challenge_before_it(portsmouth, file):
    load(
        file(
            {"starts": "2014-05"}, {"starts": "2018-02"}, {"event": "follow_up", "starts": "2016-01", "note": "Again"}
        ),
        apply=True,
    )
    (event,) = PastEvent.objects.all()
    assert event.case.onsite_start_on == date(2014, 5, 1)
    assert (event.kind, event.note) == ("follow_up", "Again")


def test_a_joint_challenge_is_one_case_whichever_council_is_asked(portsmouth, file):
    partner = make_council(gss_code="E07000199", slug="tamworth", name="Tamworth")
    path = file({"starts": "2018-02", "joint_with": "E07000199"}, {"gss_code": "E07000199", "starts": "2018-02"})
    result = load(path, apply=True)
    assert (result.added, result.unchanged) == (1, 1)
    assert list(Case.objects.get().joint_councils.all()) == [partner]


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ({"starts": "05/11/2024"}, "starts", "05/11/2024", "write the date as 2024-11-05, 2024-11 or 2024"),
        ({"starts": "2024-02-31"}, "starts", "2024-02-31", "this is not a real date"),
        ({"starts": "2024-13"}, "starts", "2024-13", "this is not a real date"),
        ({"starts": ""}, "starts", "", "enter when it began"),
        ({"starts": "2999"}, "starts", "2999", "this is in the future"),
        ({"starts": "2024-11-05", "ends": "2024-11-04"}, "ends", "2024-11-04", "ends before it starts"),
        ({"starts": "2024", "gss_code": "E99999999"}, "gss_code", "E99999999", "no council on the register"),
        ({"starts": "2024", "gss_code": ""}, "gss_code", "", "no council on the register"),
        ({"starts": "2024", "joint_with": "E9"}, "joint_with", "E9", "no council on the register"),
        ({"starts": "2024", "event": "visit"}, "event", "visit", "use cpc, progress_review or follow_up"),
        ({"starts": "2024-01", "event": "follow_up"}, "starts", "2024-01", "no earlier peer challenge"),
        (
            {"starts": "2024", "note": "one,two"},
            "row",
            ROW_TOO_WIDE,
            "has 10 cells, and the names of the columns are 9",
        ),
        ({"starts": "2024", "note": "Ynys M\u00c3\u00b4n"}, "note", "Ynys M\u00c3\u00b4n", "holds garbled letters"),
        ({"starts": "2024", "note": "Ynys M?n"}, "note", "Ynys M?n", "Has a letter been lost"),
    ],
)
def test_a_bad_row_is_named_and_the_others_stand(portsmouth, file, capsys, row, column, value, reason):
    good = {"starts": "2024-11-05"}
    path = file(row, good)
    call_command("load_history", file=str(path), apply=True)
    said = capsys.readouterr()
    assert f"line 2, {column}: {value!r}: {reason}" in said.err
    assert "Added 1, unchanged 0, refused 1." in said.out
    assert Case.objects.get().onsite_start_on == date(2024, 11, 5)


def test_every_fault_of_a_row_is_named(portsmouth, file):
    result = load(file({"starts": "soon", "ends": "later", "event": "visit", "gss_code": "X"}))
    assert [refusal.column for refusal in result.refusals] == ["starts", "ends", "event", "gss_code"]


def test_dates_that_may_be_those_of_a_case_that_stands_are_refused(portsmouth, file):
    """The day becomes known later: a second case of one challenge would start a second cycle."""
    load(file({"starts": "2018-02"}), apply=True)
    result = load(file({"starts": "2018-02-06"}), apply=True)
    assert [str(refusal) for refusal in result.refusals] == [
        "line 2, starts: '2018-02-06': portsmouth-2018 may be the same peer challenge, with other dates"
    ]
    assert Case.objects.count() == 1


def test_a_failure_half_way_leaves_nothing(portsmouth, file, monkeypatch):
    recorded = []

    def fails_at_the_second(**values):
        recorded.append(values)
        if len(recorded) == 2:
            raise RuntimeError("the database went away")

    monkeypatch.setattr(past_challenges, "record", fails_at_the_second)
    with pytest.raises(RuntimeError):
        load(file({"starts": "2014"}, {"starts": "2018"}, {"starts": "2022"}), apply=True)
    assert rows_held() == (0, 0, 0, 0)


def test_another_header_and_another_encoding_are_told(portsmouth, file, capsys):
    with pytest.raises(CommandError, match="has not, once each, the columns gss_code, joint_with,"):
        call_command("load_history", file=str(file({"starts": "2024"}, header=["council", "starts"])), apply=True)
    latin = file({"starts": "2024", "note": "Ynys Môn"}, {"starts": "2018"}, encoding="latin-1")
    call_command("load_history", file=str(latin), apply=True)
    assert "line 0, file" in capsys.readouterr().err
    with pytest.raises(CommandError, match="There is no file"):
        call_command("load_history", file="/nowhere.csv")
    assert Case.objects.count() == 0


def test_a_byte_order_mark_is_no_fault(portsmouth, file):
    assert load(file({"starts": "2024", "note": "Ynys Môn"}, encoding="utf-8-sig"), apply=True).added == 1
    assert PastChallenge.objects.get().note == "Ynys Môn"


@pytest.mark.parametrize(("text", "last"), [("2024-02", date(2024, 2, 29)), ("2023", date(2023, 12, 31))])
def test_a_date_that_is_half_known_ends_with_its_last_day(text, last):
    assert parse_known_date(text).last == last


def test_our_own_file_loads_whole():
    call_command("load_reference", verbosity=0)
    call_command("load_register", apply=True, verbosity=0)
    result = load(apply=True)
    assert result.refusals == []
    assert result.added == 100
    assert load(apply=True).added == 0
