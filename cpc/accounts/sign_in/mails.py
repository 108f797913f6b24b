"""The mails of the sign-in library: each becomes a message of ours, queued like every mail and sent by the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

Values = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class SignInMail:
    """`kind` of message (cpc.notifications), its values from what the library gives, the event that its asking writes."""

    kind: str
    values: Values
    verb: str = ""


def _code(given: dict[str, Any]) -> dict[str, Any]:
    return {"code": given["code"], "minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60}


def _reset_link(given: dict[str, Any]) -> dict[str, Any]:
    """Without a host: the mail itself puts SITE_URL before it, never what a browser sent as Host."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": given["uid"], "key": given["key"]})
    return {"url": path, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600}


def _nothing(given: dict[str, Any]) -> dict[str, Any]:
    return {}


def changed(what: str) -> SignInMail:
    """The notice that something about one's sign-in is another now."""

    def values(given: dict[str, Any]) -> dict[str, Any]:
        return {
            "what": what,
            "when": f"{timezone.localtime(given['timestamp']):%-d %B %Y at %H:%M}",
            "client": str(given["ip"]),
            "browser": str(given["user_agent"])[:200],
        }

    return SignInMail("sign_in_changed", values)


MAILS: dict[str, SignInMail] = {
    "account/email/login_code": SignInMail("sign_in_code", _code, verb="sign_in_code_asked"),
    "account/email/password_reset_key": SignInMail("password_reset", _reset_link, verb="password_reset_asked"),
    "account/email/unknown_account": SignInMail("unknown_account", _nothing, verb="unknown_address_used"),
    "account/email/password_changed": changed("Your password was changed"),
    "account/email/password_set": changed("A password was set for your account"),
    "account/email/password_reset": changed("Your password was set anew by a link sent to you"),
    "mfa/email/totp_activated": changed("An authenticator app was added to your sign-in"),
    "mfa/email/totp_deactivated": changed("The authenticator app was taken out of your sign-in"),
    "mfa/email/recovery_codes_generated": changed("New recovery codes were made for your account"),
    "mfa/email/webauthn_added": changed("A passkey was added to your sign-in"),
    "mfa/email/webauthn_removed": changed("A passkey was taken out of your sign-in"),
}
# Mails that the library has and no page of ours asks for.
NOT_SENT = {
    "account/email/account_already_exists": "only a sign-up sends it, and no one signs up",
    "account/email/email_changed": "addresses are changed on a page of our own",
    "account/email/email_confirm": "addresses are changed on a page of our own",
    "account/email/email_confirmation": "addresses are confirmed by our own invitation and change of address",
    "account/email/email_confirmation_signup": "no one signs up",
    "account/email/email_deleted": "addresses are changed on a page of our own",
    "account/email/password_reset_code": "a password is set anew by a link",
}
