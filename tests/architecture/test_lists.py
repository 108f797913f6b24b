"""Every list is a file too, the same everywhere: the same rows, readers and choice as the page, and safe cells."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client

from cpc.components.pages import ListFile, ListPage
from cpc.components.pages.lists import cell
from tests.addresses import addresses
from tests.architecture.test_views import ours
from tests.counting import count_queries
from tests.factories.world import make_world
from tests.opening import who_opens

# Lists that no file may carry out of the service.
CONFIDENTIAL = {
    "cycle:contact-log": "Talks with a council are for the advisers of its region alone.",
    "cycle:support-log": "What a council is helped with is for its own adviser alone.",
}
# Lists that are no table to take away.
NO_TABLE = {
    "composition:member-search": "One step of choosing a peer. The pool has its file.",
    "councils:import-detail": "Lines of the file that was uploaded. Those that were refused have a file of their own.",
    "reminders:own-pauses": "A sentence about oneself.",
    "reminders:plan": "What reminders would say. Their rules and the outbox have files.",
    "reminders:rule-versions": "Two versions of one rule, compared.",
    "carried:list": "A page of the recommendations with their words. The action plan holds them.",
}
# Files with an address of their own.
APART = {"audit:list", "due:list"}


def list_pages() -> dict[str, type[ListPage]]:
    found = {name: getattr(callback, "view_class", None) for _, name, callback in ours()}
    return {name: view for name, view in found.items() if view and issubclass(view, ListPage)}


def test_every_list_has_its_file_or_a_reason():
    without = {name for name, view in list_pages().items() if not view.columns}
    assert without == {*CONFIDENTIAL, *NO_TABLE, *APART}
    files = {
        callback.view_class.__module__
        for _, _, callback in ours()
        if issubclass(getattr(callback, "view_class", object), ListFile)
    }
    assert {list_pages()[name].__module__ for name in APART} <= files


def test_a_column_is_a_place_in_the_row_or_is_worked_out():
    class Row:
        name, nothing = "=1+1", None

        def get_kind_display(self) -> str:
            return "Kind"

    columns = ["name", "get_kind_display", "nothing", "nothing.name", "no_such", lambda row: row.name * 2]
    assert [cell(Row(), each) for each in columns] == ["=1+1", "Kind", "", "", "", "=1+1=1+1"]


@pytest.mark.django_db
def test_the_file_of_a_list_holds_what_its_page_lists():
    world = make_world()
    wrong: list[str] = []
    for name, view in list_pages().items():
        if not view.columns:
            continue
        url = addresses(world)[name]
        client = Client()
        client.force_login(world.fresh(who_opens(name)), backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get(url)
        assert page.status_code == 200, name
        count = page.context["page_obj"].paginator.count
        if count and "file=csv" not in page.content.decode():
            wrong.append(f"{name} offers no file")
        answer = client.get(url, {"file": "csv"})
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        book = openpyxl.load_workbook(io.BytesIO(client.get(url, {"file": "xlsx"}).content))
        if (rows[0], len(rows) - 1, book.active.max_row - 1) != (list(view.columns), count, count):
            wrong.append(f"{name}: {count} rows on the page, {len(rows) - 1} in the file")
        if count and not any(any(row) for row in rows[1:]):
            wrong.append(f"{name}: the file is empty")
        if client.get(url, {"file": "odd"})["Content-Type"] != page["Content-Type"]:
            wrong.append(f"{name}: an odd ending is no page")
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Disposition"].startswith("attachment;")
        wrong += columns_that_ask(client, url, name, view)
        # Whoever may not open the page gets no file.
        signed_out = Client().get(url, {"file": "csv"})
        if signed_out.status_code != 302:
            wrong.append(f"{name}: the file is given to anybody")
    assert wrong == [], "\n".join(wrong)


def columns_that_ask(client: Client, url: str, name: str, view: Any) -> list[str]:
    """With each row read twice, a column that asks the database for a row asks twice as often."""
    given = view.get_file_rows

    def asked(times: int) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(view, "get_file_rows", lambda self: [row for _ in range(times) for row in given(self)])
            return count_queries(lambda: client.get(url, {"file": "csv"}))

    # What reading the rows costs comes again; what their columns ask beyond that is too much.
    more = asked(2) - asked(1)
    return (
        [f"{name}: a column asks the database for each row"] if more > count_reading(client, url, view, given) else []
    )


def count_reading(client: Client, url: str, view: Any, given: Any) -> int:
    """How many statements reading the rows costs, without a column."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "columns", {"Row": lambda row: ""})
        patch.setattr(view, "get_file_rows", lambda self: list(given(self)))
        once = count_queries(lambda: client.get(url, {"file": "csv"}))
        patch.setattr(view, "get_file_rows", lambda self: [*given(self), *given(self)])
        return count_queries(lambda: client.get(url, {"file": "csv"})) - once
