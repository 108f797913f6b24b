"""A form that cannot be saved is not offered: the reason stands in its place, on every page of every stage."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from cpc.cases.base_views import CaseAction, CaseFormPage
from cpc.casework.services import pause_case
from tests.addresses import addresses
from tests.architecture.test_permission_matrix import signed_in
from tests.factories.world import World, make_world

FORM = 'method="post" novalidate'
PAUSED = "This peer challenge is paused. Resume it before changing anything."
# Their services allow them outside the stage: access ends at any time, what is public is corrected, people go on talking.
STAY_OPEN = {
    "scheduling:dates-edit",
    "scheduling:manager-edit",
    "composition:ask-dates",
    "composition:talk",
    "composition:member-withdraw",
    "self_assessment:comment-add",
    "self_assessment:contributor-remove",
    "report:publication-correct",
    "report:release-withdraw",
    "action_plan:action-progress",
    "action_plan:comment-add",
    "action_plan:outcome-reopen",
    "action_plan:outcome-settle",
    "action_plan:publication-correct",
    "progress_review:publication-correct",
}


# Pages of past challenges, which nobody opens on one that is under way.
OF_THE_PAST = {"action_plan:past-recommendation-add"}


def form_pages(world: World) -> dict[str, tuple[str, Any]]:
    """Name -> address and view of every form and action of a stage."""
    found = {}
    for name, url in addresses(world).items():
        if name in OF_THE_PAST:
            continue
        view = getattr(resolve(url).func, "view_class", None)
        if view and issubclass(view, CaseFormPage | CaseAction) and not name.startswith("cases:"):
            found[name] = (url, view)
    return found


def opened(clients: dict[str, Client], url: str) -> str:
    """The page as the first person reads it who may."""
    for client in clients.values():
        response = client.get(url)
        if response.status_code == 200:
            return response.content.decode()
    raise AssertionError(f"no one opens {url}")


@pytest.mark.long
def test_the_reason_stands_in_place_of_a_form_that_cannot_be_saved(db):
    world = make_world()
    pause_case(case=world.case, reason="The council is being reorganised", by=world.people["programme.manager"])
    clients, pages = signed_in(world), form_pages(world)
    assert {name for name, (_, view) in pages.items() if not view.stage} == STAY_OPEN
    assert len(pages) > 50
    wrong = []
    for name, (url, view) in pages.items():
        page = opened(clients, url)
        shown = (FORM in page, PAUSED in page, "Go back</a>" in page)
        if shown != ((False, True, True) if view.stage else (True, False, False)):
            wrong.append((name, shown))
    assert wrong == []
