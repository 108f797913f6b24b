"""Forms of stage 1."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from cpc.accounts.models import User
from cpc.components import forms
from cpc.cycle.models import JourneyEntry
from cpc.scheduling.models import Purpose, Requester


class PurposeForm(forms.Form):
    purpose = forms.ChoiceField(
        label="What does the council want from its peer challenge?",
        choices=Purpose.choices,
        error_messages={"required": "Choose what the council wants from its peer challenge"},
    )
    purpose_detail = forms.TextField(label="In the council's own words", max_length=4000, required=False)
    intervention = forms.ModelChoiceField(
        label="Which intervention is it a benchmark for?",
        help_text="Only for an outside benchmark at the end of an intervention.",
        queryset=JourneyEntry.objects.none(),
        empty_label="None",
        required=False,
    )
    requested_by = forms.ChoiceField(
        label="Who asked for it?",
        choices=Requester.choices,
        error_messages={"required": "Choose who asked for it"},
    )
    off_cycle_reason = forms.TextField(
        label="Why now, if it is less than four years since the last one",
        max_length=2000,
        required=False,
    )
    version = forms.VersionField()

    def __init__(self, *args: Any, interventions: QuerySet[JourneyEntry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["intervention"].queryset = interventions


class MeetingForm(forms.Form):
    meeting_on = forms.DateField(
        label="Date of the set-up meeting",
        noun="Date of the set-up meeting",
        error_messages={"required": "Enter the date of the set-up meeting"},
    )
    leader_attended = forms.YesNoField(
        label="Did the leader attend?", error_messages={"required": "Choose yes if the leader attended"}
    )
    chief_executive_attended = forms.YesNoField(
        label="Did the chief executive attend?",
        error_messages={"required": "Choose yes if the chief executive attended"},
    )
    absence_reason = forms.TextField(
        label="If one of them did not attend, why?",
        max_length=2000,
        required=False,
    )
    version = forms.VersionField()


YES, NO = "yes", "no"


class DatesForm(forms.Form):
    start_on = forms.DateField(
        label="First onsite day",
        noun="First onsite day",
        error_messages={"required": "Enter the first onsite day"},
    )
    end_on = forms.DateField(
        label="Last onsite day",
        noun="Last onsite day",
        error_messages={"required": "Enter the last onsite day"},
    )
    half_day = forms.ChoiceField(
        label="Is the last day half a day?", choices=[(NO, "No"), (YES, "Yes")], initial=NO, required=False
    )
    is_virtual = forms.ChoiceField(
        label="Is it held online?", choices=[(NO, "No"), (YES, "Yes")], initial=NO, required=False
    )
    length_reason = forms.TextField(
        label="If it is longer or shorter than usual, why?",
        help_text="A programme manager can agree another length. The reason is kept.",
        max_length=2000,
        rows=3,
        required=False,
    )
    reason = forms.TextField(
        label="Why the dates change",
        max_length=2000,
        required=False,
        help_text="Needed when dates were agreed before.",
    )
    version = forms.VersionField()

    def clean_half_day(self) -> bool:
        return self.cleaned_data["half_day"] == YES

    def clean_is_virtual(self) -> bool:
        return self.cleaned_data["is_virtual"] == YES


class WaivingDatesForm(DatesForm):
    """For a programme manager, when peers are on the case already."""

    double_booking_reason = forms.TextField(
        label="Why someone may be on two teams on the same days",
        help_text="Only if one of the peers is on another confirmed team on these days. The reason is kept.",
        max_length=2000,
        rows=3,
        required=False,
    )
    field_order = ["start_on", "end_on", "reason", "double_booking_reason", "version"]


class ManagerForm(forms.Form):
    manager = forms.ModelChoiceField(
        label="Peer challenge manager",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        error_messages={"required": "Choose the peer challenge manager"},
    )
    version = forms.VersionField()

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = people


class FocusAreaForm(forms.Form):
    name = forms.CharField(
        label="Area of focus", max_length=150, error_messages={"required": "Enter the area of focus"}
    )
    description = forms.TextField(label="What the team should look at", max_length=2000, required=False)
    version = forms.VersionField()
