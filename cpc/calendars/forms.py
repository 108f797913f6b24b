"""Forms of the calendars."""

from __future__ import annotations

from typing import Any

from councils.models import Council
from cpc.calendars.models import CalendarKind
from cpc.components import forms

YES, NO = "yes", "no"


class CalendarEntryForm(forms.Form):
    kind = forms.ChoiceField(label="Kind", choices=CalendarKind.choices, error_messages={"required": "Choose the kind"})
    name = forms.CharField(label="Name", max_length=150, error_messages={"required": "Enter a name"})
    starts_on = forms.DateField(label="First day", noun="First day", error_messages={"required": "Enter the first day"})
    ends_on = forms.DateField(label="Last day", noun="Last day", error_messages={"required": "Enter the last day"})
    council = forms.ModelChoiceField(
        label="For which council", queryset=Council.objects.none(), empty_label="Every council", required=False
    )
    is_quiet = forms.ChoiceField(
        label="Send no reminders on these days?",
        help_text="They are sent when the days are over.",
        choices=[(NO, "No"), (YES, "Yes")],
        required=False,
    )
    version = forms.VersionField()

    def clean_is_quiet(self) -> bool:
        return self.cleaned_data["is_quiet"] == YES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["council"].queryset = Council.objects.order_by("name")
