"""The text of a list is kept: its rows never are, and nobody gets the text of another."""

from __future__ import annotations

from datetime import date

import pytest

from councils.models import Council
from cpc.components import list_sql
from cpc.components.list_sql import KeptStatement, rows_of, rows_of_each
from tests.counting import captured_queries
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    list_sql._statement.cache_clear()


def names(key: object = "all", **narrowed: str) -> list[tuple]:
    return rows_of(
        ("test", key, *sorted(narrowed.items())),
        lambda: Council.objects.filter(**narrowed).order_by("name").values_list("name", "nation"),
    )


def test_rows_are_read_anew_each_time_and_cost_one_statement():
    assert names() == []
    for number, name in enumerate(["Alder", "Birch", "Cedar", "100% King's Lynn"], start=1):
        make_council(name=name)
        read: list[list[tuple]] = []
        assert len(captured_queries(lambda: read.append(names()))) == 1  # noqa: B023 - called at once
        assert len(read[0]) == number
        assert (name, "England") in read[0]


def test_each_time_it_is_a_plain_statement_that_leaves_nothing_behind():
    make_council(name="Alder")
    said = [captured_queries(names)[0] for _ in range(4)]
    assert {each.split()[0] for each in said} == {"SELECT"}
    assert len(set(said)) == 1


def test_values_are_part_of_the_key_and_cannot_break_out():
    make_council(name="Alder")
    make_council(name="'; DROP TABLE councils_council; --")
    for _ in range(3):
        assert [row[0] for row in names(name="Alder")] == ["Alder"]
        assert [row[0] for row in names(name="'; DROP TABLE councils_council; --")] == [
            "'; DROP TABLE councils_council; --"
        ]
        assert names(name="50%s") == []


def test_several_lists_are_one_question_and_keep_their_places():
    make_council(name="Alder")
    none = ("none", lambda: Council.objects.none().values_list("name"))
    some = ("some", lambda: Council.objects.values_list("name"))
    read: list[list[list[tuple]]] = []
    assert len(captured_queries(lambda: read.append(rows_of_each(none, some, none, some)))) == 1
    assert read == [[[], [("Alder",)], [], [("Alder",)]]]


def test_a_list_of_nothing_asks_nothing():
    assert captured_queries(lambda: rows_of("none", lambda: Council.objects.none().values_list("name"))) == []


def test_what_was_read_while_the_text_is_made_would_be_kept_and_is_refused():
    make_council(name="Alder")
    with pytest.raises(RuntimeError, match="must not ask the database"):
        rows_of("asks", lambda: Council.objects.filter(pk__in=list(Council.objects.values_list("pk", flat=True))))


def test_a_kept_statement_is_made_once_and_asked_with_other_values():
    made: list[dict] = []

    def make(number: int, day: date):
        made.append({"number": number, "day": day})
        return Council.objects.filter(pk=number).exclude(start_on__gt=day).values_list("name")

    kept = KeptStatement(make, number=int, day=date)
    alder = make_council(name="Alder", start_on=date(2009, 4, 1))
    birch = make_council(name="Birch", start_on=date(2009, 4, 1))
    today = date(2026, 11, 17)
    assert kept.rows(number=alder.pk, day=today) == [("Alder",)]
    assert kept.rows(number=birch.pk, day=today) == [("Birch",)]
    assert kept.rows(number=birch.pk, day=date(1, 1, 9)) == []
    assert len(made) == 1


def test_a_kept_statement_that_swallows_a_value_is_refused():
    kept = KeptStatement(lambda number: Council.objects.filter(pk=number + 1).values_list("name"), number=int)
    with pytest.raises(RuntimeError, match="does not hang on number"):
        kept.rows(number=1)
