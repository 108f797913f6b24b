"""What happened to accounts, at the door and in the register: read and exported by administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView, View

from cpc.audit.exports import MOST_ROWS, as_csv, as_xlsx
from cpc.audit.forms import EventFilterForm
from cpc.audit.models import Event
from cpc.audit.queries import PAGE_SIZE, events_of_no_case, with_sentences
from cpc.components.mixins import PermissionRequired


class ChosenEvents(PermissionRequired):
    permission_required = "cpc.view_events"
    request: HttpRequest

    @cached_property
    def form(self) -> EventFilterForm:
        return EventFilterForm(self.request.GET)

    def events(self) -> Any:
        return events_of_no_case(**self.form.chosen())


class EventList(ChosenEvents, TemplateView):
    template_name = "cpc/audit/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(self.events(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        query.pop("page", None)
        return super().get_context_data(**kwargs) | {
            "form": self.form,
            "page_obj": page,
            "events": list(with_sentences(page)),
            "query_string": query.urlencode(),
            "most_rows": MOST_ROWS if page.paginator.count > MOST_ROWS else 0,
        }


class EventFile(ChosenEvents, View):
    """The same events as a file, the newest first."""

    content_type: str
    ending: str
    written_by: Callable[[Iterable[Event]], bytes]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = f"events-{timezone.localdate():%Y-%m-%d}.{self.ending}"
        return HttpResponse(
            self.written_by(self.events()[:MOST_ROWS].iterator(chunk_size=2000)),
            content_type=self.content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
        )


class EventCsv(EventFile):
    content_type = "text/csv; charset=utf-8"
    ending = "csv"
    written_by = staticmethod(as_csv)


class EventXlsx(EventFile):
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ending = "xlsx"
    written_by = staticmethod(as_xlsx)
