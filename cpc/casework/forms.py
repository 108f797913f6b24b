"""Forms about a case as a whole."""

from __future__ import annotations

from typing import Any

from django.forms import RadioSelect

from councils.models import Council
from cpc.accounts.models import User
from cpc.cases.models import CaseRole
from cpc.cases.stages import USUAL_KIND, kind_choices, send_backs
from cpc.components import forms


class StartCaseForm(forms.Form):
    council = forms.ModelChoiceField(
        label="Council",
        queryset=Council.objects.none(),
        empty_label="Choose a council",
        error_messages={"required": "Choose the council"},
    )
    joint_council = forms.ModelChoiceField(
        label="Second council",
        help_text="Only for a joint peer challenge of two councils.",
        queryset=Council.objects.none(),
        empty_label="No second council",
        required=False,
    )
    kind = forms.ChoiceField(
        label="Kind of review",
        choices=kind_choices,
        widget=RadioSelect,
        initial=USUAL_KIND,
        error_messages={"required": "Choose the kind of review"},
    )
    off_cycle_reason = forms.TextField(
        label="Why now, if the council is not due yet",
        help_text="Only for a peer challenge earlier than usual. Everyone on the peer challenge can read it.",
        max_length=2000,
        rows=3,
        required=False,
    )

    def __init__(self, *args: Any, councils: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["council"].queryset = councils
        self.fields["joint_council"].queryset = councils

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("council") and cleaned.get("council") == cleaned.get("joint_council"):
            self.add_error("joint_council", "Choose a second council that is not the first")
        return cleaned


class ReasonForm(forms.Form):
    reason = forms.TextField(label="Reason", max_length=2000, error_messages={"required": "Enter the reason"})


class OverrideForm(forms.Form):
    reason = forms.TextField(
        label="Why the stage is finished with things still to do",
        help_text="This will always be shown with the peer challenge.",
        max_length=2000,
        error_messages={"required": "Enter why the stage is finished now"},
    )


class SendBackForm(ReasonForm):
    to_stage = forms.ChoiceField(
        label="Go back to", choices=[], error_messages={"required": "Choose the stage to go back to"}
    )
    field_order = ["to_stage", "reason"]

    def __init__(self, *args: Any, kind: str, version: int, stage: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_stage"].choices = [(to.value, to.label) for to in send_backs(kind, version, stage)]


class PostponeForm(ReasonForm):
    new_on = forms.DateField(
        label="New date agreed for the onsite",
        noun="New date",
        help_text="For example, 14 9 2027. The first onsite day, as far as it is known.",
        error_messages={"required": "Enter the new date that was agreed"},
    )
    agreed_with = forms.CharField(
        label="Who agreed it",
        help_text="For example, the chief executive.",
        max_length=200,
        error_messages={"required": "Enter who agreed the new date"},
    )
    field_order = ["reason", "new_on", "agreed_with"]


class MemberForm(forms.Form):
    """Adds somebody of the LGA or of the council. Peers join through the team."""

    user = forms.ModelChoiceField(
        label="Person",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        error_messages={"required": "Choose a person"},
    )
    role = forms.ChoiceField(
        label="Role on this peer challenge", choices=[], error_messages={"required": "Choose their role"}
    )

    def __init__(self, *args: Any, people: Any, roles: list[CaseRole], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people
        self.fields["role"].choices = [(role.value, role.label) for role in roles]


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(
        label="Who takes over",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        error_messages={"required": "Choose who takes over"},
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class CycleStartForm(ReasonForm):
    on = forms.DateField(
        label="Five-year cycle starts on",
        noun="Day",
        error_messages={"required": "Enter the day the five-year cycle starts on"},
    )
    version = forms.VersionField()
    field_order = ["on", "reason", "version"]
