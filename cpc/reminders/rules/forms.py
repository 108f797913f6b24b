"""The form of a reminder rule."""

from __future__ import annotations

from typing import Any

from cpc.components import forms
from cpc.reminders.models import ReminderRecipients, ReminderRule
from cpc.reminders.rules.wording import kinds
from cpc.reminders.wording import PLACEHOLDERS

BEFORE, AFTER = "before", "after"
# A choice that is made, and not one that was forgotten.
EVERY = "every"


class ReminderRuleForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is it about?", choices=[], error_messages={"required": "Choose what it is about"}
    )
    number = forms.IntegerField(
        label="How many days",
        help_text="0 for the day itself.",
        min_value=0,
        max_value=730,
        error_messages={"required": "Enter how many days before or after"},
    )
    direction = forms.ChoiceField(
        label="Before or after the day?",
        choices=[(BEFORE, "Before the day, or on it"), (AFTER, "After the day, while nothing has happened")],
        error_messages={"required": "Choose before or after the day"},
    )
    unit = forms.ChoiceField(
        label="Which days are counted?",
        choices=[("calendar", "Calendar days"), ("working", "Working days of the council's nation")],
        error_messages={"required": "Choose which days are counted"},
    )
    recipients = forms.ChoiceField(
        label="Who is reminded?",
        choices=ReminderRecipients.choices,
        error_messages={"required": "Choose who is reminded"},
    )
    subject_text = forms.CharField(
        label="Subject of the email",
        help_text="Leave blank to use the standard wording.",
        max_length=150,
        required=False,
    )
    body_text = forms.TextField(label="Text of the email", max_length=2000, required=False, rows=8)
    waits_for_working_day = forms.YesNoField(
        label="On a weekend or bank holiday, wait for the next working day?",
        error_messages={"required": "Choose yes if it waits for a working day"},
    )
    speaks_before_elections = forms.YesNoField(
        label="Send it in the council's pre-election period too?",
        error_messages={"required": "Choose yes if it is sent before elections too"},
    )
    attaches_date = forms.YesNoField(
        label="Attach a calendar entry?", error_messages={"required": "Choose yes to attach a calendar entry"}
    )
    version = forms.VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind or EVERY, label) for kind, label in kinds()]
        values = "; ".join(f"{{{name}}}: {what}" for name, what in PLACEHOLDERS.items())
        self.fields[
            "body_text"
        ].help_text = f"Leave blank to use the standard wording. A link follows. Values: {values}."

    @property
    def values(self) -> dict[str, Any]:
        """What the services take."""
        cleaned = self.cleaned_data
        sign = 1 if cleaned["direction"] == AFTER else -1
        return {
            "kind": "" if cleaned["kind"] == EVERY else cleaned["kind"],
            "offset_days": sign * cleaned["number"],
            "in_working_days": cleaned["unit"] == "working",
            "recipients": cleaned["recipients"],
            "subject_text": cleaned["subject_text"],
            "body_text": cleaned["body_text"],
            "waits_for_working_day": cleaned["waits_for_working_day"],
            "speaks_before_elections": cleaned["speaks_before_elections"],
            "attaches_date": cleaned["attaches_date"],
        }


def initial_of(rule: ReminderRule) -> dict[str, Any]:
    same = ("kind", "recipients", "subject_text", "body_text", "waits_for_working_day", "speaks_before_elections")
    return {name: getattr(rule, name) for name in (*same, "attaches_date", "version")} | {
        "kind": rule.kind or EVERY,
        "number": abs(rule.offset_days),
        "direction": AFTER if rule.offset_days > 0 else BEFORE,
        "unit": "working" if rule.in_working_days else "calendar",
    }
