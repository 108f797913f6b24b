"""Several councils at once to another principal adviser: whoever leaves, which councils, then a note for each."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.components.errors import Stale
from cpc.components.pages import ServiceForm
from cpc.cycle.journey import queries as journey_queries
from cpc.cycle.journey import services as journey_services
from cpc.cycle.journey.forms import ChooseCouncilsForm, HandOverSeveralForm
from cpc.cycle.models import AdviserPost

NOTE = "note_"


class LeavingAdvisers(PermissionRequired, TemplateView):
    permission_required = "cpc.list_handovers"
    template_name = "cpc/cycle/handing_over/leaving_advisers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = journey_queries.leaving_advisers(self.request.user)
        return super().get_context_data(**kwargs) | {"rows": rows}


class HandOverSeveral(ServiceForm):
    """First which councils, then a note for each: those that were chosen stand in the address (?post=1&post=2)."""

    permission_required = "cpc.hand_over_councils"
    template_name = "cpc/cycle/handing_over/several.html"
    form_class = HandOverSeveralForm

    @cached_property
    def leaving(self) -> User:
        # Somebody whose account is closed leaves councils behind too.
        return get_object_or_404(User, role=Role.PRINCIPAL_ADVISER, pk=self.kwargs["pk"])

    def get_permission_object(self) -> User:
        return self.leaving

    @cached_property
    def region(self) -> str:
        return self.request.GET.get("region", "")[:60].replace("\0", "")

    @cached_property
    def named(self) -> list[int]:
        """Posts that the address names or, sent back, the notes."""
        data = self.request.POST
        texts = [name.removeprefix(NOTE) for name in data if name.startswith(NOTE)] or self.request.GET.getlist("post")
        return [int(each) for each in texts[:500] if each.isascii() and each.isdigit() and len(each) < 10]

    @cached_property
    def posts(self) -> list[AdviserPost]:
        return list(journey_queries.posts_to_hand_over(self.leaving, self.region, self.named))

    @cached_property
    def chosen(self) -> list[AdviserPost]:
        named = set(self.named)
        # Of one there is nothing to choose.
        return [post for post in self.posts if post.pk in named or len(self.posts) == 1]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Where there was something to choose, the notes lead back to it.
        choose_url = f"{self.request.path}?{urlencode({'region': self.region})}" if len(self.posts) > 1 else ""
        context = {"leaving": self.leaving, "region": self.region, "posts": self.posts, "choose_url": choose_url}
        return super().get_context_data(**kwargs) | context

    def get_template_names(self) -> list[str]:
        return [self.template_name if self.chosen else "cpc/cycle/handing_over/choose.html"]

    def get_form(self, form_class: Any = None) -> Any:
        if self.chosen:
            return super().get_form(form_class)
        is_asked = self.request.method == "POST" or "chosen" in self.request.GET
        return ChooseCouncilsForm(*([{}] if is_asked else []), posts=self.posts)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"leaving": self.leaving, "posts": self.chosen}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        return self.form_invalid(form) if form.is_bound else super().get(request, *args, **kwargs)

    def save(self, form: Any) -> list[AdviserPost]:
        return journey_services.hand_over_councils(
            leaving=self.leaving,
            notes=form.notes(),
            user=form.cleaned_data["user"],
            on=form.cleaned_data["on"],
            by=self.request.user,
        )

    def stale(self, form: Any, error: Stale) -> HttpResponse:
        # The notes stay beside the councils that they were written for.
        form.add_error(None, error.message)
        return self.render_to_response(self.get_context_data(form=form), status=409)

    def get_success_message(self, form: Any) -> str:
        number = len(self.saved)
        return "1 council is handed over" if number == 1 else f"{number} councils are handed over"

    def get_success_url(self) -> str:
        return reverse("cycle:leaving-advisers")
