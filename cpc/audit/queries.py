"""Reading events, each person only what is meant for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from cpc.audit.models import Audience, Event
from cpc.audit.presenters import sentence

PAGE_SIZE = 25
# Set by the package that knows who is who in a case (cpc.cases); audit lies below it.
_audiences_of: list[Callable[[Any, Any], set[str]]] = []


def register_audiences(resolver: Callable[[Any, Any], set[str]]) -> None:
    """`resolver(user, case)` gives the audiences that this person belongs to in this case."""
    _audiences_of[:] = [resolver]


def events_for(case: Any, user: Any) -> QuerySet[Event]:
    audiences = _audiences_of[0](user, case) if _audiences_of else set()
    return (
        Event.objects.filter(case=case, audience__in=audiences - {Audience.PRIVATE})
        .select_related("by")
        .order_by("-at", "-pk")
    )


def timeline_for(case: Any, user: Any, *, page: Any = None) -> Page:
    """One page of the case's events, newest first; each has `.text`, its sentence."""
    found = Paginator(events_for(case, user), PAGE_SIZE).get_page(page)
    for event in found:
        event.text = sentence(event.verb, event.data)  # type: ignore[attr-defined]
    return found
