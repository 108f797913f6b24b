"""Forms of stage 4. The finding's is short on purpose: it is filled on a phone between meetings."""

from __future__ import annotations

import uuid
from typing import Any

from assessments.onsite.models import FindingKind, FindingState, OnsiteDay, SessionKind, TalkState
from cpc.cases.models import CaseMembership, FocusArea
from cpc.components import forms


class SessionForm(forms.Form):
    day = forms.ModelChoiceField(
        label="Day",
        queryset=OnsiteDay.objects.none(),
        empty_label="Choose a day",
        error_messages={"required": "Choose the day"},
    )
    kind = forms.ChoiceField(label="Kind", choices=SessionKind.choices, error_messages={"required": "Choose the kind"})
    title = forms.CharField(label="Title", max_length=150, error_messages={"required": "Enter a title"})
    starts_at = forms.TimeField(label="Start", error_messages={"required": "Enter when it starts"})
    ends_at = forms.TimeField(
        label="End",
        help_text="For example, 11:30. What begins in the evening may end after midnight.",
        error_messages={"required": "Enter when it ends"},
    )
    place = forms.CharField(label="Place", max_length=150, required=False)
    who_with = forms.CharField(
        label="Who with",
        max_length=500,
        required=False,
        help_text="Posts rather than names. Not shown to the council when off the record.",
    )
    political_group = forms.CharField(label="Political group", max_length=80, required=False)
    peers = forms.ModelMultipleChoiceField(label="Peers", queryset=CaseMembership.objects.none(), required=False)
    version = forms.VersionField()

    def __init__(self, *args: Any, days: Any, peers: Any, off_record: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].queryset = days
        if not off_record:
            # The council does not make a session that it could not see or change afterwards (R43).
            self.fields["kind"].choices = [
                choice for choice in SessionKind.choices if choice[0] != SessionKind.OFF_RECORD
            ]
        self.fields["peers"].queryset = peers


class ReasonForm(forms.Form):
    reason = forms.TextField(label="Reason", max_length=2000, error_messages={"required": "Enter the reason"})


class FindingForm(forms.Form):
    headline = forms.CharField(
        label="What did you find?",
        help_text="One line.",
        max_length=200,
        error_messages={"required": "Enter what you found"},
    )
    focus_area = forms.ModelChoiceField(
        label="Area",
        queryset=FocusArea.objects.none(),
        empty_label="Choose an area",
        error_messages={"required": "Choose the area"},
    )
    kind = forms.ChoiceField(label="Kind", choices=FindingKind.choices, error_messages={"required": "Choose the kind"})
    text = forms.TextField(
        label="More", help_text="The evidence for this. Do not name anyone.", max_length=4000, rows=4, required=False
    )
    is_restricted = forms.YesNoField(
        label="Only for the two leads and the peer challenge manager?", required=False, initial="no", empty_value=False
    )
    concerns_person = forms.YesNoField(
        label="Could this identify someone?", required=False, initial="no", empty_value=False
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, areas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["focus_area"].queryset = areas

    def clean_client_key(self) -> uuid.UUID:
        return self.cleaned_data.get("client_key") or uuid.uuid4()


class FindingEditForm(FindingForm):
    client_key = None  # type: ignore[assignment]
    state = forms.ChoiceField(
        label="Status", choices=FindingState.choices, error_messages={"required": "Choose the status"}
    )
    raised_with_council = forms.YesNoField(
        label="Has it been raised with the council?", required=False, initial="no", empty_value=False
    )
    version = forms.VersionField()
    # Fields that are not named here follow.
    field_order = ["headline", "focus_area", "kind", "state", "text", "raised_with_council"]


class TalkForm(forms.Form):
    state = forms.ChoiceField(
        label="Did it take place?",
        help_text="Only whether it took place is kept, never what was said.",
        choices=[choice for choice in TalkState.choices if choice[0] != TalkState.PLANNED],
        error_messages={"required": "Choose whether it took place"},
    )
    version = forms.VersionField()


class FeedbackForm(forms.Form):
    held_on = forms.DateField(
        label="When was it held?",
        noun="Final feedback",
        error_messages={"required": "Enter when the final feedback was held"},
    )
    leader_heard_first = forms.YesNoField(
        label="Was the leader briefed first?",
        error_messages={"required": "Choose yes if the leader was briefed first"},
    )
    chief_executive_heard_first = forms.YesNoField(
        label="Was the chief executive briefed first?",
        error_messages={"required": "Choose yes if the chief executive was briefed first"},
    )
    version = forms.VersionField()
