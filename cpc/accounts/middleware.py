"""Two-step sign-in where it is compulsory: allauth offers it, it does not require it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

# What somebody may do before two-step sign-in is set up: set it up, confirm who they are, sign out, read public pages.
ALLOWED_NAMES = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "healthz",
        "readyz",
    }
)


class TwoStepMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Send people of TWO_STEP_ROLES to the set-up page until they have a second step."""
        if not settings.TWO_STEP_ROLES or not request.user.is_authenticated:
            return None
        if request.user.role not in settings.TWO_STEP_ROLES or request.resolver_match.url_name in ALLOWED_NAMES:
            return None
        if getattr(view, "login_required", True) is False or is_mfa_enabled(request.user):
            return None
        messages.warning(request, "Your role needs two-step sign-in. Set it up to go on.")
        return redirect("mfa_activate_totp")
