"""Every form with a text field, in Chromium: 2,000 characters are typed, then five accidents happen to them.

Each accident is met by the part of the service that has to hold the words, alone: a closed tab and a lost network by the
device, an ended sign-in and a stale token by the server, a colleague who was first by the page that refuses. The suite asks
one form of each kind; EVERY_FORM=1 asks all of them and prints the table.
"""

from __future__ import annotations

import os
from collections import Counter
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from playwright.sync_api import Page, expect

from cpc.drafts.models import Draft
from tests.browser import sign_in
from tests.cpc.drafts.opened import NEEDS_A_SECRET, Opened, forms_with_text
from tests.factories.assessments import word_upload
from tests.factories.world import World, make_world
from tests.filling import SENSIBLE, Field
from tests.opening import answers, end_case

ACCIDENTS = ("tab closed", "no network", "signed out", "stale token", "colleague first")
LENGTH = 2000
YES, LOST = "yes", "LOST"
STORED = "() => Object.keys(localStorage).length"
FORM = "main form[method=post]"
PUT = """([form, values]) => {
  for (const field of form.elements) {
    if (!(field.name in values)) continue;
    const wanted = [values[field.name]].flat().map(String);
    if (field.type === 'radio' || field.type === 'checkbox') field.checked = wanted.includes(field.value);
    else if (field.type !== 'file') field.value = wanted[0] ?? '';
  }
}"""
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Pages that make something new, beside whatever a colleague makes.
ADDING = ("-add", ":add", ":add-own")
# Answers that make a page ask for the words.
ASKED_FOR = {"scheduling:meeting-edit": {"leader_attended": "no"}}
OF_A_CASE = (
    "cases:", "scheduling:", "composition:", "self_assessment:", "onsite:", "report:", "action_plan:", "progress_review:",
    "documents:",
)  # fmt: skip
BOXES = "() => [...document.querySelectorAll('main textarea[readonly]')].map(each => each.value)"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def words_for(room: int) -> str:
    """So many characters as fit, of the kinds that are easily spoilt."""
    one = "Three of five wards said “no” & asked why: a café <b>near</b> the town hall isn't open. "
    return (one * (LENGTH // len(one) + 1))[: min(LENGTH, room or LENGTH)].strip()


def largest(opened: Opened, given: dict[str, Any]) -> Field:
    """The text field that takes most; one that takes words goes before one that takes a code or an address."""
    ready = SENSIBLE | given
    return max(
        opened.texts,
        key=lambda each: (each.name not in ready, bool(ready.get(each.name)), opened.room_in(each.name), each.kind),
    )


class Accidents:
    """One form, filled in, and what becomes of its words."""

    def __init__(self, page: Page, opened: Opened, world: World, address: str) -> None:
        self.page, self.opened, self.world, self.address = page, opened, world, address
        given = answers(opened.name, opened.form) | ASKED_FOR.get(opened.name, {})
        self.field = largest(opened, given)
        name = self.field.name
        is_ready = name in SENSIBLE or name in given
        self.text = str(given.get(name, self.field.value)) if is_ready else words_for(opened.room_in(name))
        self.values = opened.form.sent() | given | {name: self.text}

    @property
    def typed(self) -> str:
        return self.page.locator(f'{FORM} [name="{self.field.name}"]').first.input_value()

    def is_there(self) -> str:
        return YES if self.typed == self.text else LOST

    def on_page(self) -> str:
        """Among what the page says, and in the boxes from which words are copied."""
        said = [self.page.locator("main").inner_text(), *self.page.evaluate(BOXES)]
        return YES if any(self.text in each for each in said) else LOST

    def press(self) -> int:
        """What the server says to what is sent."""
        with self.page.expect_response(
            lambda answer: answer.request.method == "POST" and answer.request.is_navigation_request()
        ) as sent:
            self.page.locator(f"{FORM} button:not([type=button])").first.click()
        self.page.wait_for_load_state()
        return sent.value.status

    def forget_device(self) -> None:
        self.page.evaluate("() => localStorage.clear()")

    def type(self) -> None:
        self.page.goto(self.opened.url)
        self.page.evaluate(PUT, [self.page.locator(FORM).first.element_handle(), self.values])
        self.page.locator(f'{FORM} [name="{self.field.name}"]').first.fill(self.text)
        for _ in range(100):
            if self.page.evaluate(STORED):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{self.opened.name}: nothing is kept on the device")

    def all(self) -> dict[str, str]:
        self.type()
        found = {}
        for name in ACCIDENTS:
            try:
                found[name] = getattr(self, name.replace(" ", "_"))()
            except Exception as error:
                found[name] = f"{LOST}: {str(error)[:300]}"
        self.forget_device()
        Draft.objects.filter(address=self.opened.url).delete()
        return found

    def tab_closed(self) -> str:
        again = self.page.context.new_page()
        self.page.close()
        self.page = again
        again.goto(self.opened.url)
        notice = again.locator("#kept-on-device")
        expect(notice).to_be_visible()
        if self.opened.asks_for_file:
            # The one thing that no page can keep.
            expect(notice).to_contain_text("Choose the file again.")
        return self.is_there()

    def no_network(self) -> str:
        context = self.page.context
        context.set_offline(True)
        self.page.locator(f"{FORM} button:not([type=button])").first.click()
        expect(self.page.get_by_text("There is no network")).to_be_visible()
        before = self.is_there()
        context.set_offline(False)
        self.page.reload()
        expect(self.page.locator("#kept-on-device")).to_be_visible()
        return before if before == LOST else self.is_there()

    def signed_out(self) -> str:
        Draft.objects.filter(address=self.opened.url).delete()
        session = next(each for each in self.page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME)
        import_module(settings.SESSION_ENGINE).SessionStore(session["value"]).delete()
        self.press()
        if "/accounts/login/" not in self.page.url or not self.page.get_by_text("what you typed is back").count():
            return f"{LOST}: no way to sign in"
        self.forget_device()
        sign_in(self.page.context, self.world.people[self.opened.who], self.address)
        self.page.goto(self.opened.url)
        return self.is_there()

    def stale_token(self) -> str:
        Draft.objects.filter(address=self.opened.url).delete()
        self.page.evaluate("form => form.elements.csrfmiddlewaretoken.value = 'a'.repeat(64)", self.form)
        self.press()
        on_page = self.on_page()
        self.forget_device()
        self.page.locator("main").get_by_role("link", name="Continue in the form").click()
        self.page.wait_for_load_state()
        return on_page if on_page == LOST else self.is_there()

    @property
    def form(self) -> Any:
        return self.page.locator(FORM).first.element_handle()

    def colleague_first(self) -> str:
        """Whoever was faster has saved what the page changes, or else ended the case."""
        opened, view = self.opened, self.opened.view
        row, seen = getattr(view, "versioned", None), getattr(view, "seen_fields", ("",))[0]
        case = getattr(view, "case", None) or (self.world.case if opened.name.startswith(OF_A_CASE) else None)
        is_ended = False
        if seen not in opened.form.fields or opened.name.endswith(ADDING) or (row is not None and not row.pk):
            if case is None or opened.name.startswith("cases:start"):
                return "n.a.: it adds to what stands, whatever a colleague has saved"
            end_case(case)
            is_ended = True
        elif row is not None:
            type(row)._base_manager.filter(pk=row.pk).update(**{view.counter: F(view.counter) + 1})
        else:
            # The page counts something else than the saves of one row.
            self.page.evaluate("([form, seen]) => form.elements[seen].value = 999", [self.form, seen])
        if opened.asks_for_file:
            file = {"name": "paper.docx", "mimeType": WORD, "buffer": word_upload().read()}
            self.page.locator(f"{FORM} input[type=file]").set_input_files(file)
        status = self.press()
        if is_ended and status == 302 and not Draft.objects.filter(address=opened.url).exists():
            return "n.a.: it is saved also when the peer challenge has ended"
        if status not in {403, 404, 409, 422}:
            return f"{LOST}: answers {status}"
        is_in_form = self.page.locator(f'{FORM} [name="{self.field.name}"]').count()
        kept = self.is_there() if is_in_form else self.on_page()
        return f"{YES}: the peer challenge had ended" if is_ended and kept == YES else kept


def table(found: dict[str, dict[str, str]]) -> str:
    width = max(map(len, found))
    lines = ["  ".join(["form".ljust(width), *ACCIDENTS])]
    lines += ["  ".join([name.ljust(width), *(row[each] for each in ACCIDENTS)]) for name, row in found.items()]
    totals = Counter(cell.split(":")[0] for row in found.values() for cell in row.values())
    return "\n".join([*lines, f"{len(found)} forms, {len(ACCIDENTS)} accidents: {dict(totals)}"])


def kind_of(opened: Opened) -> tuple[Any, ...]:
    """Forms of one kind are held in the same way, so the suite asks one of each."""
    view = opened.view
    return (
        view.template_name,
        getattr(view, "is_shared", False),
        opened.asks_for_file,
        "version" in opened.form.fields,
        hasattr(view, "case"),
    )


@pytest.mark.long
def test_words_outlive_five_accidents_in_every_form(open_page, live_server, capsys):
    world, found = make_world(), {}
    pages: dict[str, Page] = {}
    kinds: set[tuple[Any, ...]] = set()
    wants_all = bool(os.environ.get("EVERY_FORM"))
    for opened in forms_with_text(world):
        if kind_of(opened) in kinds and not wants_all:
            continue
        kinds.add(kind_of(opened))
        page = pages.get(opened.who) or open_page(user=world.people[opened.who])
        accidents = Accidents(page, opened, world, live_server.url)
        found[opened.name] = accidents.all()
        pages[opened.who] = accidents.page
    if wants_all:
        found |= {name: dict.fromkeys(ACCIDENTS, f"n.a.: {why}") for name, why in NEEDS_A_SECRET.items()}
        with capsys.disabled():
            print("\n" + table(found))
    cells = [(name, accident, cell) for name, row in found.items() for accident, cell in row.items()]
    lost = [f"{name}: {accident}: {cell}" for name, accident, cell in cells if cell.startswith(LOST)]
    assert lost == [], "\n".join(lost)
    assert len(found) > (100 if wants_all else 20)
