"""The form of the seats by party: as many rows as are needed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from councils.control import named_twice
from cpc.components import forms

FEWEST_ROWS, MOST_ROWS, MORE_ROWS = 8, 40, 5
# No council of the kingdom has as many.
MOST_SEATS = 999


class SeatsForm(forms.Form):
    year = forms.IntegerField(
        label="Year",
        help_text="Seats after the elections in May of this year.",
        error_messages={"required": "Enter the year"},
    )
    total = forms.IntegerField(
        label="Seats of the council",
        help_text="All of them, with those that are vacant. Leave blank if it is not known.",
        min_value=1,
        max_value=MOST_SEATS,
        required=False,
        error_messages={"invalid": "Seats of the council must be a whole number"},
    )
    control = forms.CharField(
        label="Political control",
        max_length=60,
        required=False,
        help_text="For example, Labour or no overall control. If you leave this empty, what is recorded stays.",
    )
    rows = forms.VersionField()
    version = forms.VersionField()

    def __init__(self, *args: Any, with_year: bool, offered: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_year:
            del self.fields["year"]
        self.offered = set(offered)
        asked = self.data.get("rows") if self.is_bound else self.initial.get("rows")
        self.row_number = min(max(self.fields["rows"].clean(asked), FEWEST_ROWS), MOST_ROWS)
        self.initial["rows"] = self.row_number
        for index in range(1, self.row_number + 1):
            self.fields[f"party_{index}"] = forms.CharField(label=f"Party {index}", max_length=60, required=False)
            self.fields[f"number_{index}"] = forms.IntegerField(
                label=f"Seats of party {index}",
                min_value=1,
                max_value=MOST_SEATS,
                required=False,
                error_messages={"invalid": f"Seats of party {index} must be a whole number"},
            )
            for name in (f"party_{index}", f"number_{index}"):
                self.fields[name].is_needed_at_times = True

    def seat_rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"party_{index}"], self[f"number_{index}"]) for index in range(1, self.row_number + 1)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        named = []
        for index in range(1, self.row_number + 1):
            party, number = data.get(f"party_{index}"), data.get(f"number_{index}")
            if party and number:
                named.append(index)
            elif party and party not in self.offered and f"number_{index}" in data:
                self.add_error(f"number_{index}", f"Enter how many seats {party} has, or empty the name")
            elif number and f"party_{index}" in data:
                self.add_error(f"party_{index}", f"Enter which party has {number} seats")
        twice = named_twice([data[f"party_{index}"] for index in named])
        if twice is not None:
            name = f"party_{named[twice]}"
            self.add_error(name, f"{data[name]} is entered twice. Enter its seats once.")
        elif not named and not self.errors:
            self.add_error("party_1", "Enter at least one party and its seats")
        self.named = named
        return data

    def seats(self) -> list[tuple[str, int]]:
        data = self.cleaned_data
        return [(data[f"party_{index}"], data[f"number_{index}"]) for index in self.named]
