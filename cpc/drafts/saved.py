"""What the server has saved, told to the device, which then forgets its own copy (static/js/drafts.js)."""

from __future__ import annotations

from urllib.parse import quote, unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "drafts-saved"
MOST = 10


def tell_device(request: HttpRequest, response: HttpResponse, address: str) -> None:
    """A cookie that the next page reads and takes away: the addresses of forms that were saved, the newest last."""
    told = [unquote(each) for each in request.COOKIES.get(COOKIE, "").split(".") if each]
    addresses = [*told, address][-MOST:]
    response.set_cookie(
        COOKIE,
        ".".join(quote(each, safe="").replace(".", "%2E") for each in addresses),
        max_age=24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
