"""The real register, and files that are not right."""

import csv
from collections import Counter
from datetime import date, timedelta

import pytest
from django.utils import timezone

from councils.importers.register import COLUMNS, DATA_FILE, load
from councils.models import Council, CouncilCode, Neighbour, Succession

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
    old = {"gss_code": "X1", "population": "1000", "population_year": "2020"}
    load(write(path, old, {"gss_code": "X2"}), apply=True)
    Council.objects.filter(gss_code="X2").update(in_programme=False)
    result = load(write(path, old | {"population": "1200", "rural_urban": "Rural"}, {"gss_code": "X2"}), apply=True)
    assert (result.added, result.changed, result.unchanged, result.refusals) == (0, 1, 1, [])
    council = Council.objects.get(gss_code="X1")
    assert (council.population, council.rural_urban, council.version) == (1200, "Rural", 1)
    assert Council.objects.get(gss_code="X2").in_programme is False


def test_what_people_keep_in_the_register_stays_and_the_difference_is_named(tmp_path):
    path = tmp_path / "register.csv"
    rows = [
        {"gss_code": "X1", "end_on": "2020-03-31", "successor_codes": "X2", "former_codes": "Y1"},
        {"gss_code": "X2"},
        {"gss_code": "X3", "council_type": "district", "parent_code": "X2"},
    ]
    load(write(path, *rows), apply=True)
    one, two, three = Council.objects.order_by("gss_code")
    # An administrator removes what was wrong and enters what has come to pass since.
    Succession.objects.all().delete()
    Succession.objects.create(predecessor=three, successor=two, on=date(2028, 4, 1), kind="merger")
    CouncilCode.objects.create(council=two, code="Y2", ended_on=date(2025, 3, 31))
    Council.objects.filter(pk=three.pk).update(end_on=date(2028, 3, 31), parent=None, name="Shire", election_scheme="")
    Council.objects.filter(pk=one.pk).update(end_on=None)
    before = list(Council.objects.order_by("pk").values())
    rows[2] |= {"election_scheme": "thirds", "population": "5"}
    result = load(write(path, *rows), apply=True)
    assert [str(each) for each in result.refusals] == [
        "line 2, end_on: '2020-03-31': stands as '' in the register, where it is kept",
        "line 4, name: 'Exampleshire 3': stands as 'Shire' in the register, where it is kept",
        "line 4, election_scheme: 'thirds': stands as '' in the register, where it is kept",
        "line 4, end_on: '': stands as '2028-03-31' in the register, where it is kept",
        "line 4, parent_code: 'X2': stands as '' in the register, where it is kept",
    ]
    assert (result.added, result.changed, result.unchanged) == (0, 1, 2)
    before[2] |= {"population": 5, "version": before[2]["version"] + 1}
    assert list(Council.objects.order_by("pk").values()) == before
    assert list(Succession.objects.values_list("predecessor", "successor")) == [(three.pk, two.pk)]
    assert sorted(CouncilCode.objects.values_list("code", flat=True)) == ["Y1", "Y2"]


def test_a_council_that_has_another_code_now_is_found_by_the_one_before(tmp_path):
    path = tmp_path / "register.csv"
    rows = [{"gss_code": "X1", "nearest_any_type": "X2"}, {"gss_code": "X2", "nearest_any_type": "X1"}]
    load(write(path, *rows), apply=True)
    two = Council.objects.get(gss_code="X2")
    Council.objects.filter(pk=two.pk).update(gss_code="X9")
    CouncilCode.objects.create(council=two, code="X2", ended_on=date(2025, 3, 31))
    result = load(path, apply=True)
    assert [str(each) for each in result.refusals] == [
        "line 3, gss_code: 'X2': stands as 'X9' in the register, where it is kept"
    ]
    assert (result.added, result.changed, result.unchanged) == (0, 0, 2)
    assert Council.objects.count() == Neighbour.objects.count() == 2


def test_a_new_council_comes_with_its_codes_and_successions(tmp_path):
    path = tmp_path / "register.csv"
    old = {"gss_code": "X1", "end_on": "2020-03-31", "successor_codes": "X2"}
    load(write(path, {"gss_code": "X9", "slug": "ninth"}), apply=True)
    result = load(write(path, old, {"gss_code": "X2", "former_codes": "Y2"}), apply=True)
    assert (result.added, result.changed) == (2, 0)
    assert Succession.objects.get().on == date(2020, 4, 1)
    assert CouncilCode.objects.get().council.gss_code == "X2"


