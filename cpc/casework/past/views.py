"""The page on which a review or visit after a past challenge is entered."""

from __future__ import annotations

from typing import Any

from cpc.cases.base_views import CaseFormPage
from cpc.cases.models import PastEventKind
from cpc.casework.importers.past.challenges import KnownDate
from cpc.casework.importers.past.template import known_date
from cpc.casework.past.services import add_past_review
from cpc.components import forms
from cpc.components.errors import Refused
from cpc.components.incoming.cells import CellRefused

CONFIRMED = "yes"
HOW = "As precisely as it is known: 2024-11-05, November 2024 or 2024."


class PastReviewForm(forms.Form):
    kind = forms.ChoiceField(
        label="What it was", choices=PastEventKind.choices, error_messages={"required": "Choose what it was"}
    )
    starts = forms.CharField(label="First day", help_text=HOW, max_length=40, required=False)
    ends = forms.CharField(label="Last day, if it was another", help_text=HOW, max_length=40, required=False)
    report = forms.CharField(label="When its report was published", help_text=HOW, max_length=40, required=False)
    source = forms.CharField(label="Where this can be looked up", max_length=300, required=False)
    confirmed = forms.MultipleChoiceField(
        label="If this page asks about the days",
        choices=[(CONFIRMED, "The days are right")],
        required=False,
    )


def known(form: Any, field: str) -> KnownDate | None:
    text = form.cleaned_data[field]
    try:
        return known_date(text) if text else None
    except CellRefused as error:
        raise Refused(f"{str(error)[:1].upper()}{str(error)[1:]}", field=field) from error


class PastReviewAdd(CaseFormPage):
    permission_required = "cpc.change_past_challenge"
    form_class = PastReviewForm
    title = "Add a review or visit that followed"
    submit_text = "Add"
    success_message = "Added"
    active = "overview"

    def save(self, form: Any) -> Any:
        return add_past_review(
            case=self.case,
            kind=form.cleaned_data["kind"],
            starts=known(form, "starts"),
            ends=known(form, "ends"),
            report=known(form, "report"),
            source=form.cleaned_data["source"],
            is_confirmed=CONFIRMED in form.cleaned_data["confirmed"],
            by=self.request.user,
        )

    def get_success_url(self) -> str:
        return self.case_url("cases:detail")
