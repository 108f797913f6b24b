"""Pages of the register."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from councils import forms, queries, services
from councils.codes.queries import dated_codes
from councils.events import why_successions_stay
from councils.models import Council, CouncilType, Fact, Nation, Succession, Tenure
from councils.panels import PANELS
from councils.seats.queries import seats_of
from cpc.components.mixins import PermissionRequired
from cpc.components.pages import Confirm, ListPage, ServiceForm

STATUSES = [("current", "Current"), ("abolished", "Abolished"), ("planned", "Planned"), ("all", "All")]


class CouncilList(ListPage):
    permission_required = "councils.list_councils"
    file_name = "councils"
    columns = {
        "Council": "name",
        "Code": "gss_code",
        "Type": "get_council_type_display",
        "Region": "region",
        "Part of": "parent.name",
        "Population": "population",
        "Until": "end_on",
    }
    template_name = "councils/list.html"

    @cached_property
    def chosen(self) -> dict[str, str]:
        data = self.request.GET
        return {
            "q": data.get("q", "").strip()[:100],
            "region": data.get("region", "")[:60],
            "council_type": data.get("council_type", "") if data.get("council_type") in CouncilType.values else "",
            "nation": data.get("nation", "") if data.get("nation") in Nation.values else "",
            "status": data.get("status") if data.get("status") in dict(STATUSES) else "current",
        }

    def get_rows(self) -> QuerySet[Council]:
        return queries.council_list(self.request.user, **self.chosen)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        regions = Council.objects.order_by("region").values_list("region", flat=True).distinct()
        nothing = {"q": "", "region": "", "council_type": "", "nation": "", "status": "current"}
        return super().get_context_data(**kwargs) | {
            "chosen": self.chosen,
            "regions": [(region, region) for region in regions],
            "types": CouncilType.choices,
            "nations": Nation.choices,
            "statuses": STATUSES,
            "narrowed": self.chosen != nothing,
        }


class CouncilMixin(PermissionRequired):
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def council(self) -> Council:
        councils = Council.objects.visible_to(self.request.user).select_related("parent")
        return get_object_or_404(councils, slug=self.kwargs["slug"])

    def get_permission_object(self) -> Council:
        return self.council


class CouncilDetail(CouncilMixin, TemplateView):
    permission_required = "councils.view_council"
    template_name = "councils/detail.html"

    @cached_property
    def council(self) -> Council:
        # Short lists come with the council: packages above ask for more on this page than on any other.
        councils = queries.with_short_lists(Council.objects.visible_to(self.request.user))
        return get_object_or_404(councils.select_related("parent"), slug=self.kwargs["slug"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        council, today = self.council, timezone.localdate()
        panels = [panel(council, self.request.user) for panel in PANELS]
        tenures = list(council.tenures.all()[:50])
        controls = council.latest_controls  # type: ignore[attr-defined]
        predecessors, successors = queries.relations(council)
        return (
            super().get_context_data(**kwargs)
            | {
                "council": council,
                "today": today,
                "control": next((each for each in controls if each["year"] <= queries.election_year(today)), None),
                "tenures": tenures,
                "controls": controls,
                "codes": dated_codes(council, council.codes_before),  # type: ignore[attr-defined]
                "predecessors": predecessors,
                "successors": successors,
                "similar": council.similar,  # type: ignore[attr-defined]
                "polls": queries.polls_ahead(council, today, today + timedelta(days=5 * 365)),
                "contacts": queries.contacts_on(council, today)[:50] if self.request.user.is_lga_staff else [],
                "panels": [panel for panel in panels if panel],
            }
        )


class CouncilAsAt(CouncilMixin, TemplateView):
    """The council on a day that is asked for: ?on=2019-06-01, or the three boxes of the form."""

    permission_required = "councils.view_council"
    template_name = "councils/as_at.html"

    def asked(self) -> forms.AsAtForm:
        data = self.request.GET
        if "on" in data:
            year, _, rest = data["on"].partition("-")
            month, _, day = rest.partition("-")
            return forms.AsAtForm({"on-day": day, "on-month": month, "on-year": year})
        return forms.AsAtForm(data if any(name.startswith("on-") for name in data) else None)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.asked()
        then = queries.as_at(self.council, form.cleaned_data["on"]) if form.is_valid() else None
        context = self.get_context_data(council=self.council, form=form, then=then)
        return self.render_to_response(context, status=422 if form.is_bound and then is None else 200)


class CouncilPage(CouncilMixin):
    """A page from which one goes back to a page of the council."""

    permission_required = "councils.change_council"
    back_to = "councils:detail"

    def get_success_url(self) -> str:
        return reverse(self.back_to, kwargs={"slug": self.council.slug})


class CouncilForm(CouncilPage, ServiceForm):
    """A form about one council."""

    def get_caption(self) -> str:
        return self.council.name


class CouncilConfirm(CouncilPage, Confirm):
    """Asks once before a service takes something back. A refusal stands where the button was."""

    warning = True
    stays = True

    def seen_version(self) -> int:
        return self.council.version


class TenureAdd(CouncilForm):
    form_class = forms.TenureForm
    title = "Record who holds a post"
    success_message = "The post is recorded"

    def save(self, form: Any) -> Any:
        return services.record_tenure(council=self.council, by=self.request.user, **form.cleaned_data)


class TenureEnd(CouncilForm):
    form_class = forms.EndTenureForm
    title = "Record someone's last day in a post"
    success_message = "The last day is recorded"
    changes = "tenure"

    @cached_property
    def tenure(self) -> Tenure:
        return get_object_or_404(Tenure, council=self.council, pk=self.kwargs["pk"])

    def get_intro(self) -> str:
        return f"{self.tenure.person_name}, {self.tenure.get_post_display()}"

    def save(self, form: Any) -> Any:
        return services.end_tenure(tenure=self.tenure, by=self.request.user, **form.cleaned_data)


class ControlAdd(CouncilForm):
    form_class = forms.ControlForm
    title = "Record political control"
    success_message = "The political control is recorded"

    def save(self, form: Any) -> Any:
        recorded = services.record_control(council=self.council, by=self.request.user, **form.cleaned_data)
        problem = seats_of(self.council, recorded.year).problem
        if problem:
            messages.warning(self.request, f"{problem} Check the control and the seats of {recorded.year}.")
        return recorded


class ProgrammeChange(CouncilForm):
    form_class = forms.ProgrammeForm
    title = "Change whether it is in the programme"
    success_message = "The council is changed"
    changes = "council"

    def save(self, form: Any) -> Any:
        return services.change_programme(council=self.council, by=self.request.user, **form.cleaned_data)


class PollAdd(CouncilForm):
    form_class = forms.PollForm
    title = "Record a poll"
    success_message = "The poll is recorded"

    def save(self, form: Any) -> Any:
        services.record_poll(council=self.council, by=self.request.user, **form.cleaned_data)
        if form.cleaned_data["on"].weekday() == 6:
            messages.warning(self.request, "The day of the poll is a Sunday. Check that it is right.")


class SuccessionAdd(CouncilForm):
    form_class = forms.SuccessionForm
    title = "Record which council it follows"
    success_message = "The succession is recorded"

    def get_initial(self) -> dict[str, Any]:
        return {"on": self.council.start_on}

    def save(self, form: Any) -> Any:
        return services.record_succession(successor=self.council, by=self.request.user, **form.cleaned_data)


class SuccessionRemove(CouncilConfirm):
    submit_text = "Remove"
    success_message = "The succession is removed"
    already = "This succession was already removed."
    text = "The record that one council follows the other is removed. The days of both councils stay."

    @cached_property
    def succession(self) -> Succession:
        successions = Succession.objects.filter(successor=self.council).select_related("predecessor")
        return get_object_or_404(successions, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return f"{self.council.name} does not follow {self.succession.predecessor.official_name}?"

    def why_not(self) -> str:
        return " ".join(why_successions_stay([self.succession.pk]))

    def seen_version(self) -> int:
        # A succession is there or not: nobody can have read another.
        return 0

    def perform(self) -> bool:
        return services.remove_succession(successor=self.council, succession_id=self.kwargs["pk"], by=self.request.user)


class DaysChange(CouncilForm):
    form_class = forms.DaysForm
    title = "Change its first and last day"
    success_message = "The first and last day are changed"
    changes = "council"

    def save(self, form: Any) -> Any:
        return services.change_days(council=self.council, by=self.request.user, **form.cleaned_data)


class FactsChange(CouncilForm):
    form_class = forms.FactsForm
    title = "Record a change of name, type, region or county"
    success_message = "The change is recorded"
    changes = "council"
    intro = "Change what is different now. Leave the rest as it is."

    def save(self, form: Any) -> Any:
        data = form.cleaned_data
        return services.record_former_facts(
            council=self.council,
            facts={fact: data[fact] for fact in Fact.values},
            changed_on=data["changed_on"],
            version=data["version"],
            by=self.request.user,
        )
