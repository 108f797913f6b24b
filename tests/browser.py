"""A real Chromium for tests, watched: any console error, policy violation or request off the site is a failure.

    @pytest.mark.browser
    def test_pipeline(open_page, live_server):
        page = open_page(user=manager, width=375)
        page.goto(live_server.url + "/pipeline/")
        assert_accessible(page)
        assert_no_sideways_scroll(page)

Pages carry the strict content security policy: use `expect(locator)`, never `wait_for_function("text")`.
Keep pictures with SCREENSHOTS=<folder>: `take_picture(page, "pipeline")`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

# Playwright keeps an event loop in the test's thread; Django would refuse the database there. Only tests do this.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

WIDE, PHONE = 1280, 375
HOW_TO_INSTALL = (
    "No Chromium found, and the browser tests need one. Install it (on Debian and Ubuntu: apt-get install chromium) "
    "or set CHROMIUM to the path of Chromium or Chrome."
)


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@dataclass
class Watch:
    """What must not happen on any page of the service."""

    host: str
    console_errors: list[str] = field(default_factory=list)
    policy_violations: list[str] = field(default_factory=list)
    requests_off_site: list[str] = field(default_factory=list)
    broken_files: list[str] = field(default_factory=list)

    def context(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.console_errors.append(str(error.error)))

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != self.host:
            self.requests_off_site.append(request.url)

    def _response(self, response: Response) -> None:
        # The answer for the page itself is the test's own business: 403 and 404 are tested too.
        if response.status >= 400 and response.request.resource_type != "document":
            self.broken_files.append(f"{response.status} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error" or message.text.startswith("Failed to load resource"):
            return  # the latter is told by _response, which knows what was asked for
        if "Content Security Policy" in message.text:
            self.policy_violations.append(message.text)
        else:
            self.console_errors.append(message.text)

    def problems(self) -> list[str]:
        return [*self.console_errors, *self.policy_violations, *self.requests_off_site, *self.broken_files]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.fail(HOW_TO_INSTALL, pytrace=False)
    with sync_playwright() as playwright:
        # Nothing is drawn for anybody: without a graphics card, one that is imitated costs more than drawing at once.
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


def sign_in(context: BrowserContext, user, address: str) -> None:
    """Without the sign-in pages, which have tests of their own."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


@pytest.fixture
def watch(live_server) -> Iterator[Watch]:
    """Asked for by open_page; a test that provokes a problem on purpose reads and clears it."""
    watching = Watch(urlsplit(live_server.url).netloc)
    yield watching
    assert watching.problems() == []


@pytest.fixture
def open_page(chromium: Browser, live_server, watch: Watch) -> Iterator[Callable[..., Page]]:
    """A new, separate browser window: open_page(user=None, width=1280, javascript=True)."""
    contexts: list[BrowserContext] = []

    def opened(user=None, *, width: int = WIDE, javascript: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 740},
            java_script_enabled=javascript,
            locale="en-GB",
            timezone_id="Europe/London",
            base_url=live_server.url,
            has_touch=width < 600,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        watch.context(context)
        if user is not None:
            sign_in(context, user, live_server.url)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    # What is right is not told element by element.
    "resultTypes": ["violations"],
}


def assert_accessible(page: Page) -> None:
    """axe finds nothing, by WCAG 2.2 AA and its own good practice."""
    results = Axe().run(page, options=WCAG)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()[:4000]}"


def assert_no_sideways_scroll(page: Page) -> None:
    widths = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1], f"{page.url} is {widths[0]} wide in a window of {widths[1]}"


def take_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
