"""The address of the client, with and without proxies of our own."""

import os
import subprocess
import sys

import pytest
from allauth.usersessions.models import UserSession
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.urls import reverse

from cpc.accounts.sign_in.client import client_address
from cpc.audit.models import Event
from tests.architecture.source import BASE
from tests.factories.accounts import PASSWORD, make_user
from tests.run import production_environment

PROXY = "10.0.0.9"


def asked_from(forwarded: str = "", connection: str = PROXY):
    return RequestFactory().get("/", REMOTE_ADDR=connection, HTTP_X_FORWARDED_FOR=forwarded)


@pytest.mark.parametrize(
    ("count", "forwarded", "found"),
    [
        (0, "203.0.113.5", PROXY),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        (1, "1.1.1.1, 2.2.2.2,3.3.3.3 , 203.0.113.5", "203.0.113.5"),
        (2, "203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "8.8.8.8, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", PROXY),
        (1, "", PROXY),
        (1, "nonsense", PROXY),
        (1, "203.0.113.5:4711", "203.0.113.5"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_the_address_that_our_outermost_proxy_saw(settings, count, forwarded, found):
    settings.TRUSTED_PROXY_COUNT = count
    assert client_address(asked_from(forwarded)) == found


def test_without_any_address_it_is_unknown(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    assert client_address(asked_from("", connection="")) == "unknown"
    assert client_address(None) == "unknown"


def start_with(**changed: str) -> subprocess.CompletedProcess:
    environment = production_environment(dict(os.environ)) | {"REDIS_URL": "redis://127.0.0.1:1/0"} | changed
    command = [sys.executable, "-c", "from cpc.config import settings; print(settings.ALLAUTH_TRUSTED_PROXY_COUNT)"]
    return subprocess.run(command, cwd=BASE, env=environment, capture_output=True, text=True, check=False)


def test_behind_a_proxy_the_number_of_proxies_must_be_said():
    for wrong in ({"BEHIND_PROXY": "true"}, {"TRUSTED_PROXY_COUNT": "1"}):
        refused = start_with(**wrong)
        assert refused.returncode != 0
        assert ImproperlyConfigured.__name__ in refused.stderr
        assert "TRUSTED_PROXY_COUNT is" in refused.stderr
    assert start_with(BEHIND_PROXY="true", TRUSTED_PROXY_COUNT="2").stdout.strip() == "2"


@pytest.fixture
def behind_proxy(settings):
    settings.TRUSTED_PROXY_COUNT = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True

    def client_at(forwarded: str) -> Client:
        headers = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": forwarded, "HTTP_X_FORWARDED_PROTO": "https"}
        return Client(**headers)

    return client_at


def sign_in(client: Client, email: str, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("accounts:hub")).status_code == 200


def test_each_client_behind_a_proxy_has_its_own_allowance(db, behind_proxy):
    victim, other = make_user("peer"), make_user("peer")
    for number in range(12):
        # What stands before the proxy's own entry was typed by the client and gives no allowance of its own.
        sign_in(behind_proxy(f"198.51.100.{number}, 203.0.113.1"), f"nobody.{number}@example.org", "wrong-Password-1")
    attacker = behind_proxy("192.0.2.77, 203.0.113.1")
    assert b"Too many failed" in sign_in(attacker, other.email).content
    assert not is_signed_in(attacker)
    honest = behind_proxy("203.0.113.2")
    sign_in(honest, victim.email)
    assert is_signed_in(honest)
    locked = Event.objects.filter(verb="sign_in_locked")
    assert [event.data["client"] for event in locked] == ["203.0.113.1"]


def test_sessions_and_events_name_the_client_and_not_the_proxy(db, behind_proxy):
    user = make_user("peer")
    client = behind_proxy("203.0.113.7")
    sign_in(client, user.email)
    assert UserSession.objects.get(user=user).ip == "203.0.113.7"
    page = client.get(reverse("usersessions_list")).content.decode()
    assert "203.0.113.7" in page
    assert PROXY not in page
    assert Event.objects.get(verb="signed_in").data["client"] == "203.0.113.7"
