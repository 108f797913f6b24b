"""Every page once in Chromium, and every form with nothing filled in: axe, width, heading, focus, console, policy (QUALITY)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from cpc.accounts.models import User
from tests.addresses import addresses
from tests.browser import assert_accessible, assert_no_sideways_scroll
from tests.factories.world import World, make_world

NARROW = {"width": 320, "height": 700}
WIDE = {"width": 1280, "height": 900}
FIRST_SCREENS = [{"width": 375, "height": 667}, {"width": 1280, "height": 800}]
# The bar that says where a peer challenge stands, in px by the width of the screen.
HIGHEST_BAR = {375: 120, 1280: 90}
# In this order: the first who may open a page looks at it.
VISITORS = [
    "peer.challenge.manager",
    "coordinator",
    "lead.member.peer",
    "programme.manager",
    "governance.peer",
    "administrator",
]
# Without the link of a mail, or on a challenge that is under way, nobody opens these: each has tests of its own.
NOBODYS = {
    "accounts:invitation-accept",
    "accounts:address-confirm",
    "action_plan:past-recommendation-add",
    "cases:past-review-add",
}
# What a page of each kind is not: files and pages that answer with a redirect or nothing.
NOT_PAGES = {
    "self_assessment:word",
    "documents:download",
    "councils:import-refusals",
    "councils:import-template-csv",
    "councils:import-template-xlsx",
    "audit:csv",
    "audit:xlsx",
    "due:csv",
    "due:xlsx",
    "security-txt",
    "favicon",
    "robots-txt",
    "healthz",
    "readyz",
    "notifications:resend",
    "drafts:keep",
}

FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  // The design system draws the ring of radio buttons and checkboxes around the label's ::before.
  const label = element.labels && element.labels.length ? getComputedStyle(element.labels[0], '::before') : null;
  const ring = s => s && (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none');
  return {
    name: element.outerHTML.slice(0, 120),
    visible: Boolean(ring(style) || ring(label)),
    onPage: box.width > 0 && box.height > 0,
  };
}"""


def assert_focus_is_seen(page: Page, stops: int = 12) -> None:
    """The first stops of the Tab key each show where they are; the very first leads past the navigation."""
    for number in range(stops):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None:
            return
        assert focus["visible"] and focus["onPage"], f"{page.url}: focus is not seen on {focus['name']}"
        if number == 0:
            assert "govuk-skip-link" in focus["name"], f"{page.url} has no skip link first: {focus['name']}"


def look_at(page: Page) -> list[str]:
    """What is wrong with the page that is shown, for a reader with a screen reader and on the narrowest phone."""
    wrong = []
    for check in (assert_accessible, assert_no_sideways_scroll):
        page.set_viewport_size(NARROW if check is assert_no_sideways_scroll else WIDE)  # type: ignore[arg-type]
        try:
            check(page)
        except AssertionError as error:
            wrong.append(str(error)[:600])
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    return wrong


def assert_heading_is_near_the_top(page: Page) -> None:
    """The heading begins within the first 30 % of the first screen, on a phone and on a desk (QUALITY)."""
    for screen in FIRST_SCREENS:
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        box = page.locator("main h1").first.bounding_box()
        assert box is not None, f"{page.url} has no heading"
        bar = page.locator(".app-case-bar")
        high = bar.bounding_box()["height"] if bar.count() else 0  # type: ignore[index]
        assert high <= HIGHEST_BAR[screen["width"]], f"{page.url}: the bar of the case is {high:.0f} px high"
        assert box["y"] <= 0.3 * screen["height"], f"{page.url}: the heading begins at {box['y']:.0f} px of {screen}"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def visit(page: Page, url: str, wrong: list[str]) -> bool:
    """Whether this person was shown the page; if so, all is well with it."""
    # Who may not open it is asked without drawing the page that says so: most are refused most pages.
    if page.request.get(url).status in {403, 404, 405}:
        return False
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200, f"{url} answers {answer.status}"
    wrong += look_at(page)
    try:
        assert_heading_is_near_the_top(page)
    except AssertionError as error:
        wrong.append(str(error))
    return True


def submit_empty(page: Page, url: str, wrong: list[str]) -> None:
    """The same form with nothing in it: an error summary that is accessible too, or a page that says what happened."""
    page.goto(url)
    button = page.locator("main form[method=post] button:not([name=next])").last
    if (
        not button.count()
        or not page.locator("main form[method=post]").locator("input:not([type=hidden]), textarea, select").count()
    ):
        return
    page.evaluate(
        "() => document.querySelectorAll('main form input:not([type=hidden]), main form textarea')"
        ".forEach(field => { if (field.type === 'radio' || field.type === 'checkbox') field.checked = false; else field.value = ''; })"
    )
    button.click()
    page.wait_for_load_state()
    if page.locator(".govuk-error-summary").count():
        if not page.title().startswith("Error: "):
            wrong.append(f"{url}: the title does not tell of the error: {page.title()}")
        wrong += look_at(page)


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_every_page_in_a_browser(open_page):
    world: World = make_world()
    # Long names without a place to break are what breaks pages on a phone.
    User.objects.filter(pk=world.people["member.peer"].pk).update(
        full_name="Bartholomew-Featherstonehaugh-Llanfairpwllgwyngyll"
    )
    left = {name: url for name, url in addresses(world).items() if name not in NOT_PAGES}
    wrong: list[str] = []
    seen: dict[str, list[tuple[str, str]]] = {visitor: [] for visitor in VISITORS}
    for visitor in VISITORS:
        page = open_page(user=world.people[visitor])
        for name, url in list(left.items()):
            if visit(page, url, wrong):
                seen[visitor].append((name, left.pop(name)))
        page.goto("/")
        assert_focus_is_seen(page)
    assert sum(len(pages) for pages in seen.values()) > 120
    assert set(left) <= NOBODYS
    for visitor in VISITORS:
        page = open_page(user=world.people[visitor])
        for _, url in seen[visitor]:
            submit_empty(page, url, wrong)
    assert wrong == [], "\n\n".join(wrong)
