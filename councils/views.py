"""Pages of the register."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from councils import forms, queries, services
from councils.codes.queries import dated_codes
from councils.events import why_successions_stay
from councils.models import Council, CouncilType, Fact, Nation, Succession, Tenure
from councils.panels import PANELS
from councils.seats.queries import seats_of
from cpc.components.errors import Refused, Stale
from cpc.components.forms import Form, VersionField
from cpc.components.mixins import PermissionRequired

PAGE_SIZE = 25
STATUSES = [("current", "Current"), ("abolished", "Abolished"), ("planned", "Planned"), ("all", "All")]


class CouncilList(PermissionRequired, TemplateView):
    permission_required = "councils.list_councils"
    template_name = "councils/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        data = self.request.GET
        chosen = {
            "q": data.get("q", "").strip()[:100],
            "region": data.get("region", "")[:60],
            "council_type": data.get("council_type", "") if data.get("council_type") in CouncilType.values else "",
            "nation": data.get("nation", "") if data.get("nation") in Nation.values else "",
            "status": data.get("status") if data.get("status") in dict(STATUSES) else "current",
        }
        found = queries.council_list(self.request.user, **chosen)
        page = Paginator(found, PAGE_SIZE).get_page(data.get("page"))
        query = data.copy()
        query.pop("page", None)
        regions = Council.objects.order_by("region").values_list("region", flat=True).distinct()
        return super().get_context_data(**kwargs) | {
            "page_obj": page,
            "chosen": chosen,
            "regions": [(region, region) for region in regions],
            "types": CouncilType.choices,
            "nations": Nation.choices,
            "statuses": STATUSES,
            "query_string": query.urlencode(),
            "narrowed": chosen != {"q": "", "region": "", "council_type": "", "nation": "", "status": "current"},
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


class CouncilForm(CouncilMixin, TemplateView):
    """A form about one council, saved by a service. What was typed stays, whatever the answer is."""

    permission_required = "councils.change_council"
    template_name = "components/form_page.html"
    form_class: Any = None
    title = ""
    success_message = ""
    # The page of the council that one comes from and goes back to.
    back_to = "councils:detail"

    def get_initial(self) -> dict[str, Any]:
        return {}

    def save(self, form: Any) -> Any:
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    def current_texts(self) -> dict[str, str]:
        """Label -> what is saved now, for somebody whose page was stale."""
        return {}

    def current_version(self) -> int:
        raise ImproperlyConfigured(f"{type(self).__name__} has no version.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "caption": self.council.name,
            "submit_text": "Save",
            "back_url": reverse(self.back_to, kwargs={"slug": self.council.slug}),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=self.form_class(initial=self.get_initial())))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            self.save(form)
        except Stale as error:
            form.add_error(None, error.message)
            # The next press of the button is a decision made knowing both texts: it carries the new version.
            form.data = form.data.copy()
            form.data["version"] = str(self.current_version())
            context = self.get_context_data(form=form, stale_texts=self.current_texts())
            return self.render_to_response(context, status=409)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.render_to_response(self.get_context_data(form=form), status=422)
        messages.success(request, self.success_message)
        return redirect(self.back_to, slug=self.council.slug)


class CouncilConfirm(CouncilMixin, TemplateView):
    """Asks once before a service takes something back. A refusal stands where the button was."""

    permission_required = "councils.change_council"
    template_name = "components/confirm_page.html"
    submit_text = success_message = ""
    # What a second press is told.
    already = ""
    back_to = "councils:detail"

    def asked(self) -> dict[str, Any]:
        """Title and text; 404 where there is nothing to ask about."""
        raise ImproperlyConfigured(f"{type(self).__name__} asks nothing.")

    def version(self) -> int:
        """What the page shows."""
        raise ImproperlyConfigured(f"{type(self).__name__} has no version.")

    def act(self, version: int) -> bool:
        """Whether there was something to do."""
        raise ImproperlyConfigured(f"{type(self).__name__} does nothing.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return (
            {
                "submit_text": self.submit_text,
                "warning": True,
                "back_url": reverse(self.back_to, kwargs={"slug": self.council.slug}),
                "hidden": {"version": self.version()},
            }
            | self.asked()
            | super().get_context_data(**kwargs)
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = Form({})
        form.is_valid()
        try:
            done = self.act(VersionField().clean(request.POST.get("version")))
        except Stale as error:
            # What is asked now is read anew: the next press is a decision made knowing it.
            self.council.refresh_from_db()
            form.add_error(None, error.message)
            return self.render_to_response(self.get_context_data(form=form), status=409)
        except Refused as error:
            form.add_error(None, error.message)
            return self.render_to_response(self.get_context_data(form=form, why_not=error.message), status=422)
        if done:
            messages.success(request, self.success_message)
        else:
            messages.warning(request, self.already)
        return redirect(self.back_to, slug=self.council.slug)


class TenureAdd(CouncilForm):
    form_class = forms.TenureForm
    title = "Record who holds a post"
    success_message = "The post is recorded"

    def save(self, form: Any) -> Any:
        return services.record_tenure(council=self.council, by=self.request.user, **form.cleaned_data)


class TenureEnd(CouncilForm):
    form_class = forms.EndTenureForm
    title = "Record somebody's last day in a post"
    success_message = "The last day is recorded"

    @cached_property
    def tenure(self) -> Tenure:
        return get_object_or_404(Tenure, council=self.council, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "intro": f"{self.tenure.person_name}, {self.tenure.get_post_display()}"
        }

    def get_initial(self) -> dict[str, Any]:
        return {"ended_on": self.tenure.ended_on, "version": self.tenure.version}

    def current_version(self) -> int:
        self.tenure.refresh_from_db()
        return self.tenure.version

    def current_texts(self) -> dict[str, str]:
        return {"Last day": f"{self.tenure.ended_on:%-d %B %Y}" if self.tenure.ended_on else ""}

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

    def get_initial(self) -> dict[str, Any]:
        return {"in_programme": self.council.in_programme, "version": self.council.version}

    def current_version(self) -> int:
        self.council.refresh_from_db()
        return self.council.version

    def current_texts(self) -> dict[str, str]:
        return {"In the programme": "Yes" if self.council.in_programme else "No"}

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

    def asked(self) -> dict[str, Any]:
        successions = Succession.objects.filter(successor=self.council).select_related("predecessor")
        succession = get_object_or_404(successions, pk=self.kwargs["pk"])
        return {
            "title": f"{self.council.name} does not follow {succession.predecessor.official_name}?",
            "text": "The record that one council follows the other is removed. The days of both councils stay.",
            "why_not": " ".join(why_successions_stay([succession.pk])),
        }

    def version(self) -> int:
        # A succession is there or not: nobody can have read another.
        return 0

    def act(self, version: int) -> bool:
        return services.remove_succession(successor=self.council, succession_id=self.kwargs["pk"], by=self.request.user)


class DaysChange(CouncilForm):
    form_class = forms.DaysForm
    title = "Change its first and last day"
    success_message = "The first and last day are changed"

    def get_initial(self) -> dict[str, Any]:
        return {"start_on": self.council.start_on, "end_on": self.council.end_on, "version": self.council.version}

    def current_version(self) -> int:
        self.council.refresh_from_db()
        return self.council.version

    def current_texts(self) -> dict[str, str]:
        days = {"First day": self.council.start_on, "Last day": self.council.end_on}
        return {label: f"{day:%-d %B %Y}" if day else "" for label, day in days.items()}

    def save(self, form: Any) -> Any:
        return services.change_days(council=self.council, by=self.request.user, **form.cleaned_data)


class FactsChange(CouncilForm):
    form_class = forms.FactsForm
    title = "Record a change of name, type, region or county"
    success_message = "The change is recorded"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"intro": "Change what is different now. Leave the rest as it is."}

    def get_initial(self) -> dict[str, Any]:
        council = self.council
        return {fact: getattr(council, fact) for fact in Fact.values} | {"version": council.version}

    def current_version(self) -> int:
        self.council.refresh_from_db()
        return self.council.version

    def current_texts(self) -> dict[str, str]:
        council = self.council
        return {
            "Name": council.name,
            "Official name": council.official_name,
            "Type": council.get_council_type_display(),
            "Region": council.region,
            "County": str(council.parent or ""),
            "Election scheme": council.get_election_scheme_display(),
        }

    def save(self, form: Any) -> Any:
        data = form.cleaned_data
        return services.record_former_facts(
            council=self.council,
            facts={fact: data[fact] for fact in Fact.values},
            changed_on=data["changed_on"],
            version=data["version"],
            by=self.request.user,
        )
