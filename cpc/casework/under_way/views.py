"""The page on which a peer challenge is entered that is under way already."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView

from councils.models import Council
from cpc.accounts.mixins import PermissionRequired
from cpc.casework.under_way.forms import CONFIRMED, UnderWayForm
from cpc.casework.under_way.services import enter_under_way
from cpc.components.errors import Refused


class UnderWayEnter(PermissionRequired, TemplateView):
    """Not a CaseFormPage: there is no case yet."""

    permission_required = "cpc.enter_case_under_way"
    template_name = "components/form_page.html"

    request: Any

    def get_form(self, data: Any = None) -> UnderWayForm:
        initial = {"council": self.request.GET.get("council")}
        return UnderWayForm(data, initial=initial, councils=Council.objects.in_programme())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": "Enter a peer challenge that is under way",
            "intro": "Leave empty what is not known. Nobody is told: what lies in the past is kept as it was. "
            "Each stage before the one that it stands at is signed off, with what was outstanding and your reason.",
            "submit_text": "Enter",
            "back_url": reverse("cases:start"),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=self.get_form()))

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form(request.POST)
        if form.is_valid():
            try:
                case = enter_under_way(
                    council=form.cleaned_data["council"],
                    joint_council=form.cleaned_data["joint_council"],
                    stage=form.cleaned_data["stage"],
                    told=form.told(),
                    reason=form.cleaned_data["reason"],
                    is_confirmed=CONFIRMED in form.cleaned_data["confirmed"],
                    by=request.user,
                )
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
            else:
                messages.success(request, f"Peer challenge of {case.title} entered")
                return redirect("cases:detail", reference=case.reference)
        return self.render_to_response(self.get_context_data(form=form), status=422)
