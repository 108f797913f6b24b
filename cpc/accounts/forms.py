"""Forms about people."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.permissions import may_give_role
from cpc.accounts.roles import Role
from cpc.components import forms


def roles_open_to(user: User) -> list[tuple[str, str]]:
    """Roles that the person may give to somebody."""
    return [(role.value, str(role.label)) for role in Role if may_give_role(user, role.value, user.council_id)]


class PeopleFilterForm(forms.FilterForm):
    q = forms.CharField(label="Search by name, email or council", max_length=100, required=False)
    role = forms.ChoiceField(label="Role", choices=[("", "All roles"), *Role.choices], required=False)

    def chosen(self) -> dict[str, str]:
        """What was asked for; a value that makes no sense counts as not asked."""
        self.is_valid()
        return {"text": self.cleaned_data.get("q", ""), "role": self.cleaned_data.get("role", "")}


class _RoleAndCouncil(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices, error_messages={"required": "Choose a role"})
    council = forms.ModelChoiceField(
        label="Council",
        help_text="For council roles and peers. Leave blank for LGA staff.",
        queryset=Council.objects.none(),
        required=False,
        empty_label="No council",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_open_to(user)
        if user.is_council_user:
            # A coordinator invites for one council: there is nothing to choose.
            del self.fields["council"]
        else:
            councils = Council.objects.current(timezone.localdate()).order_by("name")
            self.fields["council"].queryset = councils
        self.own_council = user.council if user.is_council_user else None

    def chosen_council(self) -> Council | None:
        return self.own_council or self.cleaned_data.get("council")


class InviteForm(_RoleAndCouncil):
    full_name = forms.CharField(
        label="Full name", max_length=150, error_messages={"required": "Enter the full name of the person"}
    )
    email = forms.EmailField(
        label="Email address",
        help_text="The invitation goes to this address, and the person signs in with it.",
        error_messages={"required": "Enter the email address of the person"},
    )
    job_title = forms.CharField(label="Job title", max_length=150, required=False)
    field_order = ["full_name", "email", "job_title", "role", "council"]


class RoleForm(_RoleAndCouncil):
    version = forms.VersionField()


class ProfileForm(forms.Form):
    full_name = forms.CharField(label="Full name", max_length=150, error_messages={"required": "Enter your full name"})
    job_title = forms.CharField(label="Job title", max_length=150, required=False)
    phone = forms.CharField(label="Phone number", max_length=40, required=False)
    version = forms.VersionField()


class AcceptForm(forms.Form):
    full_name = forms.CharField(label="Full name", max_length=150, error_messages={"required": "Enter your full name"})
    password = forms.CharField(
        label="Password",
        help_text="At least 12 characters. Three random words are a good start.",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a password"},
    )
