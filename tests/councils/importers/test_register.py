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


def test_a_change_in_the_file_is_one_change_and_what_an_administrator_chose_stays(tmp_path):
    path = tmp_path / "register.csv"
    old = {"gss_code": "X1", "end_on": "2020-03-31", "successor_codes": "X2", "former_codes": "Y1"}
    load(write(path, old, {"gss_code": "X2"}), apply=True)
    Council.objects.filter(gss_code="X2").update(in_programme=False)
    moved = old | {"name": "Shire", "end_on": "2021-03-31", "former_codes": "Y2"}
    result = load(write(path, moved, {"gss_code": "X2"}), apply=True)
    assert (result.added, result.changed, result.unchanged) == (0, 1, 1)
    council = Council.objects.get(gss_code="X1")
    assert (council.name, council.version) == ("Shire", 1)
    assert Succession.objects.get().on == date(2021, 4, 1)
    assert [each.code for each in council.former_codes.all()] == ["Y2"]
    assert Council.objects.get(gss_code="X2").in_programme is False


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
