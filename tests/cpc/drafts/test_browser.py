"""Words on the device: kept as they are typed, back when the page is, read by nobody else."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser import assert_accessible, assert_no_sideways_scroll, sign_in
from tests.factories.accounts import make_user

DETAILS = "/people/account/details/"
STORED = "() => JSON.stringify(localStorage)"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def type_name(page: Page, words: str) -> None:
    page.goto(DETAILS)
    page.locator("#id_full_name").fill(words)
    expect(page.get_by_text("Kept on this device")).to_be_visible()


def reopen(page: Page) -> Page:
    again = page.context.new_page()
    page.close()
    again.goto(DETAILS)
    return again


def test_a_closed_tab_loses_nothing_until_it_is_saved(open_page):
    page = open_page(user=make_user())
    type_name(page, "Sam Example")
    page = reopen(page)
    expect(page.get_by_text("is back in the form")).to_be_visible()
    expect(page.locator("#id_full_name")).to_have_value("Sam Example")
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: DETAILS not in url)
    page.goto(DETAILS)
    assert page.evaluate(STORED) == "{}"
    expect(page.get_by_text("is back in the form")).to_have_count(0)


def test_what_was_typed_is_discarded_on_purpose(open_page):
    user = make_user()
    page = open_page(user=user)
    type_name(page, "Sam Example")
    page = reopen(page)
    page.get_by_role("button", name="Discard what I typed").click()
    expect(page.locator("#id_full_name")).to_have_value(user.full_name)
    assert page.evaluate(STORED) == "{}"


def test_without_network_nothing_is_sent_and_nothing_lost(open_page):
    page = open_page(user=make_user())
    type_name(page, "Sam Example")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("There is no network")).to_be_visible()
    expect(page.locator("#id_full_name")).to_have_value("Sam Example")
    page.context.set_offline(False)
    page = reopen(page)
    expect(page.locator("#id_full_name")).to_have_value("Sam Example")


def test_a_page_that_says_no_shows_the_words_once_to_be_copied(open_page):
    page = open_page(user=make_user(), width=320)
    type_name(page, "Sam Example")
    page.evaluate("() => document.querySelector('main form').elements.csrfmiddlewaretoken.value = 'a'.repeat(64)")
    page.get_by_role("button", name="Save").click()
    box = page.get_by_label("Full name")
    expect(box).to_have_value("Sam Example")
    expect(box).not_to_be_editable()
    expect(page.locator("#kept-on-device")).to_have_count(0)
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_leaving_with_unsaved_words_asks(open_page):
    page = open_page(user=make_user())
    page.goto(DETAILS)
    page.locator("#id_full_name").press_sequentially("Sam")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(lambda url: DETAILS not in url)
    assert asked == ["beforeunload"]


def test_a_shared_computer_shows_nothing_to_the_next_person(open_page, live_server):
    user, other = make_user(), make_user()
    page = open_page(user=user)
    type_name(page, "Sam Example")
    sign_in(page.context, other, live_server.url)
    page = reopen(page)
    expect(page.locator("#id_full_name")).to_have_value(other.full_name)
    stored = page.evaluate(STORED)
    assert "Sam" not in stored and "people" not in stored
    assert set(json.loads(next(iter(json.loads(stored).values())))) == {"at", "iv", "data"}
    # The first person comes back, and after signing out nothing is left.
    sign_in(page.context, user, live_server.url)
    page = reopen(page)
    expect(page.locator("#id_full_name")).to_have_value("Sam Example")
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")
    assert page.evaluate(STORED) == "{}"


def test_what_nobody_came_back_for_goes_after_fourteen_days(open_page):
    page = open_page(user=make_user())
    page.goto(DETAILS)
    page.evaluate("() => localStorage.setItem('draft.x.y', JSON.stringify({at: Date.now() - 15 * 24 * 3600 * 1000}))")
    page.goto(DETAILS)
    expect(page.locator(".app-draft-status")).to_have_count(1)
    assert page.evaluate(STORED) == "{}"
