"""The due list: every council of the programme on a day, when it falls due and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView, View

from councils.models import CouncilType
from cpc.accounts.mixins import PermissionRequired
from cpc.cycle.due.exports import as_csv, as_xlsx
from cpc.cycle.due.filters import ORDERS, STANDING_CHOICES, DueFilter, DuePage, due_page, due_rows, filter_from
from cpc.cycle.due.forms import DayForm
from cpc.cycle.journey.queries import adviser_names, councils_of_adviser
from cpc.cycle.queries import DueRow, DueState, Standing

PAGE_SIZE = 25
MOST_PAGES = 100_000


class DueRows(PermissionRequired):
    """The rows that were asked for, for the page and the files alike."""

    permission_required = "cpc.view_due_list"
    request: Any

    @cached_property
    def day_form(self) -> DayForm:
        asked = any(self.request.GET.get(f"on-{part}") for part in ("day", "month", "year"))
        return DayForm(self.request.GET) if asked else DayForm(initial={"on": timezone.localdate()})

    @cached_property
    def on(self) -> date:
        """Today when no day was asked for, or none that is real."""
        form = self.day_form
        return (form.is_valid() and form.cleaned_data["on"]) or timezone.localdate()

    @cached_property
    def chosen(self) -> DueFilter:
        return filter_from(self.request.GET)

    @cached_property
    def advisers(self) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in adviser_names()]

    @cached_property
    def adviser(self) -> str:
        """The number of a principal adviser; anything else narrows nothing."""
        asked = self.request.GET.get("adviser", "")
        return asked if asked in dict(self.advisers) else ""

    @cached_property
    def councils(self) -> set[int] | None:
        """Those whom the adviser chosen looks after on the day; without one, no limit."""
        return councils_of_adviser(int(self.adviser), self.on) if self.adviser else None


class DueList(DueRows, TemplateView):
    template_name = "cpc/cycle/due/list.html"

    def page(self, number: int) -> DuePage:
        return due_page(self.on, self.chosen, self.councils, start=(number - 1) * PAGE_SIZE, most=PAGE_SIZE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen = self.chosen
        asked = self.request.GET.get("page", "1")
        # One more than a list can have pages is taken for the last: no address is an error.
        number = max(min(int(asked), MOST_PAGES), 1) if asked.isdecimal() and len(asked) < 10 else 1
        found = self.page(number)
        page = Paginator(range(found.total), PAGE_SIZE).get_page(asked)
        if page.number != number:
            found = self.page(page.number)
        query = self.request.GET.copy()
        query.pop("page", None)
        apart = query.copy()
        apart.pop("state", None)
        counts = []
        for standing in Standing:
            apart["standing"] = standing.value
            counts.append({"name": standing.label, "number": found.of_standing[standing], "query": apart.urlencode()})
        return super().get_context_data(**kwargs) | {
            "page_obj": page,
            "rows": found.rows,
            "chosen": chosen,
            "adviser": self.adviser,
            "on": self.on,
            "form": self.day_form,
            "counts": counts,
            "overdue": found.of_standing[Standing.OVERDUE],
            "quarters": found.quarters,
            "regions": [(each, each) for each in found.regions],
            "types": CouncilType.choices,
            "advisers": self.advisers,
            "standings": STANDING_CHOICES,
            "states": DueState.choices,
            "orders": [(name, text) for name, (text, _) in ORDERS.items()],
            "query_string": query.urlencode(),
            "has_councils": bool(found.regions),
            "may_start": self.request.user.has_perm("cpc.add_case"),
            "narrowed": bool(query),
        }


class DueListFile(DueRows, View):
    """The same rows as a file, all of them."""

    content_type: str
    ending: str
    written_by: Callable[[list[DueRow]], bytes]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = f"due-list-{self.on:%Y-%m-%d}.{self.ending}"
        return HttpResponse(
            self.written_by(due_rows(self.on, self.chosen, self.councils)),
            content_type=self.content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
        )


class DueListCsv(DueListFile):
    content_type = "text/csv; charset=utf-8"
    ending = "csv"
    written_by = staticmethod(as_csv)


class DueListXlsx(DueListFile):
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ending = "xlsx"
    written_by = staticmethod(as_xlsx)
