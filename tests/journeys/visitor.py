"""Somebody at a browser, who reads labels and presses buttons. Each page that they meet for the first time is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from playwright.sync_api import Error, Locator, Page, expect

from tests.browser import assert_accessible, assert_no_sideways_scroll, take_picture


class Visitor:
    """`seen` holds the kinds of page that were checked already; all visitors of a journey share it.

    The checks are scripts themselves, so they are left out where the browser runs none.
    """

    def __init__(self, page: Page, seen: set[str], *, name: str, checks: bool = True) -> None:
        self.page, self.seen, self.name, self.checks = page, seen, name, checks

    @contextmanager
    def on_this_page(self) -> Iterator[None]:
        """What the page offers is told when something was not found on it: a time-out alone says nothing."""
        try:
            yield
        except (Error, AssertionError) as error:
            text = self.page.locator("main").inner_text()[:3000]
            names = [each.inner_text() for each in self.page.locator("main a, main button, main legend").all()]
            raise AssertionError(f"{self.name} at {self.page.url}: {error}\n{text}\nOffers: {names}") from error

    def look(self) -> None:
        """No error page, nothing inaccessible, nothing wider than the window."""
        path = re.sub(r"\d+", "0", self.page.url.split("?")[0].split("/", 3)[3])
        expect(self.page.locator("h1")).to_have_count(1)
        if self.checks and path not in self.seen:
            self.seen.add(path)
            assert_no_sideways_scroll(self.page)
            assert_accessible(self.page)

    def open(self, address: str) -> Visitor:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{self.name} at {address}: {answer.status}"
        self.look()
        return self

    def refused(self, address: str) -> None:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status in {403, 404}, f"{self.name} must not open {address}"

    def follow(self, text: str, *, beside: str = "") -> Visitor:
        """Click a link (some look like buttons); `beside` chooses one of many by the words of its row or card."""
        main = self.page.locator("main")
        if beside:
            main = main.locator("tr, li, .app-plan, .app-card, .govuk-summary-list__row", has_text=beside).last
        link = main.get_by_role("link", name=text, exact=True).or_(main.get_by_role("button", name=text, exact=True))
        if not link.count():
            # Words for a screen reader may follow: "Change" is read as "Change recommendation 2".
            name = re.compile(f"^{re.escape(text)}")
            link = main.get_by_role("link", name=name).or_(main.get_by_role("button", name=name))
        with self.on_this_page():
            link.first.click()
        self.look()
        return self

    def labelled(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s*\(optional\))?\s*$"))

    def fill(self, label: str, text: str) -> Visitor:
        with self.on_this_page():
            self.labelled(label).fill(text)
        return self

    def fill_date(self, legend: str, day: date) -> Visitor:
        group = self.page.get_by_role("group", name=legend)
        for label, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            with self.on_this_page():
                group.get_by_label(label, exact=True).fill(str(number))
        return self

    def choose(self, legend: str, answer: str) -> Visitor:
        """A radio button or a checkbox of the question."""
        with self.on_this_page():
            self.page.get_by_role("group", name=legend).get_by_label(answer, exact=True).check()
        return self

    def select(self, label: str, option: str) -> Visitor:
        with self.on_this_page():
            self.labelled(label).select_option(label=option)
        return self

    def attach(self, label: str, path: Path) -> Visitor:
        with self.on_this_page():
            self.labelled(label).set_input_files(path)
        return self

    def press(self, text: str) -> Visitor:
        with self.on_this_page():
            self.page.locator("main").get_by_role("button", name=text, exact=True).click()
        self.look()
        return self

    def reads(self, text: str) -> Visitor:
        with self.on_this_page():
            expect(self.page.locator("body")).to_contain_text(text)
        return self

    def does_not_read(self, text: str) -> Visitor:
        with self.on_this_page():
            expect(self.page.locator("body")).not_to_contain_text(text)
        return self

    def picture(self, name: str) -> Visitor:
        take_picture(self.page, name)
        return self
