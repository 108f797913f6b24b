"""Every form of the service: what was typed is there again after a sign-in that ended and after a stale token."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from cpc.drafts.models import Draft
from cpc.drafts.words import is_secret
from tests.architecture.test_permission_matrix import BACKEND
from tests.cpc.drafts.opened import Opened, forms_with_text
from tests.factories.world import World, make_world
from tests.filling import post_forms

pytestmark = pytest.mark.django_db


def missing_from(page: str, opened: Opened) -> list[str]:
    """What the form of this page does not hold of what was typed."""
    forms = post_forms(page, opened.url)
    held = {name: field.value for form in forms for name, field in form.fields.items()}
    return [f"{opened.name}: {name}" for name, text in opened.typed.items() if held.get(name) != text]


def sign_in_again(client: Client, user) -> None:
    client.force_login(user, backend=BACKEND)


def after_an_ended_sign_in(opened: Opened, world: World) -> list[str]:
    client, user = opened.client, world.people[opened.who]
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    del client.cookies[settings.SESSION_COOKIE_NAME]
    answer = client.post(opened.form.action, opened.form.sent() | {"csrfmiddlewaretoken": token})
    if answer.status_code != 302 or not answer.url.startswith("/accounts/login/?next="):
        return [f"{opened.name} answers {answer.status_code}"]
    wrong = []
    if "what you typed is back" not in client.get(answer.url).content.decode():
        wrong.append(f"{opened.name}: the sign-in page says nothing")
    # Somebody else at the same computer reads nothing of it.
    other = next(each for who, each in world.people.items() if who != opened.who)
    client.force_login(other, backend=BACKEND)
    page = client.get(opened.url).content.decode()
    wrong += [f"{opened.name} shows {name} to someone else" for name, text in opened.typed.items() if text in page]
    client.force_login(user, backend=BACKEND)
    page = client.get(opened.url).content.decode()
    if "not yet saved" not in page:
        wrong.append(f"{opened.name} does not say that it is a draft")
    return wrong + missing_from(page, opened)


def after_a_stale_token(opened: Opened, world: World) -> list[str]:
    Draft.objects.all().delete()
    answer = opened.client.post(opened.form.action, opened.form.sent() | {"csrfmiddlewaretoken": 64 * "a"})
    page = answer.content.decode()
    wrong = [f"{opened.name} answers {answer.status_code}"] if answer.status_code != 403 else []
    wrong += [f"{opened.name}: {name} is not on the page" for name, text in opened.typed.items() if text not in page]
    if f'href="{opened.form.action}"' not in page:
        wrong.append(f"{opened.name}: no way back to the form")
    return wrong + missing_from(opened.client.get(opened.url).content.decode(), opened)


def where_nobody_knows_whose_they_are(opened: Opened, world: World) -> list[str]:
    Draft.objects.all().delete()
    answer = Client().post(opened.form.action, opened.form.sent())
    page = answer.content.decode()
    wrong = [f"{opened.name} answers {answer.status_code}"] if answer.status_code != 403 else []
    wrong += [f"{opened.name}: {name} is lost" for name, text in opened.typed.items() if text not in page]
    if "/accounts/login/?next=%2F" not in page:
        wrong.append(f"{opened.name}: no way to sign in")
    return wrong + ([f"{opened.name} was kept for no one"] if Draft.objects.exists() else [])


def names_of_passwords(opened: Opened) -> list[str]:
    """Password fields whose name does not keep them out of a draft."""
    return [each.name for each in opened.form.fields.values() if each.kind == "password" and not is_secret(each.name)]


# Read without signing in: a link of a mail, which holds a secret, opens it. The test client has no such link.
@pytest.mark.long
def test_words_are_there_after_every_stop():
    world, wrong, asked = make_world(), [], 0
    for opened in forms_with_text(world):
        asked += 1
        for each in opened.texts:
            each.value = f"Words typed into {each.name} and not saved"
        wrong += after_an_ended_sign_in(opened, world)
        wrong += after_a_stale_token(opened, world)
        wrong += where_nobody_knows_whose_they_are(opened, world)
        wrong += names_of_passwords(opened)
    assert wrong == [], "\n".join(wrong)
    assert asked > 60
