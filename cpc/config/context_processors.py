"""What every page needs: the service's name, and the navigation of who is signed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

# Text, URL name, permission; in the order of the menu.
NAVIGATION = [
    ("Pipeline", "dashboard:pipeline", "cpc.view_pipeline"),
    ("My work", "dashboard:my-work", "cpc.view_my_work"),
    ("Councils", "councils:list", "councils.list_councils"),
    ("Peers", "peers:list", "teams.list_peers"),
    ("Dates", "deadlines:calendar-list", "cpc.view_calendars"),
    ("Outbox", "notifications:outbox", "cpc.view_outbox"),
    ("People", "accounts:user-list", "cpc.view_user"),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    items: list[dict[str, Any]] = []
    for text, name, permission in NAVIGATION:
        if user.has_perm(permission):
            items.append({"text": text, "href": reverse(name)})
    items += [
        {"text": "Your account", "href": reverse("accounts:hub")},
        {"text": "Sign out", "href": reverse("account_logout")},
    ]
    for item in items:
        item["active"] = request.path.startswith(item["href"])
        item["exact"] = request.path == item["href"]
    return items


def service(request: HttpRequest) -> dict[str, Any]:
    return {
        "service_name": settings.SERVICE_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "navigation": navigation(request),
    }
