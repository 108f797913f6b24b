"""The day on which the due list is read."""

from cpc.components import forms


class DayForm(forms.FilterForm):
    on = forms.DateField(label="Show the position as at", noun="Day", required=False)
