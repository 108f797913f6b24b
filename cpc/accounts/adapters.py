"""How allauth behaves here: nobody signs themselves up, secrets are encrypted, its mails are queued like every mail, and
sign-in leads to the person's work."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse

from cpc.accounts.events import mail_wanted
from cpc.accounts.models import User
from cpc.accounts.sign_in.client import UNKNOWN, client_address
from cpc.accounts.sign_in.mails import MAILS
from cpc.accounts.sign_in.records import account_of, record_at_door, record_locked
from cpc.components import encryption

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing listens here: what stands for a client without an address
REFUSED_FOR_A_WHILE = {"too_many_login_attempts", "rate_limited"}


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come by invitation only."""
        return False

    def get_login_redirect_url(self, request: Any) -> str:
        """LGA staff start at the pipeline, everybody else at their work."""
        name = "dashboard:pipeline" if request.user.is_lga_staff else "dashboard:home"
        try:
            return reverse(name)
        except NoReverseMatch:
            return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the limits, the list of sign-ins and the notices; the list keeps an address or nothing."""
        found = client_address(request)
        return found if found != UNKNOWN else NO_ADDRESS

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, {"user": user} | (context or {}), email)

    @transaction.atomic
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No mail server is asked here: a message is queued, and the event written that it was asked for."""
        mail = MAILS[template_prefix]
        user: User | None = context.get("user") or account_of(email)
        mail_wanted.send(sender=type(self), kind=mail.kind, to=user, email=email, values=mail.values(context))
        if mail.verb:
            record_at_door(mail.verb, request=self.request, user=user)

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        # A password is refused before it comes to this, and recorded there; a code or a passkey is not.
        if request.resolver_match is None or request.resolver_match.url_name != "account_login":
            record_at_door("sign_in_refused", request=request, user=user, why="the account is deactivated")
        return super().respond_user_inactive(request, user)

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """Every form that refuses after too many attempts comes through here."""
        if code in REFUSED_FOR_A_WHILE:
            record_locked(self.request)
        return super().validation_error(code, *args)


class MFAAdapter(DefaultMFAAdapter):
    """allauth keeps the secrets of two-step sign-in in clear; here a copy of the database is no use without the key."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)
