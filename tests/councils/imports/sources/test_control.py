"""Open Council Data in both layouts, with the faults that its files have."""

from datetime import date

import pytest

from councils.imports.loading import load
from councils.imports.sources.control import HEADER_EARLIER, ControlHistory, Row, control_in_words
from councils.models import Council, PoliticalControl, Seats
from cpc.components.incoming.cells import CellRefused
from tests.councils.imports.raw import twice
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

LATER = (
    '"id","council id","authority","year","total","con","lab","ld","green","ukip","ref","pc","snp","other","majority",'
)
EARLIER = ",".join(HEADER_EARLIER)


def read(header, *rows):
    return ControlHistory().read("\n".join([header, *rows]).encode())


def told(reading):
    return [(refusal.line, refusal.column, refusal.reason) for refusal in reading.refusals]


@pytest.fixture
def councils():
    return {
        "adur": make_council(name="Adur", gss_code="E07000223", start_on=date(1974, 4, 1)),
        "durham": make_council(name="County Durham", official_name="Durham County Council", start_on=date(2009, 4, 1)),
        "old": make_council(
            name="Somerset", gss_code="E10000027", start_on=date(1974, 4, 1), end_on=date(2023, 3, 31), slug="old"
        ),
        "new": make_council(name="Somerset", gss_code="E06000066", start_on=date(2023, 4, 1)),
    }


def test_a_line_whose_code_is_anothers_is_refused_and_moves_no_other_line(councils):
    make_council(name="Harlow", gss_code="E07000073", start_on=date(1974, 4, 1))
    reading = read(
        LATER,
        '3,165,"Adur",2016,29,15,3,0,0,8,0,0,0,3,"Con",E07000073',
        '9,165,"Adur",2025,29,11,10,2,2,0,1,0,0,3,"LAB min",',
    )
    assert told(reading) == [(2, "code", "is the code of another council than Adur")]
    assert [statement.text for statement in reading.statements] == ["Adur, 2025"]


def test_the_later_layout_is_read_into_control_and_seats_and_twice_is_once(councils):
    rows = [
        '3,165,"Adur",2016,29,15,3,0,0,8,0,0,0,3,"Con",',
        '9,165,"Adur",2025,29,11,10,2,2,0,1,0,0,3,"LAB min",',
        '9,165,"Adur District",2026,29,0,17,0,2,0,6,0,0,4,LAB,E07000223',
    ]
    content = "\r\n".join([LATER, *rows]).encode("utf-8-sig")
    assert twice("control_history", content) == ((3, 0, 0, 0), (0, 0, 3, 0))
    controls = PoliticalControl.objects.filter(council=councils["adur"]).values_list("year", "control")
    assert list(controls) == [(2026, "Labour"), (2025, "Labour minority"), (2016, "Conservative")]
    assert list(Seats.objects.filter(year=2026).values_list("party", "number")) == [
        ("Labour", 17),
        ("Reform UK", 6),
        ("Independent or other", 4),
        ("Green", 2),
    ]
    corrected = content.replace(b"0,17,0,2,0,6,0,0,4,LAB", b"0,19,0,0,0,6,0,0,4,LAB")
    assert twice("control_history", corrected) == ((0, 1, 2, 0), (0, 0, 3, 0))
    assert dict(Seats.objects.filter(year=2026).values_list("party", "number")) == {
        "Labour": 19,
        "Reform UK": 6,
        "Independent or other": 4,
    }


def test_the_earlier_layout_tells_the_two_durhams_and_the_years_before_a_council(councils):
    reading = read(
        EARLIER,
        "74,Durham,2015,126,4,96,9,17,0,Lab,Lab",
        "2919,Durham,2008,50,0,17,30,3,0,LD,LD",
        "2924,Durham,2008,126,10,67,27,22,0,Lab,Lab",
        "3357,Durham,2007,63,2,53,5,3,0,Lab,Lab",
        "5,Adur,1973,39,10,9,20,0,0,LD,LD",
        "6,Adur,1995,39,15,9,15,0,0,NOC,Con plurality",
        "7,Kennet,1995,40,20,5,15,0,0,NOC,Con plurality",
    )
    assert [statement.text for statement in reading.statements] == ["County Durham, 2015", "Adur, 1995"]
    control = reading.statements[1].records[0]
    assert control.facts == {"control": "No overall control: Conservative largest"}
    shared = "is in the file twice for 2008: two councils share the name (a county and a city, as in Durham)"
    assert told(reading) == [
        (3, "authority", shared),
        (4, "authority", shared),
        (5, "year", "Durham County Council is in the register from 1 April 2009 only, after May 2007"),
        (6, "year", f"{councils['adur'].official_name} is in the register from 1 April 1974 only, after May 1973"),
    ]
    assert [str(each) for each in reading.outside] == ["line 8, authority: 'Kennet': ended before the register begins"]


