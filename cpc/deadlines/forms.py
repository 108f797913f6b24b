"""Forms of deadlines and calendars."""

from __future__ import annotations

from typing import Any

from councils.models import Council
from cpc.components import forms
from cpc.deadlines.models import CalendarKind

YES, NO = "yes", "no"


class ReviseDeadlineForm(forms.Form):
    due_on = forms.DateField(label="New date", noun="New date", error_messages={"required": "Enter the new date"})
    reason = forms.TextField(
        label="Why the date changes", max_length=2000, error_messages={"required": "Enter why the date changes"}
    )
    agreed_with = forms.CharField(
        label="Who agreed it",
        help_text="For example, the chief executive.",
        max_length=200,
        error_messages={"required": "Enter who agreed the new date"},
    )
    order_reason = forms.TextField(
        label="If it is out of order with the other dates, why?",
        help_text="Needed for a day such as one after the report of the progress review is due.",
        max_length=2000,
        rows=3,
        required=False,
    )
    version = forms.VersionField()


class ExplainDeadlineForm(forms.Form):
    reason = forms.TextField(
        label="Why it was late", max_length=2000, error_messages={"required": "Enter why it was late"}
    )
    version = forms.VersionField()


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
