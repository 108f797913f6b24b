"""Forms of the register."""

from __future__ import annotations

from typing import Any

from councils.models import Contact, ContactRole, Council, CouncilType, Post, Scheme, SuccessionKind
from cpc.components import forms


class TenureForm(forms.Form):
    post = forms.ChoiceField(label="Post", choices=Post.choices, error_messages={"required": "Choose the post"})
    person_name = forms.CharField(label="Name", max_length=150, error_messages={"required": "Enter the person's name"})
    party = forms.CharField(label="Party", help_text="For a leader or mayor.", max_length=60, required=False)
    started_on = forms.DateField(
        label="First day", noun="First day", error_messages={"required": "Enter the first day in the post"}
    )
    ended_on = forms.DateField(
        label="Last day", noun="Last day", required=False, help_text="Leave blank if they hold the post today."
    )
    is_first_post = forms.YesNoField(label="Is it their first such post?", required=False)
    is_interim = forms.YesNoField(
        label="Are they interim?", error_messages={"required": "Choose yes if they are interim"}
    )


class EndTenureForm(forms.Form):
    ended_on = forms.DateField(
        label="Last day", noun="Last day", error_messages={"required": "Enter the last day in the post"}
    )
    version = forms.VersionField()


class ControlForm(forms.Form):
    year = forms.IntegerField(
        label="Year",
        help_text="Control after the elections in May of this year.",
        error_messages={"required": "Enter the year"},
    )
    control = forms.CharField(
        label="Political control",
        max_length=60,
        help_text="For example, Labour or no overall control.",
        error_messages={"required": "Enter who controls the council, or no overall control"},
    )


class ProgrammeForm(forms.Form):
    in_programme = forms.YesNoField(
        label="Is this council in the peer challenge programme?",
        error_messages={"required": "Choose yes if the council is in the programme"},
    )
    version = forms.VersionField()


class PollForm(forms.Form):
    on = forms.DateField(
        label="Day of the poll", noun="Day of the poll", error_messages={"required": "Enter the day of the poll"}
    )
    text = forms.CharField(
        label="What is voted on", max_length=150, required=False, help_text="For example, by-election."
    )
    is_called_off = forms.YesNoField(
        label="Was it called off?", error_messages={"required": "Choose yes if the poll was called off"}
    )


class ContactDetailsForm(forms.Form):
    name = forms.CharField(label="Name", max_length=150, error_messages={"required": "Enter the person's name"})
    email = forms.EmailField(label="Email address", error_messages={"required": "Enter their email address"})
    phone = forms.CharField(label="Telephone number", max_length=40, required=False)


class ContactForm(ContactDetailsForm):
    field_order = ("role", "name", "email", "phone", "started_on")
    role = forms.ChoiceField(
        label="Role", choices=ContactRole.choices, error_messages={"required": "Choose the person's role"}
    )
    started_on = forms.DateField(
        label="First day",
        noun="First day",
        help_text="From this day on, the LGA writes to them. It can be in the future.",
        error_messages={"required": "Enter the first day"},
    )


class ContactChangeForm(ContactDetailsForm):
    version = forms.VersionField()


class EndContactForm(forms.Form):
    ended_on = forms.DateField(
        label="Last day",
        noun="Last day",
        help_text="After this day, the LGA does not write to them.",
        error_messages={"required": "Enter the last day"},
    )
    version = forms.VersionField()


