"""Forms of deadlines."""

from __future__ import annotations

from cpc.components import forms


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
