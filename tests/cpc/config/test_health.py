"""Alive needs nothing; ready says what is away, within two seconds, and refuses only where no page can be served."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import OperationalError

from cpc.config import health
from cpc.config.health import GOOD, Part

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def parts(monkeypatch):
    found = health.parts()
    monkeypatch.setattr(health, "PARTS", found)
    return found


def away():
    raise OperationalError("gone")


def test_alive_asks_nothing(client, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(health, "PARTS", {})
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


def test_ready_when_everything_answers(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.json()
    parts = answer.json()["parts"]
    assert parts["database"] == parts["migrations"] == parts["files"] == GOOD
    assert parts["scanner"] == "not set up"


@pytest.mark.parametrize("name", ["database", "migrations"])
def test_not_ready_without_the_database_or_its_migrations(client, parts, name):
    parts[name].ask = away
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"][name] == "away (OperationalError)"


@pytest.mark.parametrize("name", ["cache and queue", "mail", "scanner", "files"])
def test_ready_but_named_where_pages_go_on_without_it(client, parts, name):
    parts[name].ask = away
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"][name]) == (200, "away (OperationalError)")


def test_migrations_that_wait_are_counted(client, monkeypatch):
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [1, 2])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["migrations"]) == (503, "2 not applied")


def test_what_hangs_is_not_waited_for_and_not_asked_twice(client, parts):
    release, asked = threading.Event(), []

    def hang() -> str:
        asked.append(1)
        release.wait(60)
        return GOOD

    parts["database"].ask = hang
    began = time.monotonic()
    try:
        answers = [client.get("/readyz") for _ in range(3)]
        waited = time.monotonic() - began
    finally:
        release.set()
    assert [each.status_code for each in answers] == [503] * 3
    assert {each.json()["parts"]["database"] for each in answers} == {"no answer"}
    assert asked == [1]
    # Each of them gave up of its own accord, long before the part did.
    assert waited < 30


def test_what_is_only_useful_is_asked_now_and_then():
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        return GOOD

    part = Part(ask)
    for _ in range(3):
        part.begin()
        assert part.answer(time.monotonic() + 60) == GOOD
    assert asked == [1]
