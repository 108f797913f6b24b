"""Neighbours from two sources, with the faults that their files have."""

from datetime import date

import pytest
import time_machine

from councils.imports.loading import load
from councils.imports.sources.neighbours import DfeNeighbours, OnsNeighbours
from councils.models import CouncilCode, Neighbour
from tests.councils.imports.raw import twice
from tests.cpc.components.incoming.test_reading import workbook
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

DFE_HEADER = ["LA num", "LA Name", "LA number", "GOInd", "GOReg", "SN1", "SNP", "SN2", "SNP", None]
DFE_TOP = [["A", "B", "C", "D", "E", 3, 4], [1, 2, 3, 4, 5, 6, 7], DFE_HEADER]


@pytest.fixture
def councils():
    bristol = make_council(gss_code="E06000023", name="Bristol")
    barnet = make_council(gss_code="E09000003", name="Barnet")
    cumbria = make_council(gss_code="E10000006", name="Cumbria", council_type="county", end_on=date(2023, 3, 31))
    durham = make_council(gss_code="E06000047", name="County Durham")
    make_council(gss_code="E07000001", name="Barnet District", council_type="district")
    return {"bristol": bristol, "barnet": barnet, "cumbria": cumbria, "durham": durham}


def told(reading):
    return [(refusal.line, refusal.column, refusal.value, refusal.reason) for refusal in reading.refusals]


def near(council, kind):
    return [each.neighbour.name for each in Neighbour.objects.filter(council=council, set=kind).order_by("rank")]


def ons(*rows):
    return "\r\n".join(["AREACD,1,2,3", *rows]).encode("utf-8-sig")


def test_ons_codes_become_neighbours_and_what_is_gone_from_the_list_goes(councils):
    CouncilCode.objects.create(council=councils["durham"], code="E06000999")
    for rank, other in enumerate(["durham", "barnet", "cumbria"], start=1):
        Neighbour.objects.create(council=councils["bristol"], set="any", rank=rank, neighbour=councils[other])
    Neighbour.objects.create(council=councils["bristol"], set="same_type", rank=1, neighbour=councils["durham"])
    content = ons("E06000023,E09000003,E06000999,", "E09000003,E06000023,,")
    assert twice("ons_neighbours", content) == ((1, 1, 0, 0), (0, 0, 2, 0))
    assert near(councils["bristol"], "any") == ["Barnet", "County Durham"]
    assert near(councils["bristol"], "same_type") == ["County Durham"]


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("E47000001,E47000002,,", "AREACD", "E47000001", "is a combined authority, not a council"),
        ("E06000999,E09000003,,", "AREACD", "E06000999", "is not in the register"),
        ("E06000023,E09000003,E07009999,", "2", "E07009999", "is not in the register"),
        ("E06000023,E06000023,,", "row", "E06000023", "names itself or another council twice"),
        ("E06000023,E09000003,E09000003,", "row", "E06000023", "names itself or another council twice"),
        ("E06000023,E09000003,,E06000047", "row", None, "has a gap among its neighbours"),
        ("E06000023,,,", "row", None, "has a gap among its neighbours"),
        ("E06000047,E09000003,,", "AREACD", "E06000047", "is in the file twice"),
    ],
)
def test_an_ons_row_that_is_not_right_is_named(councils, row, column, value, reason):
    reading = OnsNeighbours().read(ons("E06000047,E06000023,,", row))
    assert len(reading.statements) == 1
    assert told(reading) == [(3, column, value or row, reason)]


def dfe(*rows):
    return workbook(*DFE_TOP, *rows)


def row(number, name, *near):
    return [number, name, number, 3, "London (Outer)", *(cell for each in near for cell in (each, "Close"))]


def test_dfe_numbers_become_neighbours_and_old_groups_and_notes_do_not(councils):
    content = dfe(
        row(801, "Bristol, City of", 302, 840),
        row(302, "Barnet", 840, 801),
        row(840, "Durham", 801, 302),
        [],
        [None, "Old SNs:"],
        row(909, "Cumbria", 801, 302),
        ["These groups were made in May 2025"],
    )
    assert twice("dfe_neighbours", content) == ((3, 0, 0, 1), (0, 0, 3, 1))
    assert near(councils["bristol"], "childrens") == ["Barnet", "County Durham"]
    assert told(DfeNeighbours().read(content)) == [
        (9, "LA Name", "Cumbria", "is among the old groups from before a reorganisation")
    ]


@pytest.mark.parametrize(
    ("wrong", "column", "value", "reason"),
    [
        (row(909, "Cumbria", 302, 840), "LA Name", "Cumbria", "is not a council of the register today"),
        (row(801, "Bristol", 302, 999), "SN2", "999", "is no council today: a number that the file does not explain"),
        (row(801, "Bristol", 302, 801), "row", "Bristol", "names itself or another council twice"),
        (row(801, "Bristol", 302, 302), "row", "Bristol", "names itself or another council twice"),
        (row(801, "=A1", 302, 840), "LA Name", "=A1", "looks like a formula"),
    ],
)
def test_a_dfe_row_that_is_not_right_is_named(councils, wrong, column, value, reason):
    reading = DfeNeighbours().read(dfe(row(302, "Barnet", 840, 801), wrong, row(840, "Durham", 302, 801)))
    assert (5, column, value, reason) in told(reading)


def test_a_rank_whose_heading_is_damaged_is_not_left_out_in_silence(councils):
    damaged = ["N2" if cell == "SN2" else cell for cell in DFE_HEADER]
    reading = DfeNeighbours().read(workbook(*DFE_TOP[:2], damaged, row("801", "Bristol", "303", "303")))
    assert reading.refusals and not reading.statements


def test_a_council_stands_once_in_the_dfe_list(councils):
    others = [row(801, "Bristol", 302, 840), row(840, "Durham", 801, 302)]
    reading = DfeNeighbours().read(dfe(row(302, "Barnet", 801, 840), *others, row(302, "Barnet", 801, 840)))
    assert told(reading) == [(7, "LA Name", "Barnet", "is in the file twice")]


@pytest.mark.parametrize("importer", [OnsNeighbours(), DfeNeighbours()])
@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", workbook(["AREACD", "x"])])
def test_a_file_of_another_kind_is_refused_whole(importer, content):
    reading = importer.read(content)
    assert (reading.statements, len(reading.refusals)) == ([], 1)


EXCERPT = ons("E06000023,E09000003,E06000047,", "E47000001,E47000002,,")
DFE_EXCERPT = dfe(row(302, "Barnet", 801, 840), row(801, "Bristol, City of", 302, 840), row(840, "Durham", 801, 302))


@pytest.mark.parametrize(
    ("source", "content", "added", "changed", "refused"),
    [
        ("ons_neighbours", EXCERPT, 0, 1, 1),
        ("dfe_neighbours", DFE_EXCERPT, 3, 0, 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@time_machine.travel("2026-11-01 12:00")
def test_files_over_the_real_register(source, content, added, changed, refused):
    load(apply=True)
    assert twice(source, content) == ((added, changed, 0, refused), (0, 0, added + changed, refused))
