"""Political control and seats of one council, year by year."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.views.generic import TemplateView

from councils.seats import services as seat_services
from councils.seats.forms import MORE_ROWS, SeatsForm
from councils.seats.queries import SeatsOfYear, latest_seats, seats_of, years_of
from councils.views import PAGE_SIZE, CouncilConfirm, CouncilForm, CouncilMixin


class SeatsList(CouncilMixin, TemplateView):
    permission_required = "councils.view_council"
    template_name = "councils/seats/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(years_of(self.council), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {"council": self.council, "page_obj": page}


class SeatsFormPage(CouncilForm):
    """Rows for the parties; more of them without saving, by a button."""

    template_name = "councils/seats/form.html"
    back_to = "councils:seats"
    # Not told by a form: the year of a page that is about one.
    year: int | None = None

    def offered(self) -> list[tuple[str, int | None]]:
        """Parties that the empty form names, with their seats where they are known."""
        return []

    @property
    def form_class(self) -> Any:  # type: ignore[override]
        names = [name for name, _ in self.offered()] if self.year is None else []
        return partial(SeatsForm, with_year=self.year is None, offered=names)

    def rows(self, state: SeatsOfYear | None, parties: list[tuple[str, int | None]]) -> dict[str, Any]:
        found: dict[str, Any] = {"total": state.total if state else None, "rows": len(parties)}
        for index, (party, number) in enumerate(parties, start=1):
            found |= {f"party_{index}": party, f"number_{index}": number}
        return found

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "more" not in request.POST:
            return super().post(request, *args, **kwargs)
        form = self.form_class(request.POST)
        shown = {name: request.POST.get(name, "") for name in form.fields}
        form = self.form_class(initial=shown | {"rows": form.row_number + MORE_ROWS})
        return self.render_to_response(self.get_context_data(form=form))

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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"caption": f"{self.council.name}, after May {self.year}"}

    def get_initial(self) -> dict[str, Any]:
        standing = self.standing
        more = {"control": standing.control, "version": standing.version}
        return self.rows(standing, list(standing.seats)) | more

    def current_version(self) -> int:
        return seats_of(self.council, self.year).version

    def current_texts(self) -> dict[str, str]:
        now = seats_of(self.council, self.year)
        seats = {party: str(number) for party, number in now.seats} or {"Seats": "None are recorded"}
        return seats | {"Seats of the council": str(now.total or ""), "Political control": now.control}


class SeatsRemove(CouncilConfirm):
    submit_text = "Remove"
    success_message = "The seats are removed"
    already = "These seats were already removed."
    back_to = "councils:seats"

    def asked(self) -> dict[str, Any]:
        year, standing = self.kwargs["year"], seats_of(self.council, self.kwargs["year"])
        if not standing.seats:
            raise Http404
        parties = ", ".join(f"{party} {number}" for party, number in standing.seats)
        return {
            "title": f"Remove the seats of {self.council.name} after May {year}?",
            "text": f"These are no longer recorded: {parties}. Who controlled the council stays.",
        }

    def version(self) -> int:
        return seats_of(self.council, self.kwargs["year"]).version

    def act(self, version: int) -> bool:
        return seat_services.remove_seats(
            council=self.council, year=self.kwargs["year"], version=version, by=self.request.user
        )
