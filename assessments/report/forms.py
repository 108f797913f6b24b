"""Forms of stage 5."""

from __future__ import annotations

from typing import Any

from assessments.report.models import CorrectionState, FactKind, Level, Theme
from cpc.accounts.models import User
from cpc.cases.models import FocusArea
from cpc.components import forms
from cpc.documents.forms import UploadField, UploadForm


class DraftForm(UploadForm):
    upload = UploadField(
        label="Draft report", help_text="A Word document (.docx) or a PDF: each recipient's copy carries their name."
    )


class HeadlineForm(forms.Form):
    headline = forms.CharField(
        label="Headline message",
        help_text="One line that says what the team found.",
        max_length=300,
        error_messages={"required": "Enter the headline message"},
    )
    version = forms.VersionField()


class ReleaseForm(forms.Form):
    recipients = forms.ModelMultipleChoiceField(
        label="Who gets the draft",
        queryset=User.objects.none(),
        error_messages={"required": "Choose at least one person"},
    )
    until = forms.DateField(
        label="Until which day",
        noun="Last day",
        help_text="Their access ends after this day. The council checks facts only.",
        error_messages={"required": "Enter the last day of the factual accuracy check"},
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipients"].queryset = people


class CorrectionForm(forms.Form):
    place = forms.CharField(
        label="Where in the report",
        help_text="For example, page 7, third paragraph.",
        max_length=200,
        error_messages={"required": "Enter where in the report"},
    )
    kind = forms.ChoiceField(
        label="What is wrong", choices=FactKind.choices, error_messages={"required": "Choose what is wrong"}
    )
    says = forms.TextField(
        label="The draft says", max_length=2000, error_messages={"required": "Enter what the draft says"}
    )
    should_say = forms.TextField(
        label="It should say", max_length=2000, error_messages={"required": "Enter what it should say"}
    )
    evidence = forms.TextField(label="Where this can be checked", max_length=2000, required=False)


class DecisionForm(forms.Form):
    state = forms.ChoiceField(
        label="Answer",
        choices=[(CorrectionState.ACCEPTED, "Accept"), (CorrectionState.DECLINED, "Do not accept")],
        error_messages={"required": "Choose an answer"},
    )
    answer = forms.TextField(label="Answer to the council", max_length=2000, required=False)
    version = forms.VersionField()


class RecommendationForm(forms.Form):
    level = forms.ChoiceField(
        label="Level", choices=Level.choices, initial=Level.HIGH, error_messages={"required": "Choose the level"}
    )
    focus_area = forms.ModelChoiceField(
        label="Area", queryset=FocusArea.objects.none(), empty_label="All areas", required=False
    )
    text = forms.TextField(
        label="Recommendation", max_length=2000, error_messages={"required": "Enter the recommendation"}
    )
    intended_outcome = forms.TextField(label="What it should lead to", max_length=1000, required=False)
    themes = forms.ModelMultipleChoiceField(label="Themes", queryset=Theme.objects.none(), required=False)
    version = forms.VersionField()

    def __init__(self, *args: Any, areas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["focus_area"].queryset = areas
        self.fields["themes"].queryset = Theme.objects.all()


class ReasonForm(forms.Form):
    reason = forms.TextField(label="Reason", max_length=2000, error_messages={"required": "Enter the reason"})
