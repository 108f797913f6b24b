"""Leaders, mayors and chief executives from a file of our own form."""

from datetime import date

import pytest
import time_machine

from councils.imports.services import apply_import, check_file, undo_import
from councils.imports.sources.tenures import Tenures
from councils.models import CouncilCode, Tenure
from tests.councils.imports.raw import twice
from tests.cpc.components.incoming.test_reading import workbook
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

HEADER = "gss_code,post,name,party,first_day,last_day,first_post,interim"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-11-01 12:00"):
        yield


@pytest.fixture
def adur():
    return make_council(name="Adur", gss_code="E07000223")


def file(*rows, encoding="utf-8"):
    return "\r\n".join([HEADER, *rows]).encode(encoding)


def told(reading):
    return [(refusal.line, refusal.column, refusal.value, refusal.reason) for refusal in reading.refusals]


def held():
    return sorted(Tenure.objects.values_list("post", "person_name", "started_on", "ended_on"))


def test_a_file_is_read_into_tenures_and_twice_is_once(adur):
    content = file(
        "# The code of the council,Leader,,,,,,",
        "E07000223,Leader,Ann  Example,Labour,2024-05-20,,yes,no",
        "E07000223,chief executive,Björn Example,,01/02/2020,31/03/2024,,Yes",
        "E07000223,CHIEF_EXECUTIVE,Cat Example,,1/4/2024,,No,",
    )
    for each in (
        content,
        content.decode().encode("utf-8-sig"),
        content.decode().encode("cp1252"),
        content.decode().encode("utf-16"),
    ):
        assert check_file(source="tenures", file_name="t", content=each, by=None).added == 3
    assert twice("tenures", content) == ((3, 0, 0, 0), (0, 0, 3, 0))
    assert held() == [
        ("chief_executive", "Björn Example", date(2020, 2, 1), date(2024, 3, 31)),
        ("chief_executive", "Cat Example", date(2024, 4, 1), None),
        ("leader", "Ann Example", date(2024, 5, 20), None),
    ]
    leader = Tenure.objects.get(post="leader")
    assert (leader.party, leader.is_first_post, leader.is_interim) == ("Labour", True, False)
    assert Tenure.objects.get(started_on=date(2020, 2, 1)).is_interim is True


def test_a_workbook_with_days_is_read(adur):
    book = workbook(
        HEADER.split(","), ["E07000223", "Leader", "Ann Example", None, date(2024, 5, 20), None, "yes", None]
    )
    assert twice("tenures", book) == ((1, 0, 0, 0), (0, 0, 1, 0))


def test_an_empty_cell_leaves_what_is_recorded_and_a_filled_one_corrects_it(adur):
    Tenure.objects.create(
        council=adur, post="leader", person_name="An Example", party="Labour", started_on=date(2020, 5, 20),
        ended_on=date(2024, 5, 19), is_first_post=True,
    )  # fmt: skip
    run = check_file(
        source="tenures", file_name="t", content=file("E07000223,Leader,Ann Example,,2020-05-20,,,"), by=None
    )
    line = run.lines.get()
    assert (line.outcome, line.text, line.details) == (
        "changed", "Adur: Leader, Ann Example", [["Name", "An Example", "Ann Example"]],
    )  # fmt: skip
    apply_import(run=run, by=None)
    tenure = Tenure.objects.get()
    assert (tenure.person_name, tenure.party, tenure.ended_on, tenure.version) == (
        "Ann Example",
        "Labour",
        date(2024, 5, 19),
        1,
    )
    undo_import(run=run, by=None)
    assert Tenure.objects.get().person_name == "An Example"


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("E07000299,Leader,A,,2024-05-20,,,", "gss_code", "E07000299", "no council on the register has this code"),
        ("E07000999,Leader,A,,2024-05-20,,,", "gss_code", "E07000999", "is a former code: it is E07000223 now"),
        (",Leader,A,,2024-05-20,,,", "gss_code", "", "no council on the register has this code"),
        ("E07000223,King,A,,2024-05-20,,,", "post", "King", "is none of Chief executive, Elected mayor, Leader, Mayor"),
        ("E07000223,Leader,,,2024-05-20,,,", "name", "", "is empty: enter the person's name"),
        ("E07000223,Leader,=A1,,2024-05-20,,,", "name", "=A1", "looks like a formula"),
        ("E07000223,Leader,A,@sum,2024-05-20,,,", "party", "@sum", "looks like a formula"),
        ("E07000223,Leader,A,,2024-02-31,,,", "first_day", "2024-02-31", "is not a date like"),
        ("E07000223,Leader,A,,,,,", "first_day", "", "is not a date like"),
        ("E07000223,Leader,A,,2026-11-02,,,", "first_day", "2026-11-02", "lies in the future"),
        ("E07000223,Leader,A,,2024-05-20,2024-05-19,,", "last_day", "2024-05-19", "lies before the first day"),
        ("E07000223,Leader,A,,2024-05-20,2026-11-02,,", "last_day", "2026-11-02", "lies in the future"),
        ("E07000223,Leader,A,,2024-05-20,,perhaps,", "first_post", "perhaps", "is neither yes nor no"),
        ("E07000223,Leader,A,,2024-05-20,,,1", "interim", "1", "is neither yes nor no"),
    ],
)
def test_a_row_that_is_not_right_is_named_and_the_others_stand(adur, row, column, value, reason):
    CouncilCode.objects.create(council=adur, code="E07000999")
    reading = Tenures().read(file(row, "E07000223,Mayor,Dee Example,,2020-05-01,2020-06-01,,"))
    assert len(reading.statements) == 1
    assert [refusal[:3] for refusal in told(reading)] == [(2, column, value)]
    assert reason in reading.refusals[0].reason


