"""Fixtures for every test. Browser fixtures are in tests/browser.py."""

import gc
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.template.backends.jinja2 import Template
from django.test import Client
from django.test.signals import template_rendered
from hypothesis import settings

from cpc.accounts.models import User
from cpc.calendars import bank_holidays
from cpc.components import queueing
from tests.clock import Clock

CLOCK = Clock()

pytest_plugins = ["tests.browser", "tests.clock.readers"]

# A busy machine is no failure, and what fails here fails everywhere: the same examples on every run.
settings.register_profile("tests", deadline=None, derandomize=True, max_examples=200)
settings.load_profile("tests")


def pytest_configure() -> None:
    CLOCK.start()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before anything of the test is made: it begins at the chosen moment, whatever ran before it."""
    if item.get_closest_marker("real_clock"):
        CLOCK.stop()
    elif marker := item.get_closest_marker("moment"):
        CLOCK.start(datetime.fromisoformat(marker.args[0]).replace(tzinfo=UTC))
    else:
        CLOCK.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: with two processes, the last of them must not wait for one long test."""
    items.sort(key=lambda item: (item.get_closest_marker("long") is None, item.get_closest_marker("browser") is None))


def pytest_collection_finish() -> None:
    """What has been imported by now stays: nobody need look through it for garbage again, and seldom through the rest."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def _empty_cache():
    """Sign-in limits are counted in the cache: no test may use up another's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _queue_is_here():
    """A test in which the queue is away would have the next ones offer it nothing for a while."""
    queueing._Away.until = 0.0


@pytest.fixture(autouse=True)
def _no_changed_bank_holidays():
    """What one test has read of them, another has rolled back; and a list may not cost one statement more by the clock."""
    bank_holidays.keep({}, math.inf)
    yield
    bank_holidays.keep({}, math.inf)


@pytest.fixture
def client_for() -> Callable[[User], Client]:
    """A test client that is signed in as the person."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture(autouse=True, scope="session")
def _pages_tell_their_context():
    """Fills `response.context` of the test client: Django itself does so for its own template language alone."""
    render = Template.render

    def telling(self: Template, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        given = {} if context is None else context
        page = render(self, given, request)
        template_rendered.send(sender=self, template=self, context=given)
        return page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "render", telling)
        yield
