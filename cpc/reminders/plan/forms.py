"""The day of which somebody wants to know who is reminded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from cpc.components import forms

# Further ahead nothing is known of most promises.
FURTHEST = timedelta(days=2 * 366)


class PlanDayForm(forms.FilterForm):
    on = forms.DateField(
        label="On which day",
        noun="The day",
        help_text="For example, 27 3 2027. Leave it empty for the next 90 days.",
        required=False,
    )

    def clean_on(self) -> date | None:
        on: Any = self.cleaned_data["on"]
        today = timezone.localdate()
        if on and on < today:
            raise ValidationError("The day must be today or later. Messages already sent are in the outbox")
        if on and on > today + FURTHEST:
            raise ValidationError(f"The day must be before {today + FURTHEST:%-d %B %Y}")
        return on
