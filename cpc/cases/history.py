"""What happened in a case, each person only what is meant for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.core.paginator import Page
from django.db.models import QuerySet

from cpc.accounts.models import User
from cpc.audit.models import Audience, Event
from cpc.audit.presenters import sentence
from cpc.audit.waivers import WAIVERS
from cpc.cases import access
from cpc.cases.models import Case
from cpc.components.pages import page_at


def audiences_in(user: User, case: Case) -> set[str]:
    """Which events of a case somebody reads. An administrator reads that things happened, not what was written."""
    found = {Audience.CASE} if access.sees_overview(user, case) else set()
    if access.is_case_lga(user, case):
        found |= {Audience.LGA, Audience.TEAM, Audience.COUNCIL}
    if access.is_team(user, case):
        found.add(Audience.TEAM)
    if access.is_host(user, case):
        found.add(Audience.COUNCIL)
    return {str(audience) for audience in found}


def events_for(case: Case, user: User) -> QuerySet[Event]:
    audiences = audiences_in(user, case)
    return (
        Event.objects.filter(case=case, audience__in=audiences - {Audience.PRIVATE})
        .select_related("by")
        .order_by("-at", "-pk")
    )


# As many as the first page of a case shows.
LATEST = 5
Events = TypeVar("Events", bound=Iterable[Event])


def _told(events: Events) -> Events:
    for event in events:
        event.text = sentence(event.verb, event.data)  # type: ignore[attr-defined]
    return events


def timeline_for(case: Case, user: User, *, page: Any = None) -> Page[Event]:
    """One page of the case's events, newest first; each has `.text`, its sentence."""
    return _told(page_at(page, events_for(case, user)))


def latest_events(case: Case, user: User) -> list[Event]:
    """The last few of them, for the first page of the case, where what was waived stands by itself."""
    return _told(list(events_for(case, user).exclude(verb__in=WAIVERS)[:LATEST]))


def waivers_of(case: Case, user: User, *, but: str = "") -> list[Event]:
    """What was waived on this case, as far as this person may read it, the first first; each has `.text`, its sentence."""
    return _told(list(events_for(case, user).filter(verb__in=set(WAIVERS) - {but}).order_by("at", "pk")))
