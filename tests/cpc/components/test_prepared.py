"""Statements that are kept: the rows never are, and nobody gets the statement of another."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from councils.models import Council
from cpc.components import prepared
from cpc.components.prepared import rows_of
from tests.counting import captured_queries
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_held():
    prepared._statement.cache_clear()
    prepared._held.clear()


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


def test_from_the_third_time_on_the_connection_runs_what_it_holds():
    make_council(name="Alder")
    said = [captured_queries(names)[0].split()[0] for _ in range(4)]
    assert said == ["SELECT", "PREPARE", "EXECUTE", "EXECUTE"]


def test_values_are_part_of_the_key_and_cannot_break_out():
    make_council(name="Alder")
    make_council(name="'; DROP TABLE councils_council; --")
    for _ in range(3):
        assert [row[0] for row in names(name="Alder")] == ["Alder"]
        assert [row[0] for row in names(name="'; DROP TABLE councils_council; --")] == [
            "'; DROP TABLE councils_council; --"
        ]
        assert names(name="50%s") == []


def test_a_list_of_nothing_asks_nothing():
    assert captured_queries(lambda: rows_of("none", lambda: Council.objects.none().values_list("name"))) == []


def test_a_connection_lets_go_of_all_when_it_holds_many(monkeypatch):
    monkeypatch.setattr(prepared, "MOST_HELD", 3)
    make_council(name="Alder")
    for turn in range(3):
        for number in range(5):
            assert names(number) == [("Alder", "England")], turn
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'list_%'")
        assert cursor.fetchone()[0] <= 3


def test_what_a_rolled_back_transaction_prepared_is_still_held():
    make_council(name="Alder")
    names()
    with transaction.atomic():
        names()
        transaction.set_rollback(True)
    assert names() == [("Alder", "England")]
