"""What happened to accounts, at the door and in the register: read and exported by administrators."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.utils import timezone

from cpc.audit.exports import COLUMNS, MOST_ROWS, lines
from cpc.audit.forms import EventFilterForm
from cpc.audit.queries import events_of_no_case, with_sentences
from cpc.components.mixins import PermissionRequired
from cpc.components.pages import ListFile, ListPage


class ChosenEvents(PermissionRequired):
    permission_required = "cpc.view_events"

    @cached_property
    def form(self) -> EventFilterForm:
        return EventFilterForm(self.request.GET)

    def get_rows(self) -> Any:
        return events_of_no_case(**self.form.chosen())


class EventList(ChosenEvents, ListPage):
    template_name = "cpc/audit/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page = context["page_obj"]
        return context | {
            "form": self.form,
            "events": list(with_sentences(page)),
            "most_rows": MOST_ROWS if page.paginator.count > MOST_ROWS else 0,
        }


class EventFile(ChosenEvents, ListFile):
    """The same events as a file, the newest first."""

    columns = COLUMNS
    sheet = "Events"

    def get_name(self) -> str:
        return f"events-{timezone.localdate():%Y-%m-%d}"

    def get_lines(self) -> Iterable[list[str]]:
        return lines(self.get_rows()[:MOST_ROWS].iterator(chunk_size=2000))
