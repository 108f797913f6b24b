"""The due list: every council of the programme on a day, when it falls due and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.generic import TemplateView, View

from councils.models import CouncilType
from cpc.accounts.mixins import PermissionRequired
from cpc.cycle.due_forms import DayForm
from cpc.cycle.exports import as_csv, as_xlsx
from cpc.cycle.forecast import forecast
from cpc.cycle.queries import DueRow, DueState, Standing, due_list

PAGE_SIZE = 25
# R1: councils that never had one are listed apart, so the list opens with the others.
STANDING_CHOICES = (("", "All that had one"), *Standing.choices, ("all", "All councils"))
ORDERS: dict[str, tuple[str, Callable[[DueRow], Any]]] = {
    "due": ("Due date", lambda row: (row.due_on or date.max, row.window_on or date.max)),
    "council": ("Council", lambda row: ()),
    "last": ("Last peer challenge", lambda row: row.last.on if row.last else date.min),
    "state": ("State", lambda row: DueState.values.index(row.state.value)),
}


@dataclass(frozen=True)
class DueFilter:
    """What the due list is narrowed to. Empty strings narrow nothing, but for the standing."""

    region: str = ""
    council_type: str = ""
    standing: str = ""
    state: str = ""
    order: str = "due"

    def takes_council(self, row: DueRow) -> bool:
        return self.region in ("", row.council.region) and self.council_type in ("", row.council.council_type)

    def takes(self, row: DueRow) -> bool:
        if self.standing == "" and row.standing == Standing.NEVER_HAD:
            return False
        return self.standing in ("", "all", row.standing) and self.state in ("", row.state)


def filter_from(data: Any) -> DueFilter:
    """Anything that is not a known value narrows nothing: an address typed by hand is never an error."""

    def known(name: str, values: Any) -> str:
        return data.get(name, "") if data.get(name, "") in values else ""

    return DueFilter(
        region=data.get("region", "")[:60],
        council_type=known("type", CouncilType.values),
        standing=known("standing", dict(STANDING_CHOICES)),
        state=known("state", DueState.values),
        order=known("order", ORDERS) or "due",
    )


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
    def all_rows(self) -> list[DueRow]:
        return due_list(self.on)

    @cached_property
    def councils_rows(self) -> list[DueRow]:
        """Of the region and type, whatever their standing."""
        return [row for row in self.all_rows if self.chosen.takes_council(row)]

    @cached_property
    def rows(self) -> list[DueRow]:
        # They come by name, and a sort keeps the order of equals.
        return sorted(filter(self.chosen.takes, self.councils_rows), key=ORDERS[self.chosen.order][1])


class DueList(DueRows, TemplateView):
    template_name = "cpc/cycle/due_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen = self.chosen
        page = Paginator(self.rows, PAGE_SIZE).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        query.pop("page", None)
        numbers = Counter(row.standing for row in self.councils_rows)
        apart = query.copy()
        apart.pop("state", None)
        counts = []
        for standing in Standing:
            apart["standing"] = standing.value
            counts.append({"name": standing.label, "number": numbers[standing], "query": apart.urlencode()})
        return super().get_context_data(**kwargs) | {
            "page_obj": page,
            "chosen": chosen,
            "on": self.on,
            "form": self.day_form,
            "counts": counts,
            "overdue": numbers[Standing.OVERDUE],
            "quarters": forecast(self.councils_rows, self.on),
            "regions": [(each, each) for each in sorted({row.council.region for row in self.all_rows})],
            "types": CouncilType.choices,
            "standings": STANDING_CHOICES,
            "states": DueState.choices,
            "orders": [(name, text) for name, (text, _) in ORDERS.items()],
            "query_string": query.urlencode(),
            "has_councils": bool(self.all_rows),
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
            self.written_by(self.rows),
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