def plain(authority, *years):
    return [f"1,{authority},{year},3,2,1,0,0,0,Con,Con" for year in years]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (plain("Kennett", 2014, 2015), "is in the file to its end, and may be a council of today under a wrong name"),
        (plain("Kennett", 2008, 2009), "ended when the register had begun, or after"),
        ([*plain("Adur", 1990), *plain("Adurr", 1991)], "stands in a year in which the file lacks Adur"),
        (plain("Adurr", 1980, 1990), "stands in years in which Adur was there, and the file lacks it"),
    ],
)
def test_an_unknown_name_that_may_be_of_a_council_in_the_register_is_refused(councils, rows, why):
    councils["old"].delete()
    make_council(name="Kennet", slug="kennet", gss_code="E07009999", end_on=date(2009, 3, 31))
    reading = read(EARLIER, *plain("Adur", 1975, 1985, 1995, 2015), *rows)
    assert {each for _, _, each in told(reading)} == {"is not in the register"}, why
    assert reading.outside == []


def test_who_ended_before_the_register_begins_is_passed_over(councils):
    councils["old"].delete()
    make_council(name="Kennet", slug="kennet", gss_code="E07009999", end_on=date(2009, 3, 31))
    lines = [*plain("Adur", *range(1974, 2016)), *plain("Avon", *range(1975, 1996)), *plain("Thamesdown", 1996)]
    reading = read(EARLIER, *lines)
    assert (len(reading.statements), reading.refusals, len(reading.outside)) == (42, [], 22)
    assert twice("control_history", "\n".join([EARLIER, *lines]).encode()) == ((42, 0, 0, 0), (0, 0, 42, 0))
    # A register that holds no last day in the past says nothing of who ended before.
    Council.objects.exclude(end_on=None).delete()
    reading = read(EARLIER, *lines)
    assert (len(reading.refusals), reading.outside) == (22, [])


def test_an_authority_with_an_id_is_one_whatever_its_name(councils):
    rows = ["1,7,Old Name,2016,3,2,1,0,0,0,0,0,0,0,Con,", "2,7,New Name,2026,3,2,1,0,0,0,0,0,0,0,CON,"]
    reading = read(LATER, *rows, "3,8,Gone,2016,3,2,1,0,0,0,0,0,0,0,Con,", "4,8,Gone,2017,3,2,1,0,0,0,0,0,0,0,Con,")
    assert [line for line, _, _ in told(reading)] == [2, 3]
    assert [each.line for each in reading.outside] == [4, 5]


