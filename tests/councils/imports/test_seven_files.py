"""The seven files as their publishers made them, one after the other over the real register: what is added, what is
refused and why, and what is passed over. Every refusal is a fault of a kind that the README beside the files lists.

Refused 2,375 lines. 2,337 are counted in the README. The other 38 have the same faults in rows that it does not count:
- 34 of the earlier control history contradict themselves as Torridge and Guildford do in the later one: 12 name a party
  that has not half of the seats (Lab at Tower Hamlets in 2014 with 20 of 45), 22 name the largest of no majority, and it
  has one (NOC, Con plurality at East Lindsey in 2012 with 31 of 60).
- 4 of the later one tell of May 2022 at the councils that began on 1 April 2023 (Cumberland, North Yorkshire, Somerset,
  Westmorland and Furness), then shadow councils: "years before a council existed", as listed of the earlier file.

Of 45 lines the label of control alone is refused, and their seats are taken: these count as added too.

Passed over 3,746 lines, with nothing wrong: the register begins later than what they tell of, or holds no such body."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

import pytest
import time_machine

from councils.imports.loading import load
from councils.imports.services import apply_import, check_file
from councils.models import Council, CouncilType, ImportRun, Nation, Neighbour, Outcome, PoliticalControl, Seats
from cpc.calendars.models import BankHolidayChange
from cpc.calendars.working_days import ENGLAND, NORTHERN_IRELAND, SCOTLAND, WALES, bank_holidays
from cpc.components.incoming.table import Header, read_table
from tests.councils.imports.raw import raw_file

MYSOCIETY = "mysociety_uk_local_authorities_future.csv"
GOVUK = "govuk_local_links_local_authorities.csv"
ONS = "ons_global_nearest_neighbours.csv"
DFE = "dfe_statistical_neighbours_may_2025.xlsx"
LATER = "opencouncildata_history2016-26.csv"
EARLIER = "opencouncildata_history1973-2015.csv"
HOLIDAYS = "bank-holidays.json"


@dataclass(frozen=True)
class Kind:
    """Lines of one column that are not taken for one reason, and the fault that they are."""

    column: str
    reason: str
    number: int
    fault: str
    # Whether the README lists it, or lists it of other rows or of the other file of its kind.
    standing: str = "listed"


@dataclass(frozen=True)
class Source:
    source: str
    file: str
    # Added, changed, unchanged, refused, passed over.
    counts: tuple[int, int, int, int, int]
    refused: list[Kind] = field(default_factory=list)
    outside: list[Kind] = field(default_factory=list)


# In the order in which a new register takes them: what a council is, whom it is like, who ran it, its bank holidays.
SOURCES = [
    Source(
        "mysociety",
        MYSOCIETY,
        (0, 0, 310, 134, 26),
        [
            Kind("start-date", "is no 1 April", 74, "75 start dates are a spreadsheet fill error; and Birmingham's"),
            Kind("end-date", "is the first day of the council that followed", 28, "end dates of 2021-23 are 1 April"),
            Kind("lat", "from where the register has the council", 10, "10 counties' lat/long 28-187 km out"),
            Kind("region", "its districts are in", 2, "Derbyshire and Lincolnshire in the wrong region"),
            Kind("gss-code", "is a former code", 2, "Barnsley and Sheffield pre-2025 codes"),
            Kind("official-name", "is the name of before it became a city", 3, "city status missing"),
            Kind("official-name", "by signs alone", 1, "Kings Lynn"),
            Kind("local-authority-type", "is a combined authority", 14, "combined authorities, current and not"),
        ],
        [
            Kind("official-name", "is a strategic authority", 1, "London's: no council"),
            Kind("official-name", "ended on 31 March 2015, before the register begins", 25, "Northern Irish districts of before April 2015"),
        ],
    ),
    Source(
        "govuk",
        GOVUK,
        (0, 0, 374, 8, 0),
        [
            Kind("gss", "is a former code: it is S", 4, "4 Scottish codes out of date"),
            Kind("gss", "is a former code: it is E", 2, "2 English codes (Barnsley, Sheffield) out of date"),
            Kind("gss", "does not exist today", 2, "North Yorkshire and Somerset still carry county codes and names"),
        ],
    ),
    Source(
        "ons_neighbours",
        ONS,
        (0, 382, 0, 15, 0),
        [Kind("AREACD", "is a combined authority", 15, "includes 15 combined authorities with only 5 neighbours")],
    ),
    Source(
        "dfe_neighbours",
        DFE,
        (153, 0, 0, 5, 0),
        [Kind("LA Name", "is among the old groups", 5, "5 Old SNs lower down after blank rows")],
    ),
    Source(
        "control_history",
        LATER,
        (4259, 0, 0, 26, 0),
        [
            Kind("majority", "does not say who runs the council", 11, "Northern Ireland as NULL"),
            Kind("majority", "which is a majority", 1, "Guildford LD min with 25 of 48"),
            Kind("majority", "which is no majority", 8, "Torridge IND with 13 of 36; Havering, Mansfield and Thanet alike"),
            Kind("year", "is in the register from 1 April 2027 only", 2, "includes East and West Surrey"),
            Kind("year", "is in the register from 1 April 2023 only", 4, "shadow councils of May 2022: years before a council existed", "alike"),
        ],
    ),
    Source(
        "control_history",
        EARLIER,
        (14429, 0, 0, 2187, 3720),
        [
            Kind("authority", "is in the file twice for", 72, "36 duplicate authority-years (Durham county and city share a name)"),
            Kind("year", "is in the register from", 2081, "years before a council existed"),
            Kind("majority", "which is no majority", 12, "a majority that the seats contradict, as Torridge in the later file", "alike"),
            Kind("majority", "which is a majority", 22, "no majority that the seats contradict, as Guildford in the later file", "alike"),
        ],
        [Kind("authority", "ended before the register begins", 3720, "councils that ended by April 2009")],
    ),
    Source("bank_holidays", HOLIDAYS, (0, 0, 472, 0, 0)),
]  # fmt: skip

ENGLISH = {
    CouncilType.COUNTY: 21,
    CouncilType.DISTRICT: 164,
    CouncilType.UNITARY: 63,
    CouncilType.METROPOLITAN: 36,
    CouncilType.LONDON_BOROUGH: 33,
}
STANDINGS = ["listed", "alike"]
ON = "2026-11-01 12:00"
BY_NAME = {source.file: raw_file(source.file) for source in SOURCES}
MISSING = [name for name, found in BY_NAME.items() if not found]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        bool(MISSING), reason=f"Set REFERENCE_DATA to the folder that has {', '.join(MISSING)}: they are not committed."
    ),
]


def numbers(run: ImportRun) -> tuple[int, int, int, int, int]:
    return run.added, run.changed, run.unchanged, run.refused, run.outside


def look_at(source: Source) -> ImportRun:
    return check_file(source=source.source, file_name=source.file, content=BY_NAME[source.file][0], by=None)


def lines_of(name: str) -> dict[int, dict[str, str]]:
    """Line number -> cells by the name of their column."""
    table = read_table(BY_NAME[name][0], Header(lambda cells: True, "", is_exact=False))
    return {line.number: dict(zip(table.header.cells, line.cells, strict=False)) for line in table.lines}


def totals() -> tuple[dict[str, int], int]:
    today = Council.objects.current(date(2026, 11, 1))
    kinds = Counter(today.filter(nation=Nation.ENGLAND).values_list("council_type", flat=True))
    return dict(kinds), today.filter(nation=Nation.WALES).count()


def passed_over(run: ImportRun) -> list[dict[str, str]]:
    lines = run.lines.filter(outcome=Outcome.OUTSIDE)
    return [
        {"line": line.line, "column": column, "value": value, "reason": reason}
        for line in lines
        for column, value, reason in line.details
    ]


def by_kind(source: Source, kinds: list[Kind], told: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Every line that is not taken under the one kind that it is, whose number is as it is written down."""
    found = {kind: [] for kind in kinds}
    for each in told:
        meant = [kind for kind in kinds if kind.column == each["column"] and kind.reason in each["reason"]]
        assert len(meant) == 1, f"{source.file}: {each} is of no kind that anyone knows of"
        found[meant[0]].append(each)
    assert {kind.fault: len(found[kind]) for kind in kinds} == {kind.fault: kind.number for kind in kinds}
    return {kind.fault: found[kind] for kind in kinds}


