"""The pages of the sign-in library in our look: each is found, in one layout, and valid."""

import re
from hashlib import sha256

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData
from playwright.sync_api import expect

from cpc.accounts.models import User
from cpc.notifications import tasks
from tests.browser import PHONE, WIDE, assert_accessible, assert_no_sideways_scroll, take_picture
from tests.factories.accounts import PASSWORD, make_user
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db


def sign_in(client: Client, user: User) -> None:
    """With the password typed once more, which the pages of two-step sign-in ask for."""
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def make_passkey(user: User) -> Authenticator:
    """As a browser would have sent it: only a page that reads it, no signature, is tested here."""
    public_key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(Aaguid.NONE, b"credential", public_key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(sha256(b"testserver").digest(), flags, 0, credential)
    sent = {
        "id": websafe_encode(b"credential"),
        "rawId": websafe_encode(b"credential"),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(
                CollectedClientData.create("webauthn.create", b"challenge", "http://testserver")
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Blue key", "credential": sent}
    )


def assert_our_page(answer, status: int = 200) -> None:
    content = answer.content.decode()
    assert answer.status_code == status
    assert 'class="app-header"' in content
    assert re.findall(r"<(?:b|em|br|tt)\b", content) == [], "left as the library writes it"
    assert_valid_html(content)


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_request_login_code",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_inactive",
    ],
)
def test_page_of_somebody_signed_out(client, name: str):
    assert_our_page(client.get(reverse(name)))


@pytest.mark.parametrize("name", ["account_login", "account_request_login_code", "account_reset_password"])
def test_page_with_errors(client, name: str):
    answer = client.post(reverse(name), {})
    assert_our_page(answer)
    assert "<title>Error: " in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "account_logout",
        "account_change_password",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "usersessions_list",
    ],
)
def test_page_of_somebody_without_a_second_step(client, name: str):
    sign_in(client, make_user("peer"))
    assert_our_page(client.get(reverse(name)))


@pytest.mark.parametrize(
    "name",
    [
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_index",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_list_webauthn",
    ],
)
def test_page_of_somebody_with_a_second_step(client, name: str):
    user = make_user("peer")
    sign_in(client, user)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    make_passkey(user)
    assert_our_page(client.get(reverse(name)))


@pytest.mark.parametrize("name", ["mfa_edit_webauthn", "mfa_remove_webauthn"])
def test_page_of_one_passkey(client, name: str):
    user = make_user("peer")
    sign_in(client, user)
    assert_our_page(client.get(reverse(name, args=[make_passkey(user).pk])))


def test_code_by_mail_is_asked_for_and_refused_when_wrong(client):
    user = make_user("peer")
    answer = client.post(reverse("account_request_login_code"), {"email": user.email}, follow=True)
    assert_our_page(answer)
    answer = client.post(reverse("account_confirm_login_code"), {"code": "nonsense"})
    assert_our_page(answer)
    assert "<title>Error: " in answer.content.decode()


def test_second_step_is_asked_for(client):
    user = make_user("peer")
    TOTP.activate(user, generate_totp_secret())
    make_passkey(user)
    assert_our_page(client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True))
    answer = client.post(reverse("mfa_authenticate"), {"code": "000"})
    assert_our_page(answer)
    assert "<title>Error: " in answer.content.decode()


def test_password_is_chosen_anew_by_a_mailed_link(client):
    user = make_user("peer")
    client.post(reverse("account_reset_password"), {"email": user.email})
    tasks.deliver_waiting()
    link = re.search(r"http://localhost:8000(/\S+)", mail.outbox[-1].body)
    answer = client.get(link[1], follow=True)
    assert_our_page(answer)
    address = answer.request["PATH_INFO"]
    assert_our_page(client.post(address, {"password1": "short", "password2": "other"}))
    new = "an-Entirely-New-1"
    assert client.post(address, {"password1": new, "password2": new}).status_code == 302
    assert_our_page(client.get(link[1], follow=True))  # used: it says so and offers another
    client.post(reverse("account_login"), {"login": user.email, "password": new})
    assert client.get(reverse("accounts:hub")).status_code == 200


@pytest.mark.browser
def test_a_passkey_is_added_and_signs_in(open_page):
    """A real browser with an authenticator of its own: what the library and our buttons and policy do together."""
    user = make_user("peer")
    page = open_page(width=PHONE)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/my-work/")

    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/webauthn/add/")
    assert_accessible(page)
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/**")
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My phone").first).to_be_visible()
    assert_accessible(page)
    take_picture(page, "passkeys-phone")

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/my-work/")


@pytest.mark.browser
@pytest.mark.parametrize("width", [WIDE, 320])
def test_pages_of_ones_own_account_in_a_browser(open_page, width):
    user = make_user("coordinator")
    page = open_page(width=width)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/my-work/")
    page.goto("/accounts/2fa/totp/activate/")
    assert_accessible(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/totp/activate/")
    for name in ("mfa_activate_totp", "mfa_index", "mfa_add_webauthn", "account_change_password", "usersessions_list"):
        page.goto(reverse(name))
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        take_picture(page, f"{name}-{width}")
