"""Mails about signing in leave by the outbox, with links of ours, and cost the web no wait for a mail server."""

from __future__ import annotations

import re
from pathlib import Path

import allauth
import pytest
from allauth.mfa.totp.internal import auth
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from cpc.accounts.sign_in.mails import MAILS, NOT_SENT
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.notifications import services, tasks
from cpc.notifications.models import Message, MessageState
from tests.cpc.notifications.conftest import smtp  # noqa: F401 - a fixture
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NAMES = ("account_request_login_code", "account_reset_password")


@pytest.fixture
def no_worker(monkeypatch):
    """Messages are queued and stay: what the web does by itself is seen."""
    monkeypatch.setattr(services, "HINTS", [])


def ask(email: str, **headers: str) -> list:
    return [Client().post(reverse(name), {"email": email}, **headers) for name in NAMES]


def test_every_mail_of_the_library_is_one_of_ours_or_never_sent():
    folder = Path(allauth.__file__).parent / "templates"
    prefixes = {
        str(found.relative_to(folder)).removesuffix("_message.txt")
        for part in ("account", "mfa")
        for found in (folder / part / "email").glob("*_message.txt")
    }
    # The base of the others is no mail.
    prefixes.discard("account/email/base")
    assert len(prefixes) > 15
    assert prefixes == set(MAILS) | set(NOT_SENT)
    assert not set(MAILS) & set(NOT_SENT)


@pytest.mark.parametrize("server", ["refuses", "hangs"])
def test_a_mail_server_that_is_down_or_hangs_keeps_nobody_waiting(server, smtp, settings, no_worker):  # noqa: F811
    settings.EMAIL_TIMEOUT = 20
    if server == "hangs":
        silent = smtp(silent=True)
    else:
        smtp().close()
    known = make_user("peer").email
    answers = ask(known) + ask("nobody@example.org")
    assert [answer.status_code for answer in answers] == [302] * 4
    assert {message.state for message in Message.objects.all()} == {MessageState.WAITING}
    assert Message.objects.count() == 4
    if server == "hangs":
        assert silent.connections == []


def test_a_code_that_could_not_be_sent_is_seen_by_staff_and_sent_later(smtp, client_for):  # noqa: F811
    smtp().close()
    user = make_user("peer")
    Client().post(reverse("account_request_login_code"), {"email": user.email})
    tasks.deliver_waiting()
    message = Message.objects.get()
    assert (message.state, message.attempts) == (MessageState.WAITING, 1)
    page = client_for(make_user("administrator")).get(reverse("notifications:message", args=[message.pk]))
    assert "Sign-in code" in page.content.decode()
    assert "(not shown)" in page.content.decode()
    server = smtp()
    assert services.deliver(message.pk)
    assert re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", server.accepted[0].get_body(("plain",)).get_content())


def test_links_begin_with_our_own_address_whatever_the_browser_says(settings):
    settings.SITE_URL = "https://peers.example.org"
    settings.ALLOWED_HOSTS = ["*"]
    user = make_user("peer")
    ask(user.email, HTTP_HOST="evil.example.com:1234")
    ask("nobody@example.org", HTTP_HOST="evil.example.com:1234")
    assert tasks.deliver_waiting() == 4
    texts = [text for sent in mail.outbox for text in (sent.body, sent.alternatives[0][0], sent.subject)]
    assert not any("evil" in text or "1234" in text for text in texts)
    links = [link for text in texts for link in re.findall(r"https?://[^\s\"<]+", text)]
    assert links
    assert all(link.startswith("https://peers.example.org/") for link in links)


def test_a_sign_in_mail_is_in_our_words():
    user = make_user("peer", full_name="Pat Example")
    ask(user.email)
    ask("nobody@example.org")
    tasks.deliver_waiting()
    subjects = {sent.subject for sent in mail.outbox}
    assert subjects == {
        "Your code to sign in to Critical Friend",
        "Set a new password for Critical Friend",
        "No account at Critical Friend with this address",
    }
    for sent in mail.outbox:
        assert "register" not in sent.body
        assert "Hello from" not in sent.body
        assert sent.body.count("Dear ") == (1 if sent.to == [user.email] else 0)
        assert django_settings.SUPPORT_EMAIL in sent.body


def test_a_changed_password_is_told_to_its_holder_and_recorded(client):
    user = make_user("peer")
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    new = "another-Password-2"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    tasks.deliver_waiting()
    (sent,) = mail.outbox
    assert sent.to == [user.email]
    assert "Your password was changed on " in sent.body
    assert "127.0.0.1" in sent.body
    said = [sentence(event.verb, event.data) for event in Event.objects.filter(by=user).order_by("pk")]
    assert said == [
        "signed in with a password, from 127.0.0.1",
        "signed out, from 127.0.0.1",
        "changed their password, from 127.0.0.1",
    ]


# ------------------------------------------------------------------ who, when, from where


