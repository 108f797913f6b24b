"""Events as a file that can be handed on."""

from __future__ import annotations

import io
from collections.abc import Iterable

from django.utils import timezone
from openpyxl import Workbook

from cpc.audit.models import Event
from cpc.audit.presenters import GROUP_OF, GROUPS
from cpc.audit.queries import with_sentences
from cpc.components.spreadsheets import csv_bytes, harmless

COLUMNS = ["When", "Who", "What", "About", "Council", "Client", "Kind"]
# More than a spreadsheet is read for; the days of the filter make it smaller.
MOST_ROWS = 50_000


def cells(event: Event) -> list[str]:
    values = [
        f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}",
        event.by.full_name if event.by else "The service",
        event.text,  # type: ignore[attr-defined]
        GROUPS.get(GROUP_OF.get(event.verb, ""), ""),
        event.council.name if event.council else "",
        str(event.data.get("client", "")),
        event.verb,
    ]
    return [harmless(value) for value in values]


def _rows(events: Iterable[Event]) -> Iterable[list[str]]:
    yield COLUMNS
    for event in with_sentences(events):
        yield cells(event)


def as_csv(events: Iterable[Event]) -> bytes:
    return csv_bytes(_rows(events))


def as_xlsx(events: Iterable[Event]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Events")
    for row in _rows(events):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
