"""What an administrator looks for among the events."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms

from cpc.audit.presenters import GROUPS
from cpc.components import forms


class EventFilterForm(forms.FilterForm):
    group = forms.ChoiceField(
        label="About", choices=[("", "Anything"), *GROUPS.items()], required=False, widget=django_forms.Select
    )
    person = forms.CharField(label="Person, by name or email address", max_length=100, required=False)
    council = forms.CharField(label="Council", max_length=100, required=False)
    since = forms.DateField(label="From", noun="The first day", required=False)
    until = forms.DateField(label="To", noun="The last day", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day must not be before the first")
        return cleaned

    def chosen(self) -> dict[str, Any]:
        """What was asked for; what makes no sense is said beside its field and counts as not asked."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
