"""Who is asking: the address of the client, also behind proxies."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


def client_address(request: HttpRequest | None) -> str:
    """The address that the outermost of our own proxies saw.

    Each proxy adds the address that it saw at the end of X-Forwarded-For; what stands before those of our own proxies
    (TRUSTED_PROXY_COUNT) was written by the client and proves nothing. Without our proxies, or when the header has
    fewer entries than there are proxies, it is the address of the connection.
    """
    if request is None:
        return UNKNOWN
    found = request.META.get("REMOTE_ADDR") or ""
    count = settings.TRUSTED_PROXY_COUNT
    if count:
        forwarded = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
        if len(forwarded) >= count:
            found = forwarded[-count]
    return _clean(found) or _clean(request.META.get("REMOTE_ADDR") or "") or UNKNOWN


def _clean(text: str) -> str:
    """An address without its port, written in one way; empty for what is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
