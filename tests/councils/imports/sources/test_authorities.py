"""Lists of authorities: the register is corrected by them and made no worse."""

from datetime import date

import pytest
import time_machine

from councils.imports.base import report
from councils.imports.loading import load
from councils.imports.sources.authorities import GovUk, MySociety, full_name
from councils.models import Council, CouncilCode
from tests.councils.imports.raw import twice
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

MYSOCIETY = (
    "local-authority-code,official-name,gss-code,start-date,end-date,region,local-authority-type,pop-2020,lat,long"
)
GOVUK = "id,gss,snac,tier_id,parent_local_authority_id,slug,name"


@pytest.fixture
def shire():
    county = make_council(
        gss_code="E10000001", name="Shire", official_name="Shire County Council", council_type="county",
        region="East Midlands", latitude="53.0000", longitude="-1.5000",
    )  # fmt: skip
    make_council(
        gss_code="E07000001", name="Town", official_name="Town City Council", council_type="district",
        region="East Midlands", parent=county,
    )  # fmt: skip
    gone = make_council(gss_code="E10000002", official_name="Gone County Council", end_on=date(2023, 3, 31))
    CouncilCode.objects.create(council=gone, code="E10000009")
    return county


def mysociety(*rows):
    return "\n".join([MYSOCIETY, *rows]).encode()


def govuk(*rows):
    return "\n".join([GOVUK, *rows]).encode()


def told(reading):
    return [(refusal.line, refusal.column, refusal.reason) for refusal in reading.refusals]


def test_mysociety_corrects_what_it_tells_and_leaves_the_rest(shire):
    Council.objects.filter(pk=shire.pk).update(population=None, population_year=None)
    content = mysociety(
        'SHR,"The  Shire County Council ",E10000001,1974-04-01,,East Midlands,CTY,"1,338.0",53.01,-1.51',
        "TWN,Town City Council,E07000001,,,,NMD,200.0,,",
    )
    assert twice("mysociety", content) == ((0, 1, 1, 0), (0, 0, 2, 0))
    shire.refresh_from_db()
    assert (shire.official_name, shire.start_on, shire.end_on) == ("The Shire County Council", date(1974, 4, 1), None)
    assert (shire.population, shire.population_year, shire.version) == (1338, 2020, 1)
    # A newer population stays.
    assert Council.objects.get(gss_code="E07000001").population == 200000


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("X,Some CA,E47000001,,,,COMB,,,", "local-authority-type", "is a combined authority, not a council"),
        ("X,Old Borough Council,,,2023-03-31,,NID,,,", "gss-code", "has no code"),
        ("X,Old Borough Council,,,soon,,NID,,,", "gss-code", "has no code"),
        ("X,Old Borough Council,,,,,NID,,,", "gss-code", "has no code"),
        # The register has a council of this name that was there on that day.
        ("X,Gone County Council,,,2022-03-31,,CTY,,,", "gss-code", "has no code"),
        ("X,Gone County Council,E07009999,,2022-03-31,,CTY,,,", "gss-code", "is not in the register"),
        (
            "X,Town City Council,E10000001,,,,CTY,,,",
            "official-name",
            "is the name of Town City Council; the code is that",
        ),
        ("X,Far Council,E07009999,,,,NMD,,,", "gss-code", "is not in the register"),
        ("X,Gone County Council,E10000009,,,,CTY,,,", "gss-code", "is a former code: it is E10000002 now"),
        ("X,Shire County Council,E10000001,2005-06-18,,,CTY,,,", "start-date", "is no 1 April"),
        ("X,Shire County Council,E10000001,=A1,,,CTY,,,", "start-date", "looks like a formula"),
        ("X,Shire County Council,E10000001,,2023-04-01,,CTY,,,", "end-date", "is the first day of the council that"),
        ("X,Shire County Council,E10000001,1974-04-01,1973-03-31,,CTY,,,", "end-date", "lies before its first day"),
        ("X,Shire County Council,E10000001,,,West Midlands,CTY,,,", "region", "its districts are in East Midlands"),
        ("X,Shire County Council,E10000001,,,,CTY,,54.0,-1.5", "lat", "lies 111 km from where the register has"),
        ("X,Shire County Council,E10000001,,,,CTY,,north,-1.5", "lat", "is not a number"),
        ("X,Shire County Council,E10000001,,,,CTY,,nan,-1.5", "lat", "is no place in the United Kingdom"),
        ("X,Shire County Council,E10000001,,,,CTY,,inf,-1.5", "lat", "is not a number, or its longitude"),
        ("X,Town Borough Council,E07000001,,,,NMD,,,", "official-name", "is the name of before it became a city"),
        ("X,Town,E07000001,,,,NMD,,,", "official-name", "does not say Council"),
        ("X,Tow'n City Council,E07000001,,,,NMD,,,", "official-name", "differs from Town City Council by signs alone"),
    ],
)
def test_a_mysociety_row_that_is_not_right_is_named(shire, row, column, reason):
    reading = MySociety().read(mysociety(row))
    assert reading.statements == []
    assert told(reading)[0][:2] == (2, column) and reason in told(reading)[0][2]


