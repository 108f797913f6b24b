"""Forms of a reorganisation."""

from __future__ import annotations

from typing import Any

from councils.forms import CouncilChoiceField, known_regions
from councils.models import Council, CouncilType, PlannedSuccessor, Reorganisation, SuccessionKind
from councils.reorganisations.queries import choosable
from cpc.components import forms


class ReorganisationForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=150,
        help_text="For example, Surrey 2027.",
        error_messages={"required": "Enter a name for the reorganisation"},
    )
    vesting_on = forms.DateField(
        label="Vesting day",
        noun="Vesting day",
        help_text="The first day of the new councils, such as 1 4 2028. The day before is the last of those that end.",
        error_messages={"required": "Enter the vesting day"},
    )
    source = forms.CharField(
        label="Where it is decided",
        max_length=300,
        required=False,
        help_text="For example, the Structural Changes Order, or the address of the decision.",
    )
    notes = forms.TextField(label="Notes", max_length=4000, required=False)


class ReorganisationChangeForm(ReorganisationForm):
    version = forms.VersionField()


class NewCouncilForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=120, error_messages={"required": "Enter the name of the new council"}
    )
    official_name = forms.CharField(
        label="Official name", max_length=200, error_messages={"required": "Enter the official name"}
    )
    council_type = forms.ChoiceField(
        label="Type", choices=CouncilType.choices, error_messages={"required": "Choose the type"}
    )
    region = forms.ChoiceField(label="Region", choices=known_regions, error_messages={"required": "Choose the region"})
    slug = forms.SlugField(
        label="Name in addresses",
        max_length=100,
        required=False,
        help_text="Small letters, digits and hyphens. Leave blank to make it from the name.",
    )


class NewCouncilChangeForm(NewCouncilForm):
    version = forms.VersionField()


class NewFactsForm(forms.Form):
    name = forms.CharField(
        label="New name", max_length=120, required=False, help_text="Leave blank if it stays as it is."
    )
    official_name = forms.CharField(
        label="New official name", max_length=200, required=False, help_text="Leave blank if it stays as it is."
    )
    council_type = forms.ChoiceField(label="New type", choices=[("", "As it is"), *CouncilType.choices], required=False)


class ContinuingForm(NewFactsForm):
    field_order = ("council", "name", "official_name", "council_type")
    council = CouncilChoiceField(
        label="Council that carries on",
        queryset=Council.objects.none(),
        error_messages={"required": "Choose the council that carries on"},
    )

    def __init__(self, *args: Any, reorganisation: Reorganisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Council.objects.filter(choosable(reorganisation))
        self.fields["council"].queryset = found.order_by("official_name", "pk")


class ContinuingChangeForm(NewFactsForm):
    version = forms.VersionField()


class CouncilChecksField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.official_name} (in {obj.parent.name})" if obj.parent else obj.official_name


class PredecessorsForm(forms.Form):
    kind = forms.ChoiceField(
        label="What happens to them?",
        choices=[
            (SuccessionKind.MERGER.value, "They end"),
            (SuccessionKind.BOUNDARY.value, "They go on with a smaller area"),
            (SuccessionKind.CONTINUES.value, "The same body carries on as this council"),
        ],
        choice_hints={
            SuccessionKind.MERGER.value: "All or part of their area comes to this council.",
            SuccessionKind.CONTINUES.value: "The same people and duties under a new entry in the register: "
            "its peer challenges count there.",
        },
        error_messages={"required": "Choose what happens to them"},
    )
    predecessors = CouncilChecksField(
        label="Councils of the region that it follows", queryset=Council.objects.none(), required=False
    )
    other = CouncilChoiceField(
        label="A council of another region", queryset=Council.objects.none(), required=False, empty_label="None"
    )

    def __init__(self, *args: Any, successor: PlannedSuccessor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        continuing = successor.continuing
        region = continuing.region if continuing else successor.region
        found = Council.objects.filter(choosable(successor.reorganisation))
        if continuing:
            found = found.exclude(pk=continuing.pk)
        inside = found.filter(region=region).select_related("parent")
        self.fields["predecessors"].queryset = inside.order_by("official_name", "pk")
        self.fields["other"].queryset = found.exclude(region=region).order_by("official_name", "pk")

    def chosen(self) -> list[Council]:
        other = self.cleaned_data["other"]
        return [*self.cleaned_data["predecessors"], *([other] if other else [])]
