"""The form of one recommendation of a council that ends."""

from __future__ import annotations

from typing import Any

from assessments.action_plan.models import OutcomeKind
from councils.models import Council
from cpc.components import forms


class OutcomeForm(forms.Form):
    kind = forms.ChoiceField(
        label="What becomes of it",
        choices=[choice for choice in OutcomeKind.choices if choice[0] != OutcomeKind.OPEN],
        error_messages={"required": "Choose what becomes of the recommendation"},
    )
    successor = forms.ModelChoiceField(
        label="Which council takes it on",
        help_text="Only for a recommendation that is carried.",
        queryset=Council.objects.none(),
        empty_label="None",
        required=False,
    )
    note = forms.TextField(
        label="Why, or what shows it",
        help_text="Needed when the recommendation is closed or completed.",
        max_length=2000,
        required=False,
    )
    decided_on = forms.DateField(
        label="When was it decided?",
        noun="Day of the decision",
        error_messages={"required": "Enter the day of the decision"},
    )
    version = forms.VersionField()
    words_version = forms.VersionField()

    def __init__(self, *args: Any, heirs: list[Council], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("successor", "note"):
            self.fields[name].is_needed_at_times = True
        self.fields["successor"].queryset = Council.objects.filter(pk__in=[council.pk for council in heirs])


class OpenAgainForm(forms.Form):
    reason = forms.TextField(
        label="Reason", max_length=2000, error_messages={"required": "Enter why the recommendation is opened again"}
    )
    version = forms.VersionField()
