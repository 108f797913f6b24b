"""The due list: every council of the programme on a day, when it falls due and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import timezone

from councils.models import CouncilType
from cpc.accounts.mixins import PermissionRequired
from cpc.components.pages import ListFile, ListPage, asked_page
from cpc.cycle.due.exports import COLUMNS, cells
from cpc.cycle.due.filters import ORDERS, STANDING_CHOICES, DueFilter, DuePage, due_page, due_rows, filter_from
from cpc.cycle.due.forms import DayForm
from cpc.cycle.journey.queries import adviser_names, councils_of_adviser
from cpc.cycle.queries import DueState, Standing


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


class DueList(DueRows, ListPage):
    template_name = "cpc/cycle/due/list.html"

    def page(self, number: int) -> DuePage:
        size = self.page_size
        return due_page(self.on, self.chosen, self.councils, start=(number - 1) * size, most=size)

    @cached_property
    def found(self) -> DuePage:
        return self.page(asked_page(self.request))

    def get_rows(self) -> range:
        # The rows of the page are here already: the paginator needs to know only how many there are in all.
        return range(self.found.total)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page, found = context["page_obj"], self.found
        if page.number != asked_page(self.request):
            found = self.page(page.number)
        query = self.request.GET.copy()
        query.pop("page", None)
        apart = query.copy()
        apart.pop("state", None)
        counts = []
        for standing in Standing:
            apart["standing"] = standing.value
            counts.append({"name": standing.label, "number": found.of_standing[standing], "query": apart.urlencode()})
        return context | {
            "rows": found.rows,
            "chosen": self.chosen,
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
            "has_councils": bool(found.regions),
            "may_start": self.request.user.has_perm("cpc.add_case"),
            "narrowed": bool(query),
        }


class DueListFile(DueRows, ListFile):
    """The same rows as a file, all of them."""

    columns = COLUMNS
    sheet = "Due list"

    def get_name(self) -> str:
        return f"due-list-{self.on:%Y-%m-%d}"

    def get_lines(self) -> Iterable[list[str]]:
        return map(cells, due_rows(self.on, self.chosen, self.councils))
