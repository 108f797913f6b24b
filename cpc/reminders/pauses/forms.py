"""Forms of pauses."""

from __future__ import annotations

from typing import Any

from councils.models import Council
from cpc.components import forms


class OwnPauseForm(forms.Form):
    ends_on = forms.DateField(
        label="Last day without reminders",
        noun="Last day without reminders",
        help_text="For example, 27 3 2027. Reminders start again after this day.",
        error_messages={"required": "Enter the last day without reminders"},
    )
    reason = forms.TextField(
        label="Why", max_length=2000, error_messages={"required": "Enter why reminders are paused"}
    )


class SubjectPauseForm(OwnPauseForm):
    """Of one case or one council, which the page names."""

    # The last pause that the page showed.
    seen = forms.VersionField()


class PauseForm(OwnPauseForm):
    council = forms.ModelChoiceField(
        label="All reminders about one council", queryset=Council.objects.none(), empty_label="None", required=False
    )
    email = forms.EmailField(label="Or all reminders to one email address", required=False)
    field_order = ["council", "email", "ends_on", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["council"].queryset = Council.objects.order_by("name", "pk")
