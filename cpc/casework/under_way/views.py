"""The page on which a peer challenge is entered that is under way already."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from councils.models import Council
from cpc.cases.models import Case
from cpc.casework.under_way.forms import CONFIRMED, UnderWayForm
from cpc.casework.under_way.services import enter_under_way
from cpc.components.pages import ServiceForm


class UnderWayEnter(ServiceForm):
    """There is no case yet, so this is no form about one."""

    permission_required = "cpc.enter_case_under_way"
    form_class = UnderWayForm
    title = "Enter a peer challenge that is under way"
    intro = (
        "Leave blank anything you do not know. No emails are sent: the past is kept as it was. "
        "Each stage before the current one is marked as finished, with what was still to do and your reason."
    )
    submit_text = "Enter"
    asked = ("council",)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"councils": Council.objects.in_programme()}

    def save(self, form: Any) -> Case:
        return enter_under_way(
            council=form.cleaned_data["council"],
            joint_council=form.cleaned_data["joint_council"],
            stage=form.cleaned_data["stage"],
            told=form.told(),
            reason=form.cleaned_data["reason"],
            is_confirmed=CONFIRMED in form.cleaned_data["confirmed"],
            by=self.request.user,
        )

    def get_back_url(self) -> str:
        return reverse("cases:start")

    def get_success_message(self, form: Any) -> str:
        return f"Peer challenge of {self.saved.title} entered"

    def get_success_url(self) -> str:
        return reverse("cases:detail", kwargs={"reference": self.saved.reference})
