"""Before somebody changes how they sign in: the password or the second step once more, or a fresh sign-in."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

View = Callable[..., HttpResponse]


def has_just_signed_in(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """Where to go first; None when it is certain enough that it is them. Raises ReauthenticationRequired, which the
    library turns into its page.

    Somebody with neither a password nor a second step signs in with a mailed code: they do so again.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if get_adapter(request).get_reauthentication_methods(request.user):
        if did_recently_reauthenticate(request):
            return None
        if any("password" in name for name in request.POST):
            # The library keeps what was posted in the session until then; a password has no place there.
            return HttpResponseRedirect(request.get_full_path())
        raise ReauthenticationRequired()
    if has_just_signed_in(request):
        return None
    address = request.get_full_path()
    get_adapter(request).logout(request)
    messages.info(request, "Sign in again with a code sent by email, and go on.")
    return redirect_to_login(address, "account_request_login_code", REDIRECT_FIELD_NAME)


def fresh_sign_in_required(view: View) -> View:
    @wraps(view)
    def asked_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask_again(request) or view(request, *args, **kwargs)

    return asked_first
