"""The pages of an import in each of its states in a browser: with JavaScript and without, wide and on the narrowest phone."""

from datetime import date

import pytest
from django.urls import reverse

from councils.imports import services
from councils.imports.applying import carry_out
from councils.imports.services import check_file
from councils.models import ImportRun, PoliticalControl
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.councils.imports.test_services import CONTENT
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOW = "2026-11-01T12:00Z"
LONG = f"{'x' * 90} {'y' * 90}.csv"


def make_run(**state):
    make_council(name="Adur", start_on=date(1974, 4, 1))
    make_council(name="Gone", gss_code="E10000002", slug="gone", end_on=date(2009, 3, 31))
    content = CONTENT + b"4,Adur,1990,1,1,0,0,0,0,Con,Con\n5,Avon,1990,1,1,0,0,0,0,Con,Con\n"
    run = check_file(source="control_history", file_name=LONG, content=content, by=None)
    assert (run.refused, run.outside) == (1, 1)
    ImportRun.objects.filter(pk=run.pk).update(**state)
    return run


STATES = [
    {"state": "to_apply", "asked_at": NOW},
    {"state": "applying", "asked_at": NOW, "changes_made": 2000, "changes_total": 62867},
    {"state": "undoing", "asked_at": NOW, "changes_made": 2000, "changes_total": 62867},
    {"state": "broken", "failure": "The service made a mistake (ZeroDivisionError). Nothing was changed."},
    {"state": "applied", "applied_at": NOW, "kept": 1, "failure": "Nothing was undone, because someone changed this."},
    {"state": "discarded", "scan_state": "infected", "scanned_at": NOW, "failure": "A virus was found in this file."},
]


def test_every_state_is_shown_to_everybody(open_page):
    run = make_run()
    detail = reverse("councils:import-detail", args=[run.pk])
    keeper = make_user("programme_manager")
    wide, narrow = open_page(keeper), open_page(keeper, width=320)
    pages = [detail + "?show=outside", reverse("councils:import-list")]
    for state in STATES:
        ImportRun.objects.filter(pk=run.pk).update(**state)
        for url in [detail, *pages]:
            wide.goto(url)
            assert_accessible(wide)
            narrow.goto(url)
            assert_no_sideways_scroll(narrow)
        pages = []
    ImportRun.objects.filter(pk=run.pk).update(**STATES[4])
    for name in ("apply", "undo"):
        wide.goto(reverse(f"councils:import-{name}", args=[run.pk]))
        assert_accessible(wide)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_is_applied_and_undone(open_page, javascript, monkeypatch):
    monkeypatch.setattr(services, "ASKED_HINTS", [])
    run = make_run()
    page = open_page(make_user("programme_manager"), width=320, javascript=javascript)
    page.goto(reverse("councils:import-detail", args=[run.pk]))
    for name, done in (("Apply", "applied"), ("Undo", "undone")):
        page.locator("main").get_by_role("button", name=name, exact=True).click()
        page.locator("main").get_by_role("button", name=name, exact=True).click()
        assert f"The import is waiting to be {done}" in page.locator("main").inner_text()
        carry_out(run_id=run.pk)
        page.get_by_role("link", name="Look again").click()
        assert "Look again" not in page.locator("main").inner_text()
        assert PoliticalControl.objects.count() == (3 if done == "applied" else 0)
    assert "Undone" in page.locator("main").inner_text()