def test_who_ended_before_the_register_begins_is_passed_over(shire):
    rows = ["X,Old Borough Council,,,2015-03-31,,NID,,,", "X,Older Council,E07009999,,31/03/2009,,NMD,,,"]
    reading = MySociety().read(mysociety(*rows, "X,Big Authority,E12000007,,,,SRA,,,"))
    assert (reading.statements, reading.refusals) == ([], [])
    assert [str(each) for each in reading.outside] == [
        "line 2, official-name: 'Old Borough Council': ended on 31 March 2015, before the register begins",
        "line 3, official-name: 'Older Council': ended on 31 March 2009, before the register begins",
        "line 4, official-name: 'Big Authority': is a strategic authority, not a council",
    ]
    # A register without a last day in the past knows nothing of what it may be missing.
    Council.objects.filter(end_on__isnull=False).update(end_on=date(2100, 3, 31))
    assert [each[1] for each in told(MySociety().read(mysociety(*rows)))] == ["gss-code", "gss-code"]


def test_govuk_may_write_a_name_in_another_way(shire):
    names = ["Town City", "City of Town", "Town Metropolitan Borough Council", "Town Borough Council"]
    for name in names:
        content = govuk(f"5,E07000001,,2,7,town,{name}", "7,E10000001,,1,,shire,Shire County Council")
        assert twice("govuk", content) == ((0, 0, 2, 0), (0, 0, 2, 0))
    assert Council.objects.get(gss_code="E07000001").official_name == "Town City Council"


def test_a_council_stands_once(shire):
    row = "X,Shire County Council,E10000001,,,,CTY,,,"
    assert told(MySociety().read(mysociety(row, row))) == [(3, "gss-code", "is in the file twice")]
    line = "1,E10000001,,1,,shire,Shire County Council"
    assert told(GovUk().read(govuk(line, line))) == [(3, "id", "is in the file twice")]
    assert told(GovUk().read(govuk(line, f"2{line[1:]}"))) == [(3, "gss", "is in the file twice")]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        # Another council's number, another's code, and the number of the line before.
        ("9,E07000001,,1,,shire,Shire County Council", "gss"),
        ("7,E09999999,,1,,shire,Vale County Council", "gss"),
        ("5,E10000001,,1,,shire,Shire County Council", "id"),
    ],
)
def test_a_govuk_line_that_is_refused_takes_no_district_from_its_county(shire, row, column):
    Council.objects.filter(gss_code="E07000001").update(official_name="Town Council")
    reading = GovUk().read(govuk("5,E07000001,,2,7,town,Town City Council", row, "7,E10000001,,1,,shire,Shire"))
    assert (3, column) in [each[:2] for each in told(reading)]
    changes = [change for change in report(reading).changes if "parent_id" in (change.after or {})]
    assert changes == []


