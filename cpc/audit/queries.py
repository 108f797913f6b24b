"""Reading events, each person only what is meant for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone

from cpc.audit.models import Audience, Event
from cpc.audit.presenters import GROUP_OF, GROUPS, sentence
from cpc.components.search import words_match

# Of people whose name or address fits what was typed.
MOST_PEOPLE = 200


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
        people = get_user_model()._default_manager.filter(words_match(person, "full_name_folded", plain=("email",)))
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