@time_machine.travel(ON)
def test_seven_files_add_what_is_right_refuse_what_is_listed_and_change_nothing_when_they_come_again():
    load(apply=True)
    assert totals() == (ENGLISH, 22) and sum(ENGLISH.values()) == 317
    refused = {}
    for source in SOURCES:
        run = look_at(source)
        assert (source.file, numbers(run)) == (source.file, source.counts)
        refused[source.file] = by_kind(source, source.refused, run.refusals)
        refused[source.file] |= by_kind(source, source.outside, passed_over(run))
        # A line is refused for one reason, so that the kinds together are the count.
        assert sum(kind.number for kind in source.refused) == source.counts[3]
        assert sum(kind.number for kind in source.outside) == source.counts[4]
        run = apply_import(run=run, by=None)
        # As they were looked at, so they are recorded.
        assert (source.file, numbers(run)) == (source.file, source.counts)

    kinds = [kind for source in SOURCES for kind in source.refused]
    together = {standing: sum(kind.number for kind in kinds if kind.standing == standing) for standing in STANDINGS}
    assert together == {"listed": 2337, "alike": 38}
    assert sum(source.counts[4] for source in SOURCES) == 3746
    assert totals() == (ENGLISH, 22)
    check_mysociety(refused[MYSOCIETY])
    check_govuk(refused[GOVUK])
    check_neighbours()
    check_control(refused[LATER], refused[EARLIER])
    check_bank_holidays()

    # Each after all the others: two that contradict each other would change something for ever.
    for source in SOURCES:
        added, changed, unchanged, *rest = source.counts
        assert (source.file, numbers(look_at(source))) == (source.file, (0, 0, added + changed + unchanged, *rest))
    again = load(apply=True)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 432)
    assert totals() == (ENGLISH, 22)


