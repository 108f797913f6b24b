"""Forms of stage 6."""

from __future__ import annotations

from typing import Any

from assessments.action_plan.models import ActionStatus, Answer, Rag
from assessments.report.models import Recommendation
from cpc.components import forms


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label="The council's answer", choices=Answer.choices, error_messages={"required": "Choose the council's answer"}
    )
    reason = forms.TextField(
        label="Reason",
        help_text="Needed when the council does not fully accept the recommendation. It is part of the published plan.",
        max_length=2000,
        required=False,
    )
    version = forms.VersionField()
    words_version = forms.VersionField()


class ActionForm(forms.Form):
    text = forms.TextField(
        label="What will be done", max_length=2000, error_messages={"required": "Enter what will be done"}
    )
    recommendation = forms.ModelChoiceField(
        label="Recommendation",
        queryset=Recommendation.objects.none(),
        empty_label="None: from an observation in the report",
        required=False,
    )
    owner = forms.CharField(
        label="Owner",
        help_text="Who is responsible. Use a post rather than a name.",
        max_length=200,
        required=False,
    )
    due_on = forms.DateField(label="By when", noun="Date", required=False)
    measure = forms.TextField(label="How success will be measured", max_length=1000, required=False)
    version = forms.VersionField()

    def __init__(self, *args: Any, recommendations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recommendation"].queryset = recommendations


class ProgressForm(forms.Form):
    status = forms.ChoiceField(
        label="Status", choices=ActionStatus.choices, error_messages={"required": "Choose the status"}
    )
    rag = forms.ChoiceField(
        label="RAG",
        choices=[("", "Same as the status"), *Rag.choices],
        required=False,
    )
    progress = forms.TextField(label="Progress", max_length=4000, required=False)
    evidence = forms.TextField(
        label="Evidence",
        help_text="A link or a sentence. Needed when the action is complete.",
        max_length=2000,
        required=False,
    )
    version = forms.VersionField()


class CommentForm(forms.Form):
    text = forms.TextField(label="Comment", max_length=2000, error_messages={"required": "Enter your comment"})


class ReasonForm(forms.Form):
    reason = forms.TextField(label="Reason", max_length=2000, error_messages={"required": "Enter the reason"})
