"""One form for all that is known of a peer challenge under way. Stages name the fields of their own facts."""

from __future__ import annotations

from typing import Any

from councils.models import Council
from cpc.cases.stages import STAGES, Stage
from cpc.casework.under_way.parts import Fact, all_facts
from cpc.components import forms

NOT_KNOWN = ("", "Not known")
PEOPLE = {
    "manager": "Email address of the peer challenge manager",
    "coordinator": "Email address of the council's coordinator",
    "leader": "Email address of the leader",
    "chief_executive": "Email address of the chief executive",
}
CONFIRMED = "yes"


def field_of(fact: Fact) -> Any:
    common: dict[str, Any] = {"label": fact.label, "required": False, "help_text": fact.help}
    if fact.kind == "day":
        return forms.DateField(noun=fact.label, **common)
    if fact.kind == "choice":
        return forms.ChoiceField(choices=[NOT_KNOWN, *fact.choices], **common)
    if fact.kind == "lines":
        return forms.TextField(max_length=fact.longest, **common)
    if fact.kind == "address":
        return forms.URLField(max_length=fact.longest, **common)
    return forms.CharField(max_length=fact.longest, **common)


class UnderWayForm(forms.Form):
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
    stage = forms.ChoiceField(
        label="Current stage",
        choices=[(row.stage.value, Stage(row.stage).label) for row in STAGES],
        error_messages={"required": "Choose the current stage"},
    )
    started = forms.DateField(
        label="Day it began",
        noun="Day it began",
        help_text="Such as the day on which the council agreed to it.",
        error_messages={"required": "Enter when it began"},
    )
    onsite_first = forms.DateField(label="First onsite day", noun="First onsite day", required=False)
    onsite_last = forms.DateField(label="Last onsite day", noun="Last onsite day", required=False)
    reason = forms.TextField(
        label="Why it is entered only now",
        help_text="This will always be shown with the peer challenge.",
        max_length=1500,
        rows=3,
        error_messages={"required": "Enter why it is entered only now"},
    )
    confirmed = forms.MultipleChoiceField(
        label="If this page asks about the days",
        choices=[(CONFIRMED, "The days are right")],
        required=False,
    )

    def __init__(self, *args: Any, councils: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["council"].queryset = councils
        self.fields["joint_council"].queryset = councils
        for name, label in PEOPLE.items():
            self.fields[name] = forms.EmailField(label=label, required=False)
        for fact in all_facts():
            self.fields[fact.name] = field_of(fact)
        # What is asked last stands last.
        self.order_fields(
            [*(name for name in self.fields if name not in {"reason", "confirmed"}), "reason", "confirmed"]
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("council") and cleaned.get("council") == cleaned.get("joint_council"):
            self.add_error("joint_council", "Choose a second council that is not the first")
        return cleaned

    def told(self) -> dict[str, Any]:
        names = ["started", "onsite_first", "onsite_last", *PEOPLE, *(fact.name for fact in all_facts())]
        return {name: value for name in names if (value := self.cleaned_data.get(name))}