def test_tenures_that_overlap_the_register_are_refused_and_the_register_stays(adur):
    Tenure.objects.create(council=adur, post="leader", person_name="Old Example", started_on=date(2020, 5, 20))
    other = make_council(gss_code="E07000224")
    reading = Tenures().read(
        file(
            "E07000223,Leader,New Example,,2024-05-20,,,",
            "E07000223,Leader,Ancient Example,,2019-05-20,2020-05-20,,",
            "E07000223,Chief executive,Not Her Post,,2024-05-20,,,",
            f"{other.gss_code},Leader,Not There,,2024-05-20,,,",
        )
    )
    reason = "overlaps Old Example, who holds this post from 20 May 2020 and has no last day"
    assert sorted(told(reading)) == [
        (2, "first_day", "2024-05-20", reason),
        (3, "first_day", "2019-05-20", reason),
    ]
    assert [statement.line for statement in reading.statements] == [4, 5]


def test_the_end_of_one_and_the_beginning_of_the_next_may_come_in_one_file_in_any_order(adur):
    Tenure.objects.create(council=adur, post="leader", person_name="Old Example", started_on=date(2020, 5, 20))
    content = file(
        "E07000223,Leader,New Example,,2024-05-20,,,", "E07000223,Leader,Old Example,,2020-05-20,2024-05-19,,"
    )
    assert twice("tenures", content) == ((1, 1, 0, 0), (0, 0, 2, 0))
    run = check_file(source="tenures", file_name="t", content=content, by=None)
    assert run.changes == []


def test_of_lines_that_overlap_the_earlier_stands(adur):
    reading = Tenures().read(
        file(
            "E07000223,Leader,Second Example,,2022-05-20,2023-05-20,,",
            "E07000223,Leader,First Example,,2020-05-20,2022-06-01,,",
            "E07000223,Leader,Third Example,,2023-05-20,,,",
            "E07000223,Leader,Second Example,,2022-05-20,2023-05-20,,",
        )
    )
    assert [statement.line for statement in reading.statements] == [2]
    assert sorted(told(reading)) == [
        (
            3,
            "first_day",
            "2020-05-20",
            "overlaps Second Example, who holds this post from 20 May 2022 until 20 May 2023 (line 2)",
        ),
        (
            4,
            "first_day",
            "2023-05-20",
            "overlaps Second Example, who holds this post from 20 May 2022 until 20 May 2023 (line 2)",
        ),
        (5, "first_day", "2022-05-20", "line 2 already has this council, post and day"),
    ]


def test_a_line_that_would_lengthen_a_tenure_over_the_next_is_refused_and_leaves_it(adur):
    Tenure.objects.create(
        council=adur, post="leader", person_name="Old Example", started_on=date(2020, 5, 20), ended_on=date(2022, 5, 19)
    )
    Tenure.objects.create(council=adur, post="leader", person_name="New Example", started_on=date(2022, 5, 20))
    reading = Tenures().read(
        file(
            "E07000223,Leader,Old Example,,2020-05-20,2023-01-01,,",
            "E07000223,Leader,Older Example,,2018-05-20,2020-05-19,,",
        )
    )
    assert [statement.line for statement in reading.statements] == [3]
    assert [refusal[:2] for refusal in told(reading)] == [(2, "first_day")]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01"])
def test_a_file_of_another_kind_is_refused_whole(content):
    reading = Tenures().read(content)
    assert (reading.statements, len(reading.refusals)) == ([], 1)
