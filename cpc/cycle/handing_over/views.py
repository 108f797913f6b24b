"""Several councils at once to another principal adviser: whoever leaves, which councils, then a note for each."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.components.errors import Refused, Stale
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


class HandOverSeveral(PermissionRequired, TemplateView):
    """First which councils, then a note for each: those that were chosen stand in the address (?post=1&post=2)."""

    permission_required = "cpc.hand_over_councils"
    template_name = "cpc/cycle/handing_over/several.html"

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

    def choose(self, *, is_asked: bool) -> HttpResponse:
        form = ChooseCouncilsForm(*([{}] if is_asked else []), posts=self.posts)
        self.template_name = "cpc/cycle/handing_over/choose.html"
        return self.render_to_response(self.get_context_data(form=form), status=422 if is_asked else 200)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.chosen:
            return self.choose(is_asked="chosen" in request.GET)
        form = HandOverSeveralForm(leaving=self.leaving, posts=self.chosen)
        return self.render_to_response(self.get_context_data(form=form))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.chosen:
            return self.choose(is_asked=True)
        form, status = HandOverSeveralForm(request.POST, leaving=self.leaving, posts=self.chosen), 422
        if form.is_valid():
            try:
                posts = journey_services.hand_over_councils(
                    leaving=self.leaving,
                    notes=form.notes(),
                    user=form.cleaned_data["user"],
                    on=form.cleaned_data["on"],
                    by=request.user,
                )
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
                status = 409 if isinstance(error, Stale) else 422
            else:
                text = "1 council is handed over" if len(posts) == 1 else f"{len(posts)} councils are handed over"
                messages.success(request, text)
                return redirect("cycle:leaving-advisers")
        return self.render_to_response(self.get_context_data(form=form), status=status)
