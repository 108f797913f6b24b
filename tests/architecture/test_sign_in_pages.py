"""Of the sign-in library only what stands on our list is published, and everything it does is recorded."""

from __future__ import annotations

import ast

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.dispatch import Signal
from django.template.loader import get_template
from django.test import Client
from django.urls import NoReverseMatch, reverse

from cpc.accounts.middleware import ALLOWED_NAMES
from cpc.accounts.sign_in.listeners import WATCHED
from cpc.accounts.sign_in.pages import NO_TEMPLATE, PAGES, AsksAgain, Opens
from cpc.audit.presenters import VERBS
from cpc.notifications.mail_kinds import KINDS
from tests.architecture.source import APPS, BASE, name_of, python_files, tree_of
from tests.architecture.test_views import addresses, is_public
from tests.factories.accounts import make_user

LISTED = {page.name: page for page in PAGES}
# Pages of ours that the library asks for by its own names.
OURS_BY_THEIR_NAMES = {"account_signup"}


def third_party() -> dict[str, object]:
    """Name -> view of every address whose name or code is not our own."""
    return {
        name: callback
        for address, name, callback in addresses()
        if callback.__module__.split(".")[0] not in APPS or address.startswith("accounts/")
    }


def test_only_listed_pages_of_third_parties_are_published():
    assert set(third_party()) - OURS_BY_THEIR_NAMES == set(LISTED)
    assert len(LISTED) == len(PAGES)


@pytest.mark.parametrize("name", ["account_email", "account_confirm_email", "account_email_verification_sent"])
def test_pages_that_nobody_needs_have_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
    assert Client().get("/accounts/email/").status_code in {302, 404}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_listed_page_has_our_template_and_names_what_it_records_and_who_is_told(page):
    if page.template != NO_TEMPLATE:
        origin = get_template(page.template).origin.name  # type: ignore[attr-defined]
        assert origin.startswith(str(BASE / "templates")), origin
    assert set(page.records) <= set(VERBS)
    assert set(page.tells) <= set(KINDS)
    changes = set(page.records) & {
        "password_changed", "password_reset_done", "second_step_added", "second_step_removed", "second_step_renewed",
    }  # fmt: skip
    if changes:
        assert page.asks_again is not AsksAgain.NOT
        assert page.tells == ("sign_in_changed",)


def test_the_view_uses_the_template_that_is_listed():
    for page in PAGES:
        used = getattr(getattr(page.view, "view_class", None), "template_name", None) or NO_TEMPLATE
        assert used == page.template, page.name


def test_whoever_is_signed_out_opens_what_is_open_to_anybody_and_nothing_else(db):
    for page in PAGES:
        callback = third_party()[page.name]
        kwargs = {"pk": 1} if "<int:pk>" in page.route else {}
        kwargs |= {"uidb36": "1", "key": "x-y"} if "uidb36" in page.route else {}
        answer = Client().get(reverse(page.name, kwargs=kwargs))
        is_open = answer.status_code == 200 or (answer.status_code == 302 and "next=" not in answer.url)
        assert is_open is (page.opens is not Opens.SIGNED_IN), (page.name, answer.status_code)
        assert is_public(callback) is (page.opens is not Opens.SIGNED_IN), page.name


def test_an_open_screen_changes_nothing_about_signing_in(db, client_for):
    """Signed in, but long ago: each page that changes something asks first. Also of people who have no password."""
    for has_password in (True, False):
        for page in PAGES:
            if page.asks_again is not AsksAgain.BEFORE or "<int:pk>" in page.route or "deactivate" in page.route:
                continue
            user = make_user("peer")
            if not has_password:
                user.set_unusable_password()
                user.save()
            for method in ("get", "post"):
                client = client_for(user)
                answer = getattr(client, method)(reverse(page.name))
                assert answer.status_code == 302, page.name
                asks = reverse("account_reauthenticate" if has_password else "account_request_login_code")
                assert answer.url.startswith(asks), (page.name, answer.url)


def test_a_password_that_is_posted_too_late_is_not_kept_in_the_session(db, client_for):
    """What waits for the second step to be shown again stands in the session, and so in the database."""
    user = make_user("peer")
    TOTP.activate(user, generate_totp_secret())
    user.set_unusable_password()
    user.save()
    client, typed = client_for(user), "a-Password-typed-9"
    answer = client.post(reverse("account_set_password"), {"password1": typed, "password2": typed})
    assert answer.url == reverse("account_set_password")
    assert client.get(answer.url).url.startswith(reverse("mfa_reauthenticate"))
    assert typed not in str(dict(client.session))


def test_pages_that_stay_open_until_the_second_step_is_set_up_are_listed():
    assert {name for name in ALLOWED_NAMES if name.startswith(("account_", "mfa_", "usersessions_"))} <= set(LISTED)


def test_every_signal_of_the_sign_in_library_has_a_listener_or_a_reason():
    for module, names in WATCHED.items():
        signals = {name for name, value in vars(module).items() if isinstance(value, Signal)}
        assert signals == set(names), module.__name__
        for name, listener in names.items():
            if callable(listener):
                keys = {key[0] for key, *_ in getattr(module, name).receivers}
                assert f"sign-in:{name}" in keys
            else:
                assert len(listener) > 20


# ------------------------------------------------------------------ nothing but notifications opens a mail connection

MAIL_MODULES = ("django.core.mail", "smtplib")


def mail_imports(tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name for name in found if name.startswith(MAIL_MODULES)]


def test_nothing_but_notifications_opens_a_mail_connection():
    assert mail_imports(ast.parse("from django.core import mail\nimport smtplib")) == ["django.core.mail", "smtplib"]
    found = {name_of(path) for path in python_files() if mail_imports(tree_of(path))}
    assert {name for name in found if not name.startswith("cpc/notifications/")} == set()
    assert found  # it does look
