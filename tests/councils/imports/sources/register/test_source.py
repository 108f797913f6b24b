"""The real register, and files that are not right."""

import csv
from collections import Counter
from datetime import date, timedelta

import pytest
from django.utils import timezone

from councils.imports.loading import load
from councils.imports.services import ChangedSince, undo_import
from councils.imports.sources.register.source import COLUMNS, DATA_FILE
from councils.models import Council, CouncilCode, ImportRun, Neighbour, PoliticalControl, Succession
from cpc.audit.models import Event

pytestmark = pytest.mark.django_db

# A day on which the facts of the file are as its README counts them.
ON = date(2026, 11, 1)


def write(path, *rows):
    """A file of the register's form; a row needs a code only."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        for number, row in enumerate(rows, 1):
            writer.writerow(
                {
                    "slug": f"exampleshire-{number}",
                    "name": f"Exampleshire {number}",
                    "official_name": f"Exampleshire {number} Council",
                    "council_type": "unitary",
                    "region": "North East",
                    "nation": "England",
                    "start_on": "1974-04-01",
                }
                | row
            )
    return path


def test_the_real_register_once_and_again():
    first = load(apply=True)
    assert (first.added, first.changed, first.unchanged, first.refusals) == (432, 0, 0, [])
    current = Council.objects.current(ON)
    assert Counter(current.values_list("nation", flat=True)) == {
        "England": 317,
        "Wales": 22,
        "Scotland": 32,
        "Northern Ireland": 11,
    }
    assert Counter(current.filter(nation="England").values_list("council_type", flat=True)) == {
        "county": 21,
        "district": 164,
        "unitary": 63,
        "metropolitan": 36,
        "london_borough": 33,
    }
    assert Council.objects.filter(end_on__lt=ON).count() == 48
    assert Council.objects.filter(start_on__gt=ON).count() == 2
    assert Council.objects.filter(council_type="district", parent=None).count() == 0
    assert Council.objects.in_programme(ON).count() == 317

    surrey = Council.objects.get(gss_code="E10000030")
    followers = surrey.succeeded_by.select_related("successor").order_by("successor__name")
    assert [(each.successor.name, each.on) for each in followers] == [
        ("East Surrey", date(2027, 4, 1)),
        ("West Surrey", date(2027, 4, 1)),
    ]
    assert Neighbour.objects.filter(council=surrey, set="same_type").count() == 10
    assert CouncilCode.objects.exists()

    again = load(apply=True)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 432)


def test_nothing_changes_unless_told_to():
    result = load()
    assert result.added == 432
    assert Council.objects.count() == Succession.objects.count() == 0


def test_what_is_counted_is_taken_and_what_an_administrator_chose_stays(tmp_path):
    path = tmp_path / "register.csv"
    old = {"gss_code": "E06000901", "population": "1000", "population_year": "2020"}
    load(write(path, old, {"gss_code": "E06000902"}), apply=True)
    Council.objects.filter(gss_code="E06000902").update(in_programme=False)
    result = load(
        write(path, old | {"population": "1200", "rural_urban": "Rural"}, {"gss_code": "E06000902"}), apply=True
    )
    assert (result.added, result.changed, result.unchanged, result.refusals) == (0, 1, 1, [])
    council = Council.objects.get(gss_code="E06000901")
    assert (council.population, council.rural_urban, council.version) == (1200, "Rural", 1)
    assert Council.objects.get(gss_code="E06000902").in_programme is False


def test_what_people_keep_in_the_register_stays_and_the_difference_is_named(tmp_path):
    path = tmp_path / "register.csv"
    rows = [
        {"gss_code": "E06000901", "end_on": "2020-03-31", "successor_codes": "E06000902", "former_codes": "E06000801"},
        {"gss_code": "E06000902"},
        {"gss_code": "E07000903", "council_type": "district", "parent_code": "E10000904"},
        {"gss_code": "E10000904", "council_type": "county"},
    ]
    load(write(path, *rows), apply=True)
    one, two, three, _ = Council.objects.order_by("gss_code")
    # An administrator removes what was wrong and enters what has come to pass since.
    Succession.objects.all().delete()
    Succession.objects.create(predecessor=three, successor=two, on=date(2028, 4, 1), kind="merger")
    CouncilCode.objects.create(council=two, code="E06000802", ended_on=date(2025, 3, 31))
    Council.objects.filter(pk=three.pk).update(end_on=date(2028, 3, 31), parent=None, name="Shire", election_scheme="")
    Council.objects.filter(pk=one.pk).update(end_on=None)
    before = list(Council.objects.order_by("pk").values())
    rows[2] |= {"election_scheme": "thirds", "population": "5000"}
    result = load(write(path, *rows), apply=True)
    assert [str(each) for each in result.refusals] == [
        "line 2, end_on: '2020-03-31': is recorded as '' in the register, which is kept",
        "line 4, name: 'Exampleshire 3': is recorded as 'Shire' in the register, which is kept",
        "line 4, election_scheme: 'thirds': is recorded as '' in the register, which is kept",
        "line 4, parent_code: 'E10000904': is recorded as '' in the register, which is kept",
    ]
    assert (result.added, result.changed, result.unchanged) == (0, 1, 3)
    changed = next(each for each in before if each["id"] == three.pk)
    changed |= {"population": 5000, "version": changed["version"] + 1}
    assert list(Council.objects.order_by("pk").values()) == before
    assert list(Succession.objects.values_list("predecessor", "successor")) == [(three.pk, two.pk)]
    assert sorted(CouncilCode.objects.values_list("code", flat=True)) == ["E06000801", "E06000802"]


def test_a_council_that_has_another_code_now_is_found_by_the_one_before(tmp_path):
    path = tmp_path / "register.csv"
    rows = [
        {"gss_code": "E06000901", "nearest_any_type": "E06000902"},
        {"gss_code": "E06000902", "nearest_any_type": "E06000901"},
    ]
    load(write(path, *rows), apply=True)
    two = Council.objects.get(gss_code="E06000902")
    Council.objects.filter(pk=two.pk).update(gss_code="E06000909")
    CouncilCode.objects.create(council=two, code="E06000902", ended_on=date(2025, 3, 31))
    result = load(path, apply=True)
    assert [str(each) for each in result.refusals] == [
        "line 3, gss_code: 'E06000902': is recorded as 'E06000909' in the register, which is kept"
    ]
    assert (result.added, result.changed, result.unchanged) == (0, 0, 2)
    assert Council.objects.count() == Neighbour.objects.count() == 2


def test_a_new_council_comes_with_its_codes_and_successions(tmp_path):
    path = tmp_path / "register.csv"
    old = {"gss_code": "E06000901", "end_on": "2020-03-31", "successor_codes": "E06000902"}
    load(write(path, {"gss_code": "E06000909", "slug": "ninth"}), apply=True)
    result = load(write(path, old, {"gss_code": "E06000902", "former_codes": "E06000802"}), apply=True)
    assert (result.added, result.changed) == (2, 0)
    assert Succession.objects.get().on == date(2020, 4, 1)
    assert CouncilCode.objects.get().council.gss_code == "E06000902"


def test_neighbours_of_other_sources_stay_when_the_register_comes_again(tmp_path):
    path = tmp_path / "register.csv"
    rows = [
        {"gss_code": "E06000901", "nearest_any_type": "E06000902"},
        {"gss_code": "E06000902"},
        {"gss_code": "E06000903"},
    ]
    load(write(path, *rows), apply=True)
    one, _, three = Council.objects.order_by("gss_code")
    # The ONS names more than the register's file; the DfE has a set of its own.
    Neighbour.objects.create(council=one, set="any", rank=2, neighbour=three)
    Neighbour.objects.create(council=one, set="childrens", rank=1, neighbour=three)
    assert load(path, apply=True).changed == 0
    assert Neighbour.objects.count() == 3
    moved = load(write(path, rows[0] | {"nearest_any_type": "E06000903"}, *rows[1:]), apply=True)
    assert moved.changed == 1
    assert sorted(Neighbour.objects.values_list("set", "neighbour")) == [("any", three.pk), ("childrens", three.pk)]


def test_a_short_file_leaves_other_councils_alone(tmp_path):
    path = tmp_path / "register.csv"
    rows = [
        {
            "gss_code": "E06000901",
            "nearest_any_type": "E06000902",
            "end_on": "2020-03-31",
            "successor_codes": "E06000902",
        },
        {"gss_code": "E06000902", "nearest_any_type": "E06000901", "former_codes": "E06000802"},
    ]
    load(write(path, *rows), apply=True)
    result = load(write(path, {"gss_code": "E06000903", "slug": "third"}), apply=True)
    assert (result.added, result.changed) == (1, 0)
    assert (Neighbour.objects.count(), Succession.objects.count(), CouncilCode.objects.count()) == (2, 1, 1)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("name", "", "is empty"),
        ("name", "x" * 121, "is longer than 120 characters"),
        ("slug", "Not a slug", "may hold small letters, digits and hyphens only"),
        ("slug", "exampleshire-1", "is in the file twice"),
        ("gss_code", "E06000901", "is in the file twice"),
        ("council_type", "parish", "is not one of county, district"),
        ("nation", "France", "is not one of England"),
        ("population", "9" * 30, "is not a whole number up to"),
        ("population", "-1", "is not a whole number up to"),
        ("start_on", "31/02/2020", "is not a date like"),
        ("end_on", "1970-01-01", "lies before start_on"),
        ("latitude", "NaN", "needs its longitude"),
        ("longitude", "1e9", "needs its latitude"),
        ("successor_codes", "E06000901", "a council that is followed needs an end_on"),
        ("nearest_any_type", "E06000901 E06000901", "names the same council twice"),
        ("parent_code", "E06000909", "only a district has a county"),
    ],
)
def test_a_bad_row_is_named_and_the_others_stand(tmp_path, column, value, reason):
    bad = {"gss_code": "E06000902", "start_on": "1974-04-01"}
    bad |= {column: value}
    result = load(write(tmp_path / "register.csv", {"gss_code": "E06000901"}, bad), apply=True)
    assert [each.line for each in result.refusals] == [3]
    refusal = result.refusals[0]
    assert (refusal.column, refusal.value) == (column, value)
    assert reason in refusal.reason
    assert [council.gss_code for council in Council.objects.all()] == ["E06000901"]


def test_a_slug_of_another_council_of_the_register_is_refused(tmp_path):
    load(write(tmp_path / "one.csv", {"gss_code": "E06000901"}), apply=True)
    result = load(write(tmp_path / "two.csv", {"gss_code": "E06000902"}), apply=True)
    assert [str(each) for each in result.refusals] == [
        "line 2, slug: 'exampleshire-1': belongs to E06000901 in the register",
    ]


def test_another_header_and_a_cut_row_are_refused(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("name,code\nShire,E06000901\n", encoding="utf-8")
    assert [(each.line, each.column) for each in load(path, apply=True).refusals] == [(1, "file")]
    path.write_text(",".join(COLUMNS) + "\nX1,shire\n", encoding="utf-8")
    assert [(each.line, each.column, each.value) for each in load(path, apply=True).refusals] == [
        (2, "row", "X1, shire")
    ]
    assert not Council.objects.exists()


def test_our_file_leaves_out_what_may_not_be_shared():
    assert "councillors" not in DATA_FILE.read_text(encoding="utf-8")


def test_current_counts_first_and_last_day():
    today = timezone.localdate()
    day = timedelta(days=1)
    Council.objects.bulk_create(
        Council(gss_code=code, slug=code.lower(), name=code, start_on=start, end_on=end)
        for code, start, end in [
            ("FIRST", today, None),
            ("LAST", None, today),
            ("OVER", None, today - day),
            ("SOON", today + day, None),
        ]
    )
    assert {council.gss_code: council.status for council in Council.objects.all()} == {
        "FIRST": "current",
        "LAST": "current",
        "OVER": "abolished",
        "SOON": "planned",
    }
    assert set(Council.objects.current().values_list("gss_code", flat=True)) == {"FIRST", "LAST"}


HARLOW = {
    "gss_code": "E07000073",
    "council_type": "district",
    "parent_code": "E10000012",
    "population": "93577",
    "population_year": "2023",
    "latitude": "51.7668",
    "longitude": "0.1115",
    "nearest_any_type": "E10000012",
    "nearest_same_type": "E10000012",
}
ESSEX = {"gss_code": "E10000012", "council_type": "county"}


@pytest.fixture
def harlow(tmp_path):
    path = tmp_path / "register.csv"
    load(write(path, ESSEX, HARLOW), apply=True)
    return path


def state():
    return (
        list(Council.objects.order_by("pk").values()),
        sorted(Neighbour.objects.values_list("council", "set", "rank", "neighbour")),
    )


@pytest.mark.parametrize(
    "emptied", [["population"], ["nearest_any_type", "nearest_same_type"], ["latitude", "longitude"]]
)
def test_an_empty_cell_says_nothing(harlow, emptied):
    before = state()
    result = load(write(harlow, ESSEX, HARLOW | dict.fromkeys(emptied, "")), apply=True)
    assert (result.changed, result.refusals, result.differences) == (0, [], [])
    assert state() == before


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"population": "0"}, "population", "is no number of people"),
        ({"latitude": "0.1115", "longitude": "51.7668"}, "latitude", "no place in the United Kingdom"),
        ({"latitude": "0", "longitude": "0"}, "latitude", "no place in the United Kingdom"),
        ({"longitude": ""}, "latitude", "needs its longitude"),
        ({"latitude": "55.7668"}, "latitude", "from where the register has the council"),
        ({"population": "93 577 (est.)"}, "population", "is not a whole number"),
        ({"name": "CafÃ© â€“ Vale"}, "name", "holds garbled letters: “Café – Vale” may be meant"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(harlow, cells, column, reason):
    before = state()
    result = load(write(harlow, ESSEX, HARLOW | cells), apply=True)
    assert [(each.line, each.column) for each in result.refusals] == [(3, column)]
    assert reason in result.refusals[0].reason
    assert state() == before


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"gss_code": "ABCDEFGHI", "slug": "westmere"}, "gss_code", "is no code of a council"),
        ({"gss_code": "E06000999", "council_type": "metropolitan"}, "gss_code", "which begins with E08"),
        ({"gss_code": "W06000999", "council_type": "welsh_unitary"}, "nation", "it is of Wales"),
        ({"gss_code": "E06000999", "start_on": "", "end_on": "2020-03-31"}, "end_on", "needs a first"),
        (
            {"gss_code": "E08000999", "council_type": "metropolitan", "parent_code": "E10000012"},
            "parent_code",
            "only a district has a county",
        ),
        ({"gss_code": "E07000999", "council_type": "district"}, "parent_code", "a district needs a county"),
        (
            {"gss_code": "E07000999", "council_type": "district", "parent_code": "E07000073"},
            "parent_code",
            "is not a county",
        ),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_new_council_that_cannot_be_is_refused(tmp_path, is_first, cells, column, reason):
    path = tmp_path / "register.csv"
    if not is_first:
        load(write(path, ESSEX, HARLOW), apply=True)
    result = load(write(path, ESSEX, HARLOW, cells), apply=True)
    assert [(each.line, each.column) for each in result.refusals] == [(4, column)]
    assert reason in result.refusals[0].reason
    assert Council.objects.count() == 2


def test_one_bad_line_refuses_no_other_that_names_its_council(harlow):
    result = load(write(harlow, ESSEX | {"gss_code": ""}, HARLOW | {"population": "94000"}), apply=True)
    assert [(each.line, each.column, each.reason) for each in result.refusals] == [(2, "gss_code", "is empty")]
    assert (result.changed, Council.objects.get(gss_code="E07000073").population) == (1, 94000)


def test_a_council_that_nobody_knows_costs_a_line_its_list_only(tmp_path):
    rows = [ESSEX, HARLOW | {"nearest_any_type": "E10000012 E09000033"}]
    result = load(write(tmp_path / "register.csv", *rows), apply=True)
    assert [(each.line, each.column) for each in result.refusals] == [(3, "nearest_any_type")]
    assert "E09000033 is neither in the file nor in the register" in result.refusals[0].reason
    assert (result.added, list(Neighbour.objects.values_list("set", flat=True))) == (2, ["same_type"])


def test_a_file_that_is_cut_inside_quotation_marks_is_refused_whole(harlow):
    text = harlow.read_text(encoding="utf-8") + 'E06000999,"Cut'
    harlow.write_text(text, encoding="utf-8")
    result = load(harlow, apply=True)
    assert [(each.line, each.column) for each in result.refusals] == [(1, "file")]
    assert "line 4 has a quotation mark that is never closed" in result.refusals[0].reason
    assert not result.is_applied


def test_a_line_feed_inside_a_cell_is_a_blank(harlow):
    rows = [ESSEX, HARLOW, {"gss_code": "E06000999", "official_name": "Harrowdale\nCouncil"}]
    assert load(write(harlow, *rows), apply=True).refusals == []
    assert Council.objects.get(gss_code="E06000999").official_name == "Harrowdale Council"


def test_a_byte_that_is_no_letter_costs_its_line(harlow):
    content = write(harlow, ESSEX, HARLOW | {"population": "94000"}, {"gss_code": "E06000999", "name": "Ynys Môn"})
    content.write_bytes(content.read_bytes().replace("ô".encode(), b"\xff").replace(b"Exampleshire 1,", "Éx,".encode()))
    result = load(harlow, apply=True)
    assert [(each.line, each.column) for each in result.refusals] == [(4, "name"), (2, "name")]
    assert "no letter in UTF-8" in result.refusals[0].reason
    assert result.changed == 1


def test_a_header_without_lines_is_said(tmp_path):
    result = load(write(tmp_path / "register.csv"), apply=True)
    assert [str(each) for each in result.refusals] == ["line 1, file: '': holds no lines under its header"]
    assert not ImportRun.objects.exists()


def test_a_load_is_listed_told_line_by_line_recorded_and_undone(harlow):
    before = state()
    result = load(write(harlow, ESSEX, HARLOW | {"population": "94000"}, {"gss_code": "E06000999"}), apply=True)
    assert result.differences == [
        "line 3: Exampleshire 2: Population: 93577 becomes 94000",
        "line 4: Exampleshire 3: added",
    ]
    run = ImportRun.objects.first()
    assert (run.source, run.state, run.added, run.changed) == ("register", "applied", 1, 1)
    assert Event.objects.filter(verb="import_applied", data__import_id=run.pk).exists()
    undo_import(run=run, by=None)
    assert state()[1] == before[1]
    told = [{name: value for name, value in row.items() if name != "version"} for row in state()[0]]
    assert told == [{name: value for name, value in row.items() if name != "version"} for row in before[0]]


def test_a_council_on_which_something_hangs_is_not_taken_back(harlow):
    run = ImportRun.objects.get()
    PoliticalControl.objects.create(council=Council.objects.get(gss_code="E07000073"), year=2024, control="Labour")
    with pytest.raises(ChangedSince):
        undo_import(run=run, by=None)
    assert Council.objects.count() == 2