def test_neighbours_of_other_sources_stay_when_the_register_comes_again(tmp_path):
    path = tmp_path / "register.csv"
    rows = [{"gss_code": "X1", "nearest_any_type": "X2"}, {"gss_code": "X2"}, {"gss_code": "X3"}]
    load(write(path, *rows), apply=True)
    one, two, three = Council.objects.order_by("gss_code")
    # The ONS names more than the register's file; the DfE has a set of its own.
    Neighbour.objects.create(council=one, set="any", rank=2, neighbour=three)
    Neighbour.objects.create(council=one, set="childrens", rank=1, neighbour=three)
    assert load(path, apply=True).changed == 0
    assert Neighbour.objects.count() == 3
    moved = load(write(path, rows[0] | {"nearest_any_type": "X3"}, *rows[1:]), apply=True)
    assert moved.changed == 1
    assert sorted(Neighbour.objects.values_list("set", "neighbour")) == [("any", three.pk), ("childrens", three.pk)]


def test_a_short_file_leaves_other_councils_alone(tmp_path):
    path = tmp_path / "register.csv"
    rows = [
        {"gss_code": "X1", "nearest_any_type": "X2", "end_on": "2020-03-31", "successor_codes": "X2"},
        {"gss_code": "X2", "nearest_any_type": "X1", "former_codes": "Y2"},
    ]
    load(write(path, *rows), apply=True)
    result = load(write(path, {"gss_code": "X3", "slug": "third"}), apply=True)
    assert (result.added, result.changed) == (1, 0)
    assert (Neighbour.objects.count(), Succession.objects.count(), CouncilCode.objects.count()) == (2, 1, 1)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("name", "", "is empty"),
        ("name", "x" * 121, "is longer than 120 characters"),
        ("slug", "Not a slug", "may hold small letters, digits and hyphens only"),
        ("slug", "exampleshire-1", "stands twice in the file"),
        ("gss_code", "X1", "stands twice in the file"),
        ("council_type", "parish", "is not one of county, district"),
        ("nation", "France", "is not one of England"),
        ("population", "9" * 30, "is not a whole number up to"),
        ("population", "-1", "is not a whole number up to"),
        ("start_on", "31/02/2020", "is not a date like 1974-04-01"),
        ("end_on", "1970-01-01", "lies before start_on"),
        ("latitude", "NaN", "is not"),
        ("longitude", "1e9", "is not"),
        ("successor_codes", "X9", "X9 is not in the file"),
        ("successor_codes", "X1", "a council that is followed needs an end_on"),
        ("nearest_any_type", "X1 X1", "names the same council twice"),
        ("parent_code", "X9", "is not in the file"),
    ],
)
def test_a_bad_row_is_named_and_the_others_stand(tmp_path, column, value, reason):
    bad = {"gss_code": "X2", "start_on": "1974-04-01"} | ({"end_on": "2020-03-31"} if value == "X9" else {})
    bad |= {column: value}
    result = load(write(tmp_path / "register.csv", {"gss_code": "X1"}, bad), apply=True)
    assert [each.line for each in result.refusals] == [3]
    refusal = result.refusals[0]
    assert (refusal.column, refusal.value) == (column, value)
    assert reason in refusal.reason
    assert [council.gss_code for council in Council.objects.all()] == ["X1"]


def test_a_slug_of_another_council_of_the_register_is_refused(tmp_path):
    load(write(tmp_path / "one.csv", {"gss_code": "X1"}), apply=True)
    result = load(write(tmp_path / "two.csv", {"gss_code": "X2"}), apply=True)
    assert [str(each) for each in result.refusals] == [
        "line 2, slug: 'exampleshire-1': belongs to X1 in the register",
    ]


def test_another_header_and_a_cut_row_are_refused(tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("name,code\nShire,X1\n", encoding="utf-8")
    assert [(each.line, each.column) for each in load(path, apply=True).refusals] == [(1, "header")]
    path.write_text(",".join(COLUMNS) + "\nX1,shire\n", encoding="utf-8")
    assert [(each.line, each.column, each.value) for each in load(path, apply=True).refusals] == [(2, "row", "X1")]
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