def test_a_name_that_two_councils_had_is_the_one_of_its_year(councils):
    reading = read(
        LATER,
        "1,21,Somerset,2022,2,1,1,0,0,0,0,0,0,0,Con plurality,",
        "2,416,Somerset,2023,2,2,0,0,0,0,0,0,0,0,Con,",
        "3,416,Somerset,2026,2,2,0,0,0,0,0,0,0,0,CON,E06000066",
        "4,416,Somerset,2022,2,2,0,0,0,0,0,0,0,0,CON,",
    )
    keys = [statement.records[0].key for statement in reading.statements]
    assert keys == [(councils["old"].pk, 2022), (councils["new"].pk, 2023), (councils["new"].pk, 2026)]
    assert [(line, column) for line, column, _ in told(reading)] == [(5, "year")]
    gone = read(LATER, "1,21,Somerset,1973,2,2,0,0,0,0,0,0,0,0,Con,", "1,21,Adur,1900,0,0,0,0,0,0,0,0,0,0,Con,")
    assert [column for _, column, _ in told(gone)] == ["year", "year"]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("1,5,Adur,2026,40,0,0,0,0,0,0,0,0,40,NULL,", "majority", "does not say who runs the council"),
        ("1,5,Adur,2026,40,21,0,0,0,0,0,0,0,19,Purple,", "majority", "is not a known word for control"),
        ("1,5,Adur,2026,36,0,0,0,0,0,0,0,0,13,IND,", "majority", "has 13 of 36 seats in the same row"),
        ("1,5,Adur,2026,48,0,0,25,0,0,0,0,0,0,LD min,", "majority", "which is a majority"),
        ("1,5,Adur,2026,2,1,1,1,0,0,0,0,0,0,Con,", "total", "the parties have 3 seats together"),
        ("1,5,Adur,2026,2,x,1,1,0,0,0,0,0,0,Con,", "con", "is not a whole number"),
        ("1,5,=Adur,2026,2,1,1,0,0,0,0,0,0,0,Con,", "authority", "looks like a formula"),
        ("1,5,Adur,2026,2", "row", "has 5 cells, and the names of the columns are 16"),
    ],
)
def test_a_row_that_is_not_right_is_named(councils, row, column, reason):
    reading = read(LATER, row)
    # A label that says nothing, or contradicts its own seats, is refused alone: the seats are taken.
    tables = {record.model for statement in reading.statements for record in statement.records}
    assert tables == ({"councils.Seats"} if column == "majority" else set())
    assert [(refusal.line, refusal.column) for refusal in reading.refusals] == [(2, column)]
    assert reason in reading.refusals[0].reason


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01"])
def test_a_file_of_another_kind_is_refused_whole(content):
    reading = ControlHistory().read(content)
    assert (reading.statements, len(reading.refusals)) == ([], 1)


@pytest.mark.parametrize(
    ("label", "control"),
    [
        ("Con", "Conservative"),
        ("CON", "Conservative"),
        ("Lab plurality", "No overall control: Labour largest"),
        ("LD min", "Liberal Democrat minority"),
        ("LD/GRN/IND min", "Liberal Democrat, Green, Independent minority"),
        ("LAB Mayor", "Labour elected mayor"),
        ("Plaid plurality", "No overall control: Plaid Cymru largest"),
        ("CIIP/PIP", "CIIP, PIP"),
        ("Other plurality", "No overall control: Independent or other largest"),
    ],
)
def test_control_has_one_vocabulary(label, control):
    seats = dict.fromkeys(["lab", "ld", "green", "pc", "other"], 1) | {"con": 7}
    row = Row(line=2, authority="", authority_id="", code="", year=2025, total=12, seats=seats, label=label)
    assert control_in_words(row) == control


@pytest.mark.parametrize(
    ("label", "other", "nat", "control"),
    [
        ("UKIP", 34, 0, "UKIP"),
        ("UKIP", 0, 34, ""),
        ("SNP", 0, 34, "SNP"),
        ("PC", 34, 0, ""),
        ("Nat min", 3, 9, "SNP or"),
    ],
)
def test_the_earlier_layout_has_no_column_for_every_party(label, other, nat, control):
    seats = {"con": 18, "lab": 4, "ld": 0, "other": other, "nat": nat}
    row = Row(line=2, authority="", authority_id="", code="", year=2015, total=56, seats=seats, label=label)
    if control:
        assert control_in_words(row).startswith(control)
    else:
        with pytest.raises(CellRefused, match="has 0 of 56 seats"):
            control_in_words(row)


def test_no_label_is_refused():
    row = Row(line=2, authority="", authority_id="", code="", year=2025, total=1, seats={"con": 1}, label="")
    with pytest.raises(CellRefused, match="does not say"):
        control_in_words(row)


def test_an_excerpt_over_the_real_register():
    load(apply=True)
    rows = ["3,165,Adur,2016,29,15,3,0,0,8,0,0,0,3,Con,", "1,1,Nowhere,2016,1,1,0,0,0,0,0,0,0,0,Con,"]
    content = "\n".join([LATER, *rows]).encode()
    assert twice("control_history", content) == ((1, 0, 0, 1), (0, 0, 1, 1))
