"""Every page that each person may open, as a browser without JavaScript receives it (QUALITY).

Begins at the home page of each person, follows every link, and asks each page the same questions. A link that is
offered must open; a page must be right in itself, cost a fixed number of statements and carry the headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from tests.addresses import addresses
from tests.counting import count_queries
from tests.factories.world import make_programme, make_world, world_at
from tests.html import parsed_problems

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# QUALITY's bar for any page, without exception. The pages of a case are asked at each stage below.
MOST_STATEMENTS = 12
VISITORS = ["programme.manager", "peer.challenge.manager", "coordinator", "contributor", "lead.member.peer", "administrator"]  # fmt: skip
# Opened by tests of their own: they end the session or belong to another package.
NOT_FOLLOWED = ("/accounts/logout/", "/static/")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def links_of(root: Any, page: str) -> Iterator[str]:
    for link in root.iter("a"):
        target = urldefrag(urljoin(page, link.get("href") or ""))[0]
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc and target:
            yield target


def has_inline_code(root: Any) -> bool:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "style" or element.get("style") is not None:
            return True
        if element.tag == "script" and not element.get("src"):
            return True
        if any(name.startswith("on") for name in element.keys()):  # noqa: SIM118 - an lxml-like element
            return True
    return False


def kind_of(url: str) -> str:
    """The page that an address belongs to, so that a hundred councils are looked at once."""
    return resolve(urlsplit(url).path).view_name


@pytest.mark.long
@pytest.mark.parametrize("visitor", VISITORS)
def test_every_page(db, visitor: str):
    world = make_world()
    client = Client()
    client.force_login(world.people[visitor], backend=BACKEND)
    waiting = ["/", *addresses(world).values()]
    offered_on: dict[str, str] = {}
    seen_kinds: dict[str, int] = {}
    titles: dict[str, str] = {}
    wrong: list[str] = []
    seen: set[str] = set()
    while waiting:
        url = waiting.pop(0)
        if url in seen or url.startswith(NOT_FOLLOWED):
            continue
        seen.add(url)
        kind = kind_of(url)
        seen_kinds[kind] = seen_kinds.get(kind, 0) + 1
        if seen_kinds[kind] > 3:
            continue
        answers = []
        statements = count_queries(lambda: answers.append(client.get(url)))  # noqa: B023 - called at once
        response = answers[0]
        source = offered_on.get(url)
        if response.status_code in {403, 404} and source is None:
            continue  # not this person's page; the permission matrix says so
        if response.status_code == 302:
            target = urljoin(url, response.url)
            offered_on.setdefault(target, url)
            waiting.append(target)
            continue
        if response.status_code in {204, 405}:
            continue
        if response.status_code != 200:
            wrong.append(f"{url} answers {response.status_code}; offered on {source}")
            continue
        for name, value in HEADERS.items():
            if response.get(name) != value:
                wrong.append(f"{url}: {name} is {response.get(name)!r}")
        if not response.streaming and b"(optional) (optional)" in response.content:
            wrong.append(f"{url} says twice that a field is optional")
        if "no-store" not in response.get("Cache-Control", "") and "attachment" not in response.get(
            "Content-Disposition", ""
        ):
            wrong.append(f"{url} may be kept by a cache")
        if not response["Content-Type"].startswith("text/html"):
            continue
        if "script-src 'self'" not in response.get("Content-Security-Policy", ""):
            wrong.append(f"{url}: policy {response.get('Content-Security-Policy')!r}")
        if statements > MOST_STATEMENTS:
            wrong.append(f"{url} asks the database {statements} times")
        content = response.content.decode()
        root, found = parsed_problems(content)
        wrong += [f"{url}: {problem}" for problem in found]
        if has_inline_code(root):
            wrong.append(f"{url} has inline script or style")
        title = root.find(".//title").text.strip()
        if titles.setdefault(title, kind) != kind:
            wrong.append(f"{url} has the title of {titles[title]}: {title}")
        for target in links_of(root, url):
            offered_on.setdefault(target, url)
            waiting.append(target)
    assert len(seen_kinds) > 20
    assert wrong == [], "\n".join(wrong)


STAGES = ["scheduling", "team_composition", "self_assessment", "onsite", "report", "action_plan", "closed"]
OF_A_CASE = [
    "cases:detail", "cases:deadlines", "cases:people", "cases:history", "scheduling:detail", "composition:detail",
    "composition:member-search", "composition:confirm", "self_assessment:detail", "self_assessment:read",
    "onsite:detail", "onsite:findings", "report:detail", "action_plan:detail", "progress_review:detail",
]  # fmt: skip


@pytest.mark.long
def test_statements_at_every_stage(db, time_machine):
    # The last onsite day of the week, when the most is asked of the onsite stage.
    today = timezone.localdate()
    thursday = today + timedelta(days=3 - today.weekday())
    time_machine.move_to(datetime.combine(thursday, time(17), tzinfo=UTC))
    programme = make_programme()
    wrong = []
    for stage in STAGES:
        savepoint = transaction.savepoint()
        world = world_at(stage, programme)
        for visitor in VISITORS:
            client = Client()
            client.force_login(world.people[visitor], backend=BACKEND)
            # Whoever comes first once dates are agreed opens the statement's sections: that is not what is counted.
            client.get(reverse("self_assessment:detail", kwargs={"reference": world.case.reference}))
            for name in OF_A_CASE:
                url = reverse(name, kwargs={"reference": world.case.reference})
                statements = count_queries(lambda: client.get(url))  # noqa: B023 - called at once
                if statements > MOST_STATEMENTS:
                    wrong.append(f"{stage}: {name} asks the database {statements} times for a {visitor}")
        transaction.savepoint_rollback(savepoint)
    assert wrong == [], "\n".join(wrong)