def check_mysociety(refused):
    lines = lines_of(MYSOCIETY)

    def names(fault):
        return {lines[refusal["line"]]["nice-name"] for refusal in refused[fault]}

    # The fill error: 75 councils, and two bodies that the README does not count (London's authority and its City).
    # Four of the 77 lines are refused for what stands further to the left.
    filled = {number for number, cells in lines.items() if "2005-05-27" <= cells["start-date"] <= "2005-06-28"}
    dates = {refusal["line"] for refusal in refused["75 start dates are a spreadsheet fill error; and Birmingham's"]}
    assert len(filled) == 77 and len(filled & dates) == 73
    assert {lines[number]["nice-name"] for number in filled - dates} == {
        "Greater London", "Milton Keynes", "Sheffield", "Southend-on-Sea",
    }  # fmt: skip
    assert {lines[number]["official-name"] for number in dates - filled} == {"Birmingham City Council"}
    assert Council.objects.get(name="Birmingham").start_on == date(1974, 4, 1)
    assert not Council.objects.filter(start_on__year=2005).exists()
    # Lines that give no first day say nothing, and take none away.
    empty = [cells for cells in lines.values() if not cells["end-date"] and not cells["start-date"]]
    assert len(empty) == 211
    assert Council.objects.get(gss_code="E07000033").start_on == date(1974, 4, 1)

    # Last days: those of 2019 and 2020 are right, the others a day late.
    assert Counter(refusal["value"] for refusal in refused["end dates of 2021-23 are 1 April"]) == {
        "2021-04-01": 8, "2023-04-01": 20,
    }  # fmt: skip
    assert set(Council.objects.filter(end_on__lt=date(2026, 1, 1)).values_list("end_on", flat=True)) == {
        date(year, 3, 31) for year in (2019, 2020, 2021, 2023)
    }
    before = refused["Northern Irish districts of before April 2015"]
    assert {lines[each["line"]]["local-authority-type"] for each in before} == {"NID"}
    assert {lines[each["line"]]["end-date"] for each in before} == {"2015-03-31"}

    assert names("10 counties' lat/long 28-187 km out") == {
        "Devon", "Gloucestershire", "Hertfordshire", "Kent", "Lancashire", "Leicestershire", "Oxfordshire", "Suffolk",
        "Warwickshire", "Worcestershire",
    }  # fmt: skip
    assert names("Derbyshire and Lincolnshire in the wrong region") == {"Derbyshire", "Lincolnshire"}
    regions = Council.objects.filter(council_type="county", name__in=["Derbyshire", "Lincolnshire"])
    assert set(regions.values_list("region", flat=True)) == {"East Midlands"}
    assert names("city status missing") == {"Colchester", "Milton Keynes", "Southend-on-Sea"}
    assert names("Barnsley and Sheffield pre-2025 codes") == {"Barnsley", "Sheffield"}
    combined = names("combined authorities, current and not")
    assert {"North East", "North of Tyne"} <= {name.removesuffix(" Combined Authority") for name in combined}
    assert not any("evon and Torbay" in name for name in combined)

    # Made right on the way in, or of no concern: slugs are not read, nor are short names.
    assert lines_with(lines, "official-name", "North Somerset  Council") == 1
    assert Council.objects.get(gss_code="E06000024").official_name == "North Somerset Council"
    # (Spaces at the end of a cell are gone when it has been read: "Newry, Mourne and Down ".)
    assert lines_with(lines, "nice-name", "Newry, Mourne and Down") == 1
    assert lines_with(lines, "nice-name", "Rhondda Cynon Taff") == 1
    assert Council.objects.get(gss_code="W06000016").name == "Rhondda Cynon Taf"
    assert lines_with(lines, "gov-uk-slug", "shepway") == lines_with(lines, "gov-uk-slug", "st.-helens") == 1
    blank = [cells for cells in lines.values() if not cells["end-date"] and not cells["gov-uk-slug"]]
    assert len([cells for cells in blank if cells["local-authority-type"] not in {"COMB", "SRA"}]) == 11
    assert not Council.objects.filter(slug="").exists()
    assert lines_with(lines, "area", "1338.0") == 1