class BringOverForm(forms.Form):
    contacts = forms.MultipleChoiceField(label="Contacts", error_messages={"required": "Choose at least one contact"})
    started_on = forms.DateField(
        label="First day",
        noun="First day",
        help_text="From this day on, the LGA writes to them for this council. It can be in the future.",
        error_messages={"required": "Enter the first day"},
    )

    def __init__(self, *args: Any, people: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = self.data.getlist("contacts") if self.is_bound else []
        # Whoever is here already is not offered, but a second press of the button names them once more.
        self.people = [each for each in people if not each.is_here or str(each.pk) in sent]
        self.fields["contacts"].choices = [
            (str(each.pk), f"{each.name}, {each.get_role_display()}, {each.council.official_name} ({each.email})")
            for each in self.people
        ]

    def chosen(self) -> list[Contact]:
        return [each for each in self.people if str(each.pk) in self.cleaned_data["contacts"]]


class AsAtForm(forms.Form):
    on = forms.DateField(label="Day", noun="Day", error_messages={"required": "Enter the day"})


class CouncilChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        """Two councils may have had one name; their days tell them apart."""
        days = [f"from {obj.start_on:%-d %B %Y}"] if obj.start_on else []
        days += [f"until {obj.end_on:%-d %B %Y}"] if obj.end_on else []
        return f"{obj.official_name} ({' '.join(days)})" if days else obj.official_name


class SuccessionForm(forms.Form):
    predecessor = CouncilChoiceField(
        label="Council that it follows",
        queryset=Council.objects.order_by("official_name", "pk"),
        error_messages={"required": "Choose the council that it follows"},
    )
    kind = forms.ChoiceField(
        label="What happened to that council?",
        choices=SuccessionKind.choices,
        choice_hints={
            SuccessionKind.MERGER: "It ended, and all of its area went to this council.",
            SuccessionKind.SPLIT: "It ended, and its area went to this council and others.",
            SuccessionKind.BOUNDARY: "It goes on, with a smaller area.",
            SuccessionKind.CONTINUES: "The same people and duties under a new name or type: its peer challenges count here.",
        },
        error_messages={"required": "Choose what happened to that council"},
    )
    on = forms.DateField(
        label="First day after it",
        noun="First day",
        help_text="The day on which this council took over.",
        error_messages={"required": "Enter the day on which this council took over"},
    )


class DaysForm(forms.Form):
    start_on = forms.DateField(
        label="First day", noun="First day", required=False, help_text="Leave blank if it is not known."
    )
    end_on = forms.DateField(
        label="Last day", noun="Last day", required=False, help_text="Leave blank if the council goes on."
    )
    version = forms.VersionField()


def known_regions() -> list[tuple[str, str]]:
    regions = Council.objects.order_by("region").values_list("region", flat=True).distinct()
    return [(region, region) for region in regions]


class CodeForm(forms.Form):
    code = forms.CharField(
        label="New code",
        max_length=20,
        help_text="A letter and 8 digits, as the Office for National Statistics gives it out. For example, E08000038.",
        error_messages={"required": "Enter the new code"},
    )
    changed_on = forms.DateField(
        label="First day of the new code", noun="First day", error_messages={"required": "Enter the first day"}
    )
    version = forms.VersionField()


class FormerCodeForm(forms.Form):
    ended_on = forms.DateField(
        label="Last day", noun="Last day", required=False, help_text="Leave blank if it is not known."
    )
    version = forms.VersionField()


class FactsForm(forms.Form):
    """All facts as they are saved: what is different is what changed."""

    name = forms.CharField(label="Name", max_length=120, error_messages={"required": "Enter the name"})
    official_name = forms.CharField(
        label="Official name", max_length=200, error_messages={"required": "Enter the official name"}
    )
    council_type = forms.ChoiceField(
        label="Type", choices=CouncilType.choices, error_messages={"required": "Choose the type"}
    )
    region = forms.ChoiceField(label="Region", choices=known_regions, error_messages={"required": "Choose the region"})
    parent = CouncilChoiceField(
        label="County",
        help_text="The county council, for a district.",
        queryset=Council.objects.filter(council_type=CouncilType.COUNTY).order_by("official_name", "pk"),
        empty_label="None",
        required=False,
    )
    election_scheme = forms.ChoiceField(
        label="Election scheme", choices=[("", "Not known"), *Scheme.choices], required=False
    )
    changed_on = forms.DateField(
        label="First day of what is new",
        noun="First day",
        help_text="What was before is kept, until the day before this one.",
        error_messages={"required": "Enter the first day of what is new"},
    )
    version = forms.VersionField()
