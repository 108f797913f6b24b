"""Sign-in through allauth's real pages."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from cpc.notifications import tasks
from tests.factories.accounts import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("accounts:hub")).status_code == 200


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("programme_manager", "dashboard:pipeline"),
        ("support_officer", "dashboard:pipeline"),
        ("leader", "dashboard:home"),
        ("peer", "dashboard:home"),
    ],
)
def test_sign_in_by_password_leads_to_ones_work(client, role, name):
    answer = sign_in(client, make_user(role).email)
    assert (answer.status_code, answer.url) == (302, reverse(name))
    assert is_signed_in(client)


def test_sign_in_by_mailed_code(client):
    user = make_user("peer")
    answer = client.post(reverse("account_request_login_code"), {"email": user.email})
    assert answer.url.startswith(reverse("account_confirm_login_code"))
    tasks.deliver_waiting()
    assert mail.outbox[0].to == [user.email]
    found = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mail.outbox[0].body, re.MULTILINE)
    assert found
    client.post(answer.url, {"code": found[0]})
    assert is_signed_in(client)


def test_wrong_code_does_not_sign_in(client):
    answer = client.post(reverse("account_request_login_code"), {"email": make_user("peer").email})
    client.post(answer.url, {"code": "AAAA-AAAA"})
    assert not is_signed_in(client)


def test_known_and_unknown_address_get_the_same_answer():
    known = make_user("peer").email
    answers = []
    for email in (known, "nobody@example.org"):
        answers.append(
            [
                (answer.status_code, answer.headers.get("Location"), answer.content.replace(email.encode(), b""))
                for name, field in (("account_request_login_code", "email"), ("account_reset_password", "email"))
                for answer in [Client().post(reverse(name), {field: email})]
            ]
        )
        wrong = sign_in(Client(), email, "wrong-Password-1")
        shown = re.sub(rb'(csrfmiddlewaretoken" value|nonce)="[^"]+"', b"", wrong.content)
        answers[-1].append((wrong.status_code, None, shown.replace(email.encode(), b"")))
    assert answers[0] == answers[1]


def test_sign_up_is_closed(client):
    assert client.get(reverse("account_signup")).url == reverse("account_login")
    client.post(
        reverse("account_signup"),
        {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not is_signed_in(client)
    assert not type(make_user("peer")).objects.filter(email="new@example.org").exists()


def test_inactive_person_is_refused(client):
    user = make_user("peer", is_active=False)
    sign_in(client, user.email)
    client.post(reverse("account_request_login_code"), {"email": user.email})
    tasks.deliver_waiting()
    assert not is_signed_in(client)
    assert not any(re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", message.body) for message in mail.outbox)


def test_deactivated_persons_session_ends_at_the_next_request(client):
    user = make_user("peer")
    sign_in(client, user.email)
    assert is_signed_in(client)
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert not is_signed_in(client)


def test_lock_out_within_ten_guesses(client):
    user = make_user("peer")
    for _ in range(10):
        sign_in(client, user.email, "wrong-Password-1")
    sign_in(client, user.email)
    assert not is_signed_in(client)


def test_session_id_is_renewed_at_sign_in_and_dead_after_sign_out(client):
    user = make_user("peer")
    client.get(reverse("account_login"))
    client.session.save()
    before = client.session.session_key
    client.cookies["sessionid"] = before
    sign_in(client, user.email)
    signed_in = client.cookies["sessionid"].value
    assert signed_in != before
    client.post(reverse("account_logout"))
    assert not Session.objects.filter(session_key=signed_in).exists()
    thief = Client()
    thief.cookies["sessionid"] = signed_in
    assert not is_signed_in(thief)


def set_up_totp(client: Client) -> str:
    # Setting it up asks for the password again, however short ago it was typed.
    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    code = auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))
    client.post(reverse("mfa_activate_totp"), {"code": code})
    return secret


def test_a_new_password_ends_every_session():
    """Somebody who saw the old one, or sits at another machine, is out."""
    user, here, elsewhere = make_user("peer"), Client(), Client()
    for client in (here, elsewhere):
        sign_in(client, user.email)
        assert is_signed_in(client)
    new = "another-Password-2"
    answer = here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer.status_code == 302
    assert not is_signed_in(here)
    assert not is_signed_in(elsewhere)
    sign_in(elsewhere, user.email)
    assert not is_signed_in(elsewhere)
    sign_in(elsewhere, user.email, new)
    assert is_signed_in(elsewhere)


def test_two_step_secret_is_encrypted_and_asked_for(client):
    user = make_user("peer")
    sign_in(client, user.email)
    secret = set_up_totp(client)
    rows = [str(row.data) for row in Authenticator.objects.filter(user=user)]
    assert len(rows) == 2  # the secret, and recovery codes
    assert not any(secret in row for row in rows)
    stranger = Client()
    assert sign_in(stranger, user.email).url.startswith(reverse("mfa_authenticate"))
    assert not is_signed_in(stranger)