def lines_with(lines, column, value):
    return sum(cells[column] == value for cells in lines.values())


def check_govuk(refused):
    lines = lines_of(GOVUK)
    gone = refused["North Yorkshire and Somerset still carry county codes and names"]
    assert {lines[each["line"]]["name"] for each in gone} == {
        "North Yorkshire County Council", "Somerset County Council",
    }  # fmt: skip
    # Counties by the number of a line: every district of today has one, and its own.
    districts = Council.objects.current(date(2026, 11, 1)).filter(council_type="district")
    assert districts.filter(parent__council_type="county").count() == 164
    assert Council.objects.get(gss_code="E07000223").parent.name == "West Sussex"
    # It writes four names in another way; their codes and counties are right, and the register's names stay.
    for told, official_name in [
        ("Borough of Broxbourne", "Broxbourne Borough Council"),
        ("Derby City", "Derby City Council"),
        ("Doncaster Metropolitan Borough Council", "City of Doncaster Council"),
        ("Borough Council of Kings Lynn and West Norfolk", "Borough Council of King's Lynn and West Norfolk"),
    ]:
        gss_code = next(cells["gss"] for cells in lines.values() if cells["name"] == told)
        assert Council.objects.get(gss_code=gss_code).official_name == official_name
    # It leaves out Borough here and adds District there; the register's names stay.
    assert Council.objects.get(name="East Suffolk").official_name == "East Suffolk Council"
    assert Council.objects.get(name="Newcastle-under-Lyme").official_name == "Newcastle-under-Lyme Borough Council"


def check_neighbours():
    near = Counter(Neighbour.objects.filter(set="any").values_list("council", flat=True))
    assert (len(near), set(near.values())) == (382, {20})
    assert BY_NAME[ONS][0].startswith(b"\xef\xbb\xbf")
    # Counties are like unitaries there, and none was refused for it.
    of_counties = Neighbour.objects.filter(set="any", council__council_type="county")
    assert of_counties.filter(neighbour__council_type="unitary").exists()
    # The sheet has three lines above its first, notes below its last, and no districts.
    childrens = Neighbour.objects.filter(set="childrens")
    assert childrens.values("council").distinct().count() == 153
    assert not childrens.filter(council__council_type="district").exists()


