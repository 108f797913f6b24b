"""Whose page it is that somebody sends after the sign-in has ended: a cookie that names the person and opens nothing."""

from __future__ import annotations

import base64
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SALT = "cpc.drafts.owner"
KEPT = timedelta(days=14)
RENEWED = timedelta(days=1)


def _named(request: HttpRequest, max_age: timedelta) -> int | None:
    value = request.get_signed_cookie(settings.DRAFTS_COOKIE_NAME, default="", salt=SALT, max_age=max_age)
    return int(value) if value else None


def owner_of(request: HttpRequest) -> int | None:
    """The number of whoever was last signed in here and has not signed out."""
    return _named(request, KEPT)


def name_owner(request: HttpRequest, response: HttpResponse, person_id: int) -> None:
    if _named(request, RENEWED) != person_id:
        response.set_signed_cookie(
            settings.DRAFTS_COOKIE_NAME,
            str(person_id),
            salt=SALT,
            max_age=KEPT,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def forget_owner(response: HttpResponse) -> None:
    response.delete_cookie(settings.DRAFTS_COOKIE_NAME, samesite="Lax")
    # A browser drops a cookie of this kind only by an answer that is as strict as the one that set it.
    response.cookies[settings.DRAFTS_COOKIE_NAME]["secure"] = settings.SESSION_COOKIE_SECURE


def device_key(person_id: int) -> str:
    """With it a person's own pages lock and unlock what is kept on the device (static/js/drafts.js). No other page has it."""
    return base64.b64encode(salted_hmac("cpc.drafts.device", str(person_id), algorithm="sha256").digest()).decode()
