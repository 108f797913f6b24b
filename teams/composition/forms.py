"""Forms of stage 2."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cpc.components import forms
from teams.composition.models import (
    MEMBER_PEER_ROLES,
    OFFICER_PEER_ROLES,
    PEER_ROLES,
    CommentDecision,
    CommentKind,
    ConflictDecision,
    ConflictKind,
    TeamMember,
)
from teams.peers.models import PeerKind, PeerProfile


def roles_for(profile: PeerProfile | None) -> list[tuple[str, str]]:
    """The titles that somebody of this kind may hold."""
    if profile is None:
        return [(role.value, role.label) for role in PEER_ROLES]
    closed = OFFICER_PEER_ROLES if profile.kind == PeerKind.MEMBER else MEMBER_PEER_ROLES
    # A former councillor may serve as an associate; a title that is neither is open to both.
    return [(role.value, role.label) for role in PEER_ROLES if role not in closed or role.value == "associate_peer"]


class PlaceForm(forms.Form):
    role = forms.ChoiceField(
        label="Role on the team", choices=[], error_messages={"required": "Choose their role on the team"}
    )
    post_printed = forms.CharField(
        label="Post as the report prints it",
        help_text="For example, Leader, Breckland Council.",
        max_length=300,
        error_messages={"required": "Enter the post as the report prints it"},
    )
    fit_note = forms.TextField(
        label="What this peer brings",
        help_text="Only the LGA's people on this peer challenge can read it.",
        max_length=2000,
        required=False,
    )
    challenge_note = forms.TextField(
        label="Where this peer will challenge the council",
        help_text="Only the LGA's people on this peer challenge can read it.",
        max_length=2000,
        required=False,
    )

    def __init__(self, *args: Any, profile: PeerProfile | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.fields["role"].choices = roles_for(profile)


class ChangePlaceForm(PlaceForm):
    version = forms.VersionField()


class ReplaceForm(PlaceForm):
    """The role stays what it was; the reason is why the first person leaves."""

    reason = forms.TextField(
        label="Why the first person leaves the team",
        help_text="Only the LGA's people on this peer challenge can read it.",
        max_length=2000,
        error_messages={"required": "Enter why they leave the team"},
    )
    role = None  # type: ignore[assignment]
    field_order = ["reason"]


class InviteForm(forms.Form):
    answer_by_on = forms.DateField(
        label="Answer by", noun="The day to answer by", error_messages={"required": "Enter the day to answer by"}
    )


class ReasonForm(forms.Form):
    reason = forms.TextField(label="Reason", max_length=2000, error_messages={"required": "Enter the reason"})


class ConflictForm(forms.Form):
    """The kinds are listed, because people do not think of them unasked."""

    conflicts = forms.MultipleChoiceField(
        label="Do you have anything to declare about this council?",
        help_text="Choose all that apply. Having served on an earlier team there is not a conflict.",
        choices=ConflictKind.choices,
        error_messages={"required": "Choose what you have to declare, or that there is nothing"},
    )
    conflict_text = forms.TextField(
        label="What should the LGA know about it?",
        help_text="Only the LGA's people on this peer challenge can read it.",
        max_length=2000,
        required=False,
    )


class AcceptForm(ConflictForm):
    dates_seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class DatesSeenForm(forms.Form):
    dates_seen = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class CommentForm(forms.Form):
    kind = forms.ChoiceField(
        label="What do you want to say?",
        choices=[
            (CommentKind.COMMENT, "I have a comment"),
            (CommentKind.OBJECTION, "I object"),
        ],
        error_messages={"required": "Choose whether you comment or object"},
    )
    member = forms.ChoiceField(label="About", choices=[], required=False)
    reason = forms.TextField(
        label="Your reason",
        help_text="It is kept with the LGA's answer.",
        max_length=2000,
        error_messages={"required": "Enter your reason"},
    )
    form_key = forms.UUIDField()

    def __init__(self, *args: Any, members: Iterable[TeamMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = [("", "The team as a whole")] + [
            (str(member.pk), f"{member.user.full_name}, {member.get_role_display()}") for member in members
        ]


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label="Decision", choices=CommentDecision.choices, error_messages={"required": "Choose the decision"}
    )
    reason = forms.TextField(
        label="Reason",
        help_text="The council reads it, with your name.",
        max_length=2000,
        error_messages={"required": "Enter the reason for your decision"},
    )
    version = forms.VersionField()


class TalkForm(forms.Form):
    on = forms.DateField(
        label="When did the leader and the lead member peer talk?",
        noun="The day of the talk",
        error_messages={"required": "Enter the day of the talk"},
    )


OTHER_GROUP = "other"


class TypedConsultationForm(forms.Form):
    """R19, where the register has no seats of the council: the group is typed."""

    other_group = forms.CharField(
        label="Political group",
        help_text="The register has no seats of this council.",
        max_length=100,
        error_messages={"required": "Enter the political group"},
    )
    leader_name = forms.CharField(
        label="Group leader", max_length=150, error_messages={"required": "Enter the group leader's name"}
    )
    consulted_on = forms.DateField(
        label="Asked on", noun="The day", error_messages={"required": "Enter the day the group leader was asked"}
    )
    view = forms.TextField(label="What they said", max_length=2000, required=False)
    version = forms.VersionField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["group"] = cleaned.pop("other_group", "")
        return cleaned


class ConsultationForm(TypedConsultationForm):
    """R19: the groups are those with seats in the register; another one is typed."""

    group = forms.ChoiceField(
        label="Political group", choices=[], error_messages={"required": "Choose the political group"}
    )
    other_group = forms.CharField(label="Name of the other group", max_length=100, required=False)
    field_order = ["group"]

    def __init__(self, *args: Any, groups: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [(group, group) for group in groups] + [(OTHER_GROUP, "Another group")]

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data.get("group")
        cleaned = super().clean()
        if chosen != OTHER_GROUP:
            cleaned["group"] = chosen
        elif not cleaned["group"]:
            self.add_error("other_group", "Enter the name of the other group")
        return cleaned


class ConfirmForm(forms.Form):
    version = forms.VersionField()


class WaiveForm(ConfirmForm):
    """For a programme manager, when something of R15 is missing."""

    waiver_reason = forms.TextField(
        label="Why the team is confirmed without it",
        help_text="Only a programme manager can do this. The reason is kept.",
        max_length=2000,
        required=False,
    )


class DoubleBookingForm(ConfirmForm):
    """For a programme manager, when somebody is on another confirmed team on these days."""

    double_booking_reason = forms.TextField(
        label="Why someone may be on two teams on the same days",
        help_text="Only a programme manager can do this. The reason is kept.",
        max_length=2000,
        required=False,
    )


class WaiveBothForm(DoubleBookingForm, WaiveForm):
    pass


class ConflictDecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label="Decision",
        choices=ConflictDecision.choices,
        error_messages={"required": "Choose whether they can be on the team"},
    )
    reason = forms.TextField(
        label="Reason",
        help_text="Only the LGA's people on this peer challenge can read it. It is kept with your name.",
        max_length=2000,
        error_messages={"required": "Enter the reason for your decision"},
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=500, required=False)