def check_control(later, earlier):
    lines = lines_of(LATER)

    def names(fault, column="authority"):
        return {lines[refusal["line"]][column] for refusal in later[fault]}

    assert names("Guildford LD min with 25 of 48") == {"Guildford"}
    assert names("Torridge IND with 13 of 36; Havering, Mansfield and Thanet alike") == {
        "Torridge", "Havering", "Mansfield", "Thanet",
    }  # fmt: skip
    assert names("Northern Ireland as NULL", "year") == {"2026"}
    assert names("includes East and West Surrey") == {"East Surrey", "West Surrey"}
    assert names("shadow councils of May 2022: years before a council existed") == {
        "Cumberland", "North Yorkshire", "Somerset", "Westmorland and Furness",
    }  # fmt: skip
    # One vocabulary: Con and CON are no change of control.
    controls = set(PoliticalControl.objects.values_list("control", flat=True))
    assert {"Conservative", "Conservative minority", "No overall control: Conservative largest"} <= controls
    assert not {each for each in controls if each.startswith(("Con ", "CON", "LAB", "LD"))}
    # Three names changed from year to year; the councils did not.
    renamed = [("Buckinghamshire CC", "Buckinghamshire", 4), ("City of London", "City of London", 11)]
    for told, name, years in [*renamed, ("Shetland", "Shetland Islands", 11)]:
        assert lines_with(lines, "authority", told)
        council = Council.objects.filter(name=name).order_by("start_on")[0]
        assert (name, council.controls.filter(year__gte=2016).count()) == (name, years)

    lines = lines_of(EARLIER)
    double = earlier["36 duplicate authority-years (Durham county and city share a name)"]
    assert {lines[each["line"]]["authority"] for each in double} == {"Durham"}
    assert len({lines[each["line"]]["year"] for each in double}) == 36
    # Names that the register does not hold are of councils gone before it begins, and none is a council of today
    # under another name: those have lines to the end of the file, and in every year.
    unknown = earlier["councils that ended by April 2009"]
    last = {}
    for each in unknown:
        cells = lines[each["line"]]
        last[cells["authority"]] = max(int(cells["year"]), last.get(cells["authority"], 0))
    assert (len(last), max(last.values())) == (150, 2008)
    assert Council.objects.get(name="Folkestone and Hythe").controls.filter(year__lte=2015).count() == 42
    there = Council.objects.exclude(start_on__gt=date(2015, 5, 1)).exclude(nation=Nation.NORTHERN_IRELAND)
    without = there.exclude(controls__year=2015).values_list("name", flat=True)
    # Two councils without parties are not in the file.
    assert set(without) == {"City of London", "Isles of Scilly"}
    # Of a party without a column of its own the seats are counted under "other".
    assert Council.objects.get(name="Thanet").controls.get(year=2015).control == "UKIP"
    assert not any("Scilly" in cells["authority"] or "of London" in cells["authority"] for cells in lines.values())
    # Years before: what the register has from its day has a line for each year after it.
    assert Council.objects.get(gss_code="E06000026").controls.filter(year__lte=2015).count() == 18
    assert set(PoliticalControl.objects.filter(year__lt=1974).values_list("council__council_type", flat=True)) == {
        CouncilType.LONDON_BOROUGH
    }
    # What a line says of seats is whole: none has more than its council.
    assert Seats.objects.filter(year=2015, council__name="Plymouth").count() > 1


def check_bank_holidays():
    # Nothing that the rule does not know: Scotland's day of 2026 is one of its own.
    assert not BankHolidayChange.objects.exists()
    events = json.loads(BY_NAME[HOLIDAYS][0])
    assert [len(events[division]["events"]) for division in ("england-and-wales", "scotland", "northern-ireland")] == [
        140, 158, 174,
    ]  # fmt: skip
    football = date(2026, 6, 15)
    assert football in bank_holidays(2026, SCOTLAND)
    assert not any(football in bank_holidays(2026, nation) for nation in (ENGLAND, WALES, NORTHERN_IRELAND))
