"""Forms of the pool."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms

from cpc.accounts.models import User
from cpc.components import forms
from teams.peers.models import Party, PeerKind, PeerProfile, Region, Skill
from teams.peers.queries import POSTS

FLAGS = (
    ("is_chief_executive", "Chief executive"),
    ("is_council_leader", "Leader or elected mayor of a council"),
    ("is_senior_member", "Other senior councillor (cabinet member, group leader, committee chair)"),
    ("is_former", "Formerly, not today"),
)


def flags_of(profile: PeerProfile) -> list[str]:
    return [name for name, _ in FLAGS if getattr(profile, name)]


class ProfileForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind of peer", choices=PeerKind.choices, error_messages={"required": "Choose the kind of peer"}
    )
    current_post = forms.CharField(
        label="Post",
        help_text="Without the council, as a report would print it. For example, Leader or Director of Finance.",
        max_length=150,
        error_messages={"required": "Enter the post"},
    )
    flags = forms.MultipleChoiceField(label="Is this person one of these?", choices=FLAGS, required=False)
    party = forms.ChoiceField(
        label="Party",
        help_text="For member peers only.",
        choices=[("", "None"), *Party.choices],
        required=False,
    )
    region = forms.ChoiceField(label="Region", choices=[("", "Not known"), *Region.choices], required=False)
    skills = forms.MultipleChoiceField(label="Skills and experience", choices=Skill.choices, required=False)
    other_skills = forms.TextField(label="Anything else they bring", max_length=1000, required=False)
    training = forms.TextField(
        label="Training",
        help_text="From any provider, one per line: course, provider, year.",
        max_length=2000,
        required=False,
    )
    version = forms.VersionField(required=False)

    def values(self) -> dict[str, Any]:
        """What the services take."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name not in {"flags", "version", "user"}}
        chosen = self.cleaned_data["flags"]
        return cleaned | {name: name in chosen for name, _ in FLAGS}


class AddToPoolForm(ProfileForm):
    user = forms.ModelChoiceField(
        label="Person",
        help_text="Anyone with an account who does not work for the LGA. Invite other people first.",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        error_messages={"required": "Choose a person"},
    )
    field_order = ["user"]

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people


class WindowForm(forms.Form):
    start_on = forms.DateField(
        label="From", noun="First day", error_messages={"required": "Enter the first day you are free"}
    )
    end_on = forms.DateField(
        label="Until", noun="Last day", error_messages={"required": "Enter the last day you are free"}
    )


class PeerFilterForm(forms.FilterForm):
    """The filters of the pool. A filter that is not one of the choices is left out, not an error page."""

    q = forms.CharField(label="Search by name, council or post", max_length=100, required=False)
    kind = forms.ChoiceField(
        label="Kind", choices=[("", "Any"), *PeerKind.choices], required=False, widget=django_forms.Select
    )
    party = forms.ChoiceField(label="Party", choices=[("", "Any"), *Party.choices], required=False)
    region = forms.ChoiceField(label="Region", choices=[("", "Any"), *Region.choices], required=False)
    skill = forms.ChoiceField(label="Skill", choices=[("", "Any"), *Skill.choices], required=False)
    post = forms.ChoiceField(label="Post held", choices=[("", "Any"), *POSTS.items()], required=False)

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        cleaned = getattr(self, "cleaned_data", {})
        return {"text": cleaned.get("q") or ""} | {
            name: cleaned.get(name) or "" for name in ("kind", "party", "region", "skill", "post")
        }
