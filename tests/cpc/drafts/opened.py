"""Each page that has a form with a text field, opened by somebody who may send it and filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from cpc.cases.models import Case
from tests.addresses import arguments, own_url_names
from tests.architecture.test_permission_matrix import BACKEND
from tests.factories.cycle import make_challenge
from tests.factories.world import World
from tests.filling import Field, PostForm, fill, post_forms
from tests.opening import open_case, who_opens

# Pages of challenges of the past, which the case of the world is not.
OF_THE_PAST = {"action_plan:past-recommendation-add", "cases:past-review-add"}
# Pages with a text field that are opened by the link of a mail or by the password just given. By design nothing is kept of
# them: a page that says no shows what was typed, but for the secret.
NEEDS_A_SECRET = {
    "accounts:invitation-accept": "a name and a new password, read by whoever holds the link",
    "accounts:address-change": "one address, after the password was given again",
}


@dataclass
class Opened:
    name: str
    url: str
    client: Client
    form: PostForm
    who: str
    view: Any
    # The fields of the form as the page made it.
    fields: dict[str, Any]

    @property
    def texts(self) -> list[Field]:
        return [each for each in self.form.fields.values() if each.kind in {"text", "textarea"}]

    @property
    def typed(self) -> dict[str, str]:
        return {each.name: each.value for each in self.texts}

    @property
    def asks_for_file(self) -> bool:
        return any(each.kind == "file" for each in self.form.fields.values())

    def room_in(self, name: str) -> int:
        return getattr(self.fields.get(name), "max_length", None) or 0


def forms_with_text(world: World) -> Iterator[Opened]:
    """Undone afterwards where the test runs in one transaction."""
    past = make_challenge(world.case.council, date(2019, 3, 7), onsite_start_on=date(2019, 3, 5))
    for name in own_url_names():
        savepoint = transaction.savepoint()
        yield from _forms_of(world, name, past)
        transaction.savepoint_rollback(savepoint)


def _forms_of(world: World, name: str, past: Case) -> Iterator[Opened]:
    open_case(world.case, name)
    who = who_opens(name)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people[who], backend=BACKEND)
    url = reverse(name, kwargs={"reference": past.reference} if name in OF_THE_PAST else arguments(name, world))
    page = client.get(url)
    if page.status_code != 200 or not page.get("Content-Type", "").startswith("text/html"):
        return
    for form in post_forms(page.content.decode(), url):
        fill(form)
        shown: Any = page.context
        opened = Opened(name, url, client, form, who, shown.get("view"), getattr(shown.get("form"), "fields", {}))
        if opened.texts:
            yield opened
