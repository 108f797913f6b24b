"""Political control and seats of one council, year by year."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse

from councils.seats import services as seat_services
from councils.seats.forms import MORE_ROWS, SeatsForm
from councils.seats.queries import SeatsOfYear, latest_seats, seats_of, years_of
from councils.views import CouncilConfirm, CouncilForm, CouncilMixin
from cpc.components.pages import ListPage


class SeatsList(CouncilMixin, ListPage):
    permission_required = "councils.view_council"
    file_name = "seats"
    columns = {
        "After May": "year",
        "Political control": "control",
        "Seats": lambda each: "; ".join(f"{party}: {number}" for party, number in each.seats),
        "Vacant or not told": "vacant",
        "Seats of the council": "total",
    }
    template_name = "councils/seats/list.html"

    def get_rows(self) -> Any:
        return years_of(self.council)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"council": self.council}


class SeatsFormPage(CouncilForm):
    """Rows for the parties; more of them without saving, by a button."""

    template_name = "councils/seats/form.html"
    back_to = "councils:seats"
    # Not told by a form: the year of a page that is about one.
    year: int | None = None
    form_class = SeatsForm

    def offered(self) -> list[tuple[str, int | None]]:
        """Parties that the empty form names, with their seats where they are known."""
        return []

    def get_form_kwargs(self) -> dict[str, Any]:
        names = [name for name, _ in self.offered()] if self.year is None else []
        return super().get_form_kwargs() | {"with_year": self.year is None, "offered": names}

    def rows(self, state: SeatsOfYear | None, parties: list[tuple[str, int | None]]) -> dict[str, Any]:
        found: dict[str, Any] = {"total": state.total if state else None, "rows": len(parties)}
        for index, (party, number) in enumerate(parties, start=1):
            found |= {f"party_{index}": party, f"number_{index}": number}
        return found

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if "more" not in self.request.POST:
            return form
        # More rows without saving: an empty form again, filled with what was typed.
        shown = {name: self.request.POST.get(name, "") for name in form.fields} | {"rows": form.row_number + MORE_ROWS}
        kwargs = {name: value for name, value in self.get_form_kwargs().items() if name not in {"data", "files"}}
        return SeatsForm(**kwargs | {"initial": shown})

    def form_invalid(self, form: Any) -> HttpResponse:
        return (
            super().form_invalid(form) if form.is_bound else self.render_to_response(self.get_context_data(form=form))
        )

    def recorded(self, form: Any) -> SeatsOfYear:
        data = form.cleaned_data
        recorded = seat_services.record_seats(
            council=self.council,
            year=self.year or data["year"],
            seats=form.seats(),
            total=data["total"],
            control=data["control"],
            version=data.get("version", 0) if self.year else 0,
            by=self.request.user,
        )
        if recorded.problem:
            messages.warning(self.request, f"{recorded.problem} Check the control and the seats of {recorded.year}.")
        return recorded

    def save(self, form: Any) -> Any:
        return self.recorded(form)


class SeatsAdd(SeatsFormPage):
    title = "Record the seats by party"
    success_message = "The seats are recorded"

    @cached_property
    def latest(self) -> SeatsOfYear | None:
        return latest_seats(self.council)

    def offered(self) -> list[tuple[str, int | None]]:
        return [(party, None) for party, _ in self.latest.seats] if self.latest else []

    def get_initial(self) -> dict[str, Any]:
        return self.rows(self.latest, self.offered())


class SeatsChange(SeatsFormPage):
    title = "Change the seats by party"
    success_message = "The seats are changed"

    @property
    def year(self) -> int:  # type: ignore[override]
        return self.kwargs["year"]

    @cached_property
    def standing(self) -> SeatsOfYear:
        found = seats_of(self.council, self.year)
        if not found.seats and self.request.method == "GET":
            raise Http404
        return found

    def get_caption(self) -> str:
        return f"{self.council.name}, after May {self.year}"

    def get_initial(self) -> dict[str, Any]:
        standing = self.standing
        more = {"control": standing.control, "version": standing.version}
        return self.rows(standing, list(standing.seats)) | more

    def current_texts(self, form: Any) -> dict[str, Any]:
        now = self.standing
        seats = {party: str(number) for party, number in now.seats} or {"Seats": "None are recorded"}
        return seats | {"Seats of the council": str(now.total or ""), "Political control": now.control}


class SeatsRemove(CouncilConfirm):
    submit_text = "Remove"
    success_message = "The seats are removed"
    already = "These seats were already removed."
    back_to = "councils:seats"

    @cached_property
    def standing(self) -> SeatsOfYear:
        return seats_of(self.council, self.kwargs["year"])

    def get_title(self) -> str:
        return f"Remove the seats of {self.council.name} after May {self.kwargs['year']}?"

    def get_text(self) -> str:
        if not self.standing.seats:
            raise Http404
        parties = ", ".join(f"{party} {number}" for party, number in self.standing.seats)
        return f"These are no longer recorded: {parties}. Who controlled the council stays."

    def seen_version(self) -> int:
        return self.standing.version

    def perform(self) -> bool:
        return seat_services.remove_seats(
            council=self.council, year=self.kwargs["year"], version=self.posted_version, by=self.request.user
        )
