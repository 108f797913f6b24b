"""Reading events, each person only what is meant for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.models import Audience, Event
from cpc.audit.presenters import GROUP_OF, GROUPS, sentence
from cpc.components.search import words_match

PAGE_SIZE = 25
# Of people whose name or address fits what was typed.
MOST_PEOPLE = 200
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


def events_of_no_case(
    *, group: str = "", person: str = "", council: str = "", since: date | None = None, until: date | None = None
) -> QuerySet[Event]:
    """What happened to accounts, at the door, in the register and to the programme as a whole, newest first. Events of
    a case are on its history; a private event says to nobody what happened."""
    found = Event.objects.filter(case__isnull=True).exclude(audience=Audience.PRIVATE)
    if group in GROUPS:
        found = found.filter(verb__in=[verb for verb, of in GROUP_OF.items() if of == group])
    if person:
        # By them, or about them.
        people = User.objects.filter(words_match(person, "full_name_folded", plain=("email",)))
        ids = list(people.order_by("pk").values_list("pk", flat=True)[:MOST_PEOPLE])
        found = found.filter(Q(by__in=ids) | Q(data__user_id__in=ids))
    if council:
        found = found.filter(words_match(council, "council__name_folded"))
    zone = timezone.get_default_timezone()
    if since:
        found = found.filter(at__gte=datetime.combine(since, time(), zone))
    if until:
        found = found.filter(at__lt=datetime.combine(until + timedelta(days=1), time(), zone))
    return found.select_related("by", "council").order_by("-at", "-pk")


def with_sentences(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        event.text = sentence(event.verb, event.data)  # type: ignore[attr-defined]
        yield event
