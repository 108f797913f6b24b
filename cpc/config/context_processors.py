"""What every page needs: the service's name, and the navigation of who is signed in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from cpc.drafts.owner import device_key

# Text, URL name, permission; in the order of the menu.
NAVIGATION = [
    ("Pipeline", "dashboard:pipeline", "cpc.view_pipeline"),
    ("Due list", "due:list", "cpc.view_due_list"),
    ("My work", "dashboard:my-work", "cpc.view_my_work"),
    ("Councils", "councils:list", "councils.list_councils"),
    ("Peers", "peers:list", "teams.list_peers"),
    ("Dates", "deadlines:calendar-list", "cpc.view_calendars"),
    ("Outbox", "notifications:outbox", "cpc.view_outbox"),
    ("People", "accounts:user-list", "cpc.view_user"),
    ("Events", "audit:list", "cpc.view_events"),
]


@lru_cache(maxsize=1)
def addresses() -> list[tuple[str, str, str]]:
    """Text, address, permission of the menu: addresses are the same for everybody and do not change while we run."""
    return [(text, reverse(name), permission) for text, name, permission in NAVIGATION]


@lru_cache(maxsize=1)
def own_addresses() -> list[tuple[str, str]]:
    return [("Your account", reverse("accounts:hub")), ("Sign out", reverse("account_logout"))]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    items = [(text, href) for text, href, permission in addresses() if user.has_perm(permission)]
    return [
        {
            "text": text,
            "href": href,
            "active": request.path.startswith(href),
            "exact": request.path == href,
        }
        for text, href in items
    ]


def account_links(request: HttpRequest) -> list[dict[str, Any]]:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return [{"text": text, "href": href, "active": request.path == href} for text, href in own_addresses()]


def who_is_signed_in(request: HttpRequest) -> str:
    user: Any = getattr(request, "user", None)
    return f"{user.full_name}, {user.get_role_display()}" if user is not None and user.is_authenticated else ""


def drafts_key(request: HttpRequest) -> str:
    user: Any = getattr(request, "user", None)
    return device_key(user.pk) if user is not None and user.is_authenticated else ""


def service(request: HttpRequest) -> dict[str, Any]:
    return {
        "drafts_key": drafts_key(request),
        "signed_in_as": who_is_signed_in(request),
        "service_name": settings.SERVICE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "navigation": navigation(request),
        "account_links": account_links(request),
    }
