"""Events as a file that can be handed on."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from cpc.audit.models import Event
from cpc.audit.presenters import GROUP_OF, GROUPS
from cpc.audit.queries import with_sentences

COLUMNS = ["When", "Who", "What", "About", "Council", "Client", "Kind"]
# More than a spreadsheet is read for; the days of the filter make it smaller.
MOST_ROWS = 50_000


def cells(event: Event) -> list[str]:
    return [
        f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
        event.by.full_name if event.by else "The service",
        event.text,  # type: ignore[attr-defined]
        GROUPS.get(GROUP_OF.get(event.verb, ""), ""),
        event.council.name if event.council else "",
        str(event.data.get("client", "")),
        event.verb,
    ]


def lines(events: Iterable[Event]) -> Iterable[list[str]]:
    for event in with_sentences(events):
        yield cells(event)
