"""The page on which a recommendation of a past challenge is entered."""

from __future__ import annotations

from typing import Any

from assessments.action_plan.models import ActionStatus, Answer
from assessments.action_plan.past.services import add_past_recommendation
from assessments.report.models import Recommendation
from cpc.cases.base_views import CaseFormPage
from cpc.components import forms

NOT_KNOWN = ("", "Not known")


class PastRecommendationForm(forms.Form):
    number = forms.IntegerField(
        label="Number in the report", min_value=1, max_value=999, error_messages={"required": "Enter the number"}
    )
    text = forms.TextField(
        label="Recommendation", max_length=2000, error_messages={"required": "Enter the recommendation"}
    )
    answer = forms.ChoiceField(label="What the council answered", choices=[NOT_KNOWN, *Answer.choices], required=False)
    answer_reason = forms.TextField(
        label="Why the answer differs",
        help_text="Needed where it was not accepted in full.",
        max_length=2000,
        required=False,
    )
    status = forms.ChoiceField(label="Last known status", choices=[NOT_KNOWN, *ActionStatus.choices], required=False)
    evidence = forms.TextField(
        label="Evidence", help_text="Needed where it is complete.", max_length=2000, required=False
    )


class PastRecommendationAdd(CaseFormPage):
    permission_required = "cpc.change_past_challenge"
    form_class = PastRecommendationForm
    title = "Add a recommendation of this past challenge"
    submit_text = "Add"
    success_message = "Added"
    active = "overview"

    def get_initial(self) -> dict[str, Any]:
        last = Recommendation.objects.filter(report__case=self.case).order_by("-number").first()
        return {"number": last.number + 1 if last else 1}

    def save(self, form: Any) -> Any:
        return add_past_recommendation(case=self.case, by=self.request.user, **form.cleaned_data)

    def get_success_url(self) -> str:
        return self.case_url("cases:detail")
