"""Several councils at once to another principal adviser: whoever leaves, which councils, and a note for each."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.errors import CaseError, StaleEdit
from cpc.cycle import journey_queries, journey_services
from cpc.cycle.journey_forms import HandOverSeveralForm
from cpc.cycle.models import AdviserPost

TAKE = "take_"


class LeavingAdvisers(PermissionRequired, TemplateView):
    permission_required = "cpc.list_handovers"
    template_name = "cpc/cycle/leaving_advisers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = journey_queries.leaving_advisers(self.request.user)
        return super().get_context_data(**kwargs) | {"rows": rows}


class HandOverSeveral(PermissionRequired, TemplateView):
    permission_required = "cpc.hand_over_councils"
    template_name = "cpc/cycle/hand_over_several.html"

    @cached_property
    def leaving(self) -> User:
        # Somebody whose account is closed leaves councils behind too.
        return get_object_or_404(User, role=Role.PRINCIPAL_ADVISER, pk=self.kwargs["pk"])

    def get_permission_object(self) -> User:
        return self.leaving

    @cached_property
    def region(self) -> str:
        return self.request.GET.get("region", "")[:60].replace("\0", "")

    def posts(self) -> list[AdviserPost]:
        named = [name.removeprefix(TAKE) for name in self.request.POST if name.startswith(TAKE)][:500]
        also = [int(each) for each in named if each.isascii() and each.isdigit() and len(each) < 10]
        return list(journey_queries.posts_to_hand_over(self.leaving, self.region, also))

    def get_form(self) -> HandOverSeveralForm:
        data = (self.request.POST,) if self.request.method == "POST" else ()
        return HandOverSeveralForm(*data, leaving=self.leaving, posts=self.posts())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"leaving": self.leaving, "region": self.region}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=self.get_form()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form, status = self.get_form(), 422
        if form.is_valid():
            try:
                posts = journey_services.hand_over_councils(
                    leaving=self.leaving,
                    notes=form.notes(),
                    user=form.cleaned_data["user"],
                    on=form.cleaned_data["on"],
                    by=request.user,
                )
            except CaseError as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
                status = 409 if isinstance(error, StaleEdit) else 422
            else:
                text = "1 council is handed over" if len(posts) == 1 else f"{len(posts)} councils are handed over"
                messages.success(request, text)
                return redirect("cycle:leaving-advisers")
        return self.render_to_response(self.get_context_data(form=form), status=status)
