"""Forms about who mentors whom (R91)."""

from __future__ import annotations

from typing import Any

from cpc.accounts.models import User
from cpc.components import forms
from cpc.cycle.journey.queries import peers_to_choose


class MentoringForm(forms.Form):
    peer = forms.ModelChoiceField(
        label="Member peer",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose the member peer"},
    )
    started_on = forms.DateField(
        label="First day", noun="First day", error_messages={"required": "Enter the first day"}
    )
    ended_on = forms.DateField(
        label="Last day", noun="Last day", required=False, help_text="Leave blank if it has no last day yet."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["peer"].queryset = peers_to_choose()


class MentoringEndForm(forms.Form):
    ended_on = forms.DateField(label="Last day", noun="Last day", error_messages={"required": "Enter the last day"})
    version = forms.VersionField()