def test_govuk_tells_names_and_counties_by_the_number_of_a_line(shire):
    Council.objects.filter(gss_code="E07000001").update(parent=None)
    content = govuk("5,E07000001,,2,7,town,Town City Council", "7,E10000001,,1,,shire,Shire Council")
    assert twice("govuk", content) == ((0, 2, 0, 0), (0, 0, 2, 0))
    assert Council.objects.get(gss_code="E07000001").parent == shire
    assert Council.objects.get(pk=shire.pk).official_name == "Shire Council"


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [
        ("Wyre Borough Council", "Wyre Council", "Wyre Borough Council"),
        ("East Suffolk Council", "East Suffolk District Council", "East Suffolk Council"),
        ("Wyre Borough Council", "Wyre District Council", "Wyre Borough Council"),
        ("Wyre District Council", "Wyre Borough Council", "Wyre Borough Council"),
        ("Wyre Borough Council", "Wyre City Council", "Wyre City Council"),
        ("Wyre District Council", "Wyre and Fylde Council", "Wyre and Fylde Council"),
    ],
)
def test_a_name_that_only_says_less_is_no_correction(known, told, kept):
    assert full_name(told, Council(official_name=known)) == kept


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("1,E09999999,,3,,x,X Council", "gss", "no council on the register has this code"),
        ("1,E10000009,,1,,x,Gone County Council", "gss", "is a former code: it is E10000002 now"),
        ("1,E10000002,,1,,x,Gone County Council", "gss", "Gone County Council does not exist today"),
        ("1,E07000001,,2,,x,Town City Council", "parent_local_authority_id", "a district needs a county"),
        ("1,E07000001,,2,1,x,Town City Council", "parent_local_authority_id", "is not a county of the file"),
        ("1,E07000001,,2,9,x,Town City Council", "parent_local_authority_id", "is no line of the file"),
        (
            "1,E07000001,,2,9,x,Shire County",
            "name",
            "is the name of Shire County Council; the code is that of Town City",
        ),
        (
            "1,E07000001,,2,9,x,Gone City Council",
            "name",
            "is the name of Gone County Council; the code is that of Town",
        ),
        ("1,E07000001,,2,9,x,Towns Borough Council", "name", "is the name of before it became a city"),
        ("1,E07000001,,2,9,x,Town and Vale", "name", "is no full name"),
        ("1,E07000001,,2,9,x,=Town", "name", "looks like a formula"),
    ],
)
def test_a_govuk_row_that_is_not_right_is_named(shire, row, column, reason):
    reading = GovUk().read(govuk(row))
    assert reading.statements == []
    assert told(reading)[0][:2] == (2, column) and reason in told(reading)[0][2]


@pytest.mark.parametrize("importer", [MySociety(), GovUk()])
@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", f"{GOVUK},name,gss-code\n".encode()])
def test_a_file_of_another_kind_is_refused_whole(importer, content):
    reading = importer.read(content)
    assert (reading.statements, len(reading.refusals)) == ([], 1)


ABERDEEN = mysociety("ABD,Aberdeenshire Council,S12000034,2005-06-18,,Scotland,SCO,260780.0,57.2,-2.6")


@pytest.mark.parametrize(
    ("source", "content", "counts"),
    [
        ("mysociety", ABERDEEN, (0, 0, 1)),
        ("govuk", govuk("1,S12000034,00QB,3,,aberdeenshire,Aberdeenshire Council"), (0, 1, 0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@time_machine.travel("2026-11-01 12:00")
def test_files_over_the_real_register(source, content, counts):
    load(apply=True)
    changed, unchanged, refused = counts
    assert twice(source, content) == ((0, changed, unchanged, refused), (0, 0, changed + unchanged, refused))
