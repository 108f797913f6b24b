"""Forms of stage 7."""

from __future__ import annotations

from typing import Any

from assessments.action_plan.models import Rag
from assessments.progress_review.models import TeamScope
from cpc.cases.models import CaseMembership
from cpc.components import forms
from cpc.documents.forms import UploadField, UploadForm


class PlanForm(forms.Form):
    starts_on = forms.DateField(
        label="First day", noun="First day", error_messages={"required": "Enter the first day of the progress review"}
    )
    ends_on = forms.DateField(
        label="Last day", noun="Last day", error_messages={"required": "Enter the last day of the progress review"}
    )
    team_scope = forms.ChoiceField(
        label="Who comes?", choices=TeamScope.choices, error_messages={"required": "Choose who comes"}
    )
    members = forms.ModelMultipleChoiceField(
        label="Which of the original team", queryset=CaseMembership.objects.none(), required=False
    )
    other_peers = forms.TextField(label="Other peers, with their posts", max_length=1000, required=False)
    version = forms.VersionField()

    def __init__(self, *args: Any, peers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = peers


class HeldForm(forms.Form):
    held_on = forms.DateField(
        label="Last day of the progress review",
        noun="Last day",
        help_text="The last day on which the peers were there, or the day of the meeting when it was held online.",
        error_messages={"required": "Enter the last day of the progress review"},
    )
    version = forms.VersionField()


class CouncilRatingForm(forms.Form):
    rag = forms.ChoiceField(
        label="How far along is the council?", choices=Rag.choices, error_messages={"required": "Choose a rating"}
    )
    update = forms.TextField(
        label="What has been done, and what shows it",
        max_length=4000,
        error_messages={"required": "Enter what has been done"},
    )
    version = forms.VersionField()


class PeersViewForm(forms.Form):
    rag = forms.ChoiceField(
        label="How far along do the peers see the council?",
        choices=Rag.choices,
        error_messages={"required": "Choose a rating"},
    )
    view = forms.TextField(
        label="What the peers see", max_length=4000, error_messages={"required": "Enter what the peers see"}
    )
    version = forms.VersionField()


class ReportForm(UploadForm):
    upload = UploadField(label="Progress review report", help_text="A Word or PDF file.")


class SummaryForm(forms.Form):
    summary = forms.TextField(label="Summary", max_length=4000, required=False)
    version = forms.VersionField()


class ReasonForm(forms.Form):
    reason = forms.TextField(label="Reason", max_length=2000, error_messages={"required": "Enter the reason"})