def sign_in(client: Client, email: str, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def said(**of) -> list[str]:
    return [sentence(event.verb, event.data) for event in Event.objects.filter(**of).order_by("pk")]


def totp_code(secret: str) -> str:
    return auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))


def test_a_second_step_that_is_added_renewed_and_taken_out_is_recorded_and_told(
    client, django_capture_on_commit_callbacks
):
    user = make_user("peer")
    sign_in(client, user.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": totp_code(client.session["mfa.totp.secret"])})
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_generate_recovery_codes"))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_deactivate_totp"))
    # With the last second step its recovery codes go too; in which order they are told does not matter.
    assert sorted(said(by=user)) == sorted(
        [
            "signed in with a password, from 127.0.0.1",
            "added recovery codes to their sign-in, from 127.0.0.1",
            "added an authenticator app to their sign-in, from 127.0.0.1",
            "made new recovery codes, from 127.0.0.1",
            "took an authenticator app out of their sign-in, from 127.0.0.1",
            "took recovery codes out of their sign-in, from 127.0.0.1",
        ]
    )
    told = [" ".join(sent.body.split()) for sent in mail.outbox if sent.to == [user.email]]
    assert len(told) == 3
    for words in ("authenticator app was added", "New recovery codes were made", "app was taken out"):
        assert any(words in each for each in told)


def test_each_refusal_is_recorded_with_the_account_and_never_with_what_was_typed(client):
    user = make_user("peer", full_name="Pat Example")
    typed = "secret-typed-in-the-wrong-field"
    sign_in(client, user.email, "wrong-Password-1")
    sign_in(client, f"{typed}@example.org", "wrong-Password-1")
    closed = make_user("peer", full_name="Cleo Closed", is_active=False)
    sign_in(client, closed.email)
    client.post(reverse("account_request_login_code"), {"email": user.email})
    client.post(reverse("account_confirm_login_code"), {"code": "AAAA-AAAA"})
    assert said(verb="sign_in_refused") == [
        "refused a sign-in to the account of Pat Example, from 127.0.0.1: wrong address or password",
        "refused a sign-in to an address that has no account, from 127.0.0.1: wrong address or password",
        "refused a sign-in to the account of Cleo Closed, from 127.0.0.1: the account is deactivated",
        "refused a sign-in to the account of Pat Example, from 127.0.0.1: wrong code",
    ]
    recorded = str(list(Event.objects.values()))
    assert typed not in recorded
    assert "wrong-Password-1" not in recorded
    assert "@" not in recorded
    refused = Event.objects.filter(verb="sign_in_refused").order_by("pk")
    assert [event.data.get("user_id") for event in refused] == [user.pk, None, closed.pk, user.pk]
    assert {event.by for event in refused} == {None}


def test_a_second_step_that_is_wrong_and_one_that_is_right_are_recorded(client):
    user = make_user("peer", full_name="Pat Example")
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    sign_in(client, user.email)
    # The password alone signs nobody in.
    assert said(verb="signed_in") == []
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client.post(reverse("mfa_authenticate"), {"code": totp_code(secret)})
    assert said() == [
        "refused a sign-in to the account of Pat Example, from 127.0.0.1: wrong second step",
        "signed in with a password and an authenticator app, from 127.0.0.1",
    ]


def test_a_lock_out_is_recorded_once_however_often_somebody_goes_on(client):
    user = make_user("peer")
    for _ in range(12):
        sign_in(client, user.email, "wrong-Password-1")
    assert said(verb="sign_in_locked") == ["took no more sign-ins for a while from 127.0.0.1: too many attempts"]
    assert len(said(verb="sign_in_refused")) < 12


def test_too_many_requests_get_our_page_and_are_recorded(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"request_login_code": "1/m/ip", "reset_password": "1/m/ip"}
    for _ in range(2):
        answer = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert len(said(verb="sign_in_locked")) == 1


def test_a_reset_is_recorded_from_its_asking_to_the_new_password(client):
    user = make_user("peer", full_name="Pat Example")
    client.post(reverse("account_reset_password"), {"email": user.email})
    tasks.deliver_waiting()
    link = re.search(r"http://localhost:8000(/\S+)", mail.outbox[0].body)[1]
    address = client.get(link).url
    new = "an-Entirely-New-1"
    client.post(address, {"password1": new, "password2": new})
    assert said() == [
        "was asked for a link to set a new password of the account of Pat Example, from 127.0.0.1",
        "set a new password by the link sent to them, from 127.0.0.1",
    ]
    tasks.deliver_waiting()
    assert "set anew by a link" in mail.outbox[-1].body


def test_signing_out_everywhere_else_is_recorded(client):
    user = make_user("peer")
    sign_in(Client(), user.email)
    sign_in(client, user.email)
    client.post(reverse("usersessions_list"))
    assert said(verb="sessions_ended") == ["signed out everywhere else, from 127.0.0.1"]
