"""Forms about who looks after a council and what is written down about it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from cpc.accounts.models import User
from cpc.components import forms
from cpc.components.web_address import PublicAddressField
from cpc.cycle.journey.queries import advisers_to_choose
from cpc.cycle.models import AdviserPost, ConversationState, JourneyKind


class HandOverForm(forms.Form):
    user = forms.ModelChoiceField(
        label="New principal adviser",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose the new principal adviser"},
    )
    on = forms.DateField(label="First day", noun="First day", error_messages={"required": "Enter the first day"})
    note = forms.TextField(
        label="Handover note",
        help_text="What the next principal adviser needs to know. The council does not see it.",
        max_length=4000,
        rows=10,
        required=False,
    )
    seen = forms.VersionField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = advisers_to_choose()
        # Not for the first principal adviser, who follows nobody.
        self.fields["note"].is_needed_at_times = True


class ChooseCouncilsForm(forms.Form):
    """Which of somebody's councils are handed over."""

    post = forms.MultipleChoiceField(
        label="Councils to hand over", error_messages={"required": "Choose at least one council"}
    )

    def __init__(self, *args: Any, posts: list[AdviserPost], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["post"].choices = [(str(post.pk), post.council.name) for post in posts]


class HandOverSeveralForm(forms.Form):
    """To whom and from when, and a note for each of the councils that were chosen."""

    user = forms.ModelChoiceField(
        label="New principal adviser",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={"required": "Choose the new principal adviser"},
    )
    on = forms.DateField(label="First day", noun="First day", error_messages={"required": "Enter the first day"})

    def __init__(self, *args: Any, leaving: User, posts: list[AdviserPost], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.posts = posts
        self.fields["user"].queryset = advisers_to_choose().exclude(pk=leaving.pk)
        for post in posts:
            self.fields[f"note_{post.pk}"] = forms.TextField(
                label=f"Handover note for {post.council.name}",
                max_length=4000,
                rows=3,
                error_messages={
                    "required": f"{post.council.name}: Enter what the next principal adviser needs to know"
                },
            )

    def notes(self) -> dict[AdviserPost, str]:
        return {post: self.cleaned_data[f"note_{post.pk}"] for post in self.posts}


class ContactForm(forms.Form):
    on = forms.DateField(
        label="Day", noun="Day", initial=timezone.localdate, error_messages={"required": "Enter the day"}
    )
    with_whom = forms.CharField(
        label="Who you spoke with",
        help_text="For example, the chief executive.",
        max_length=200,
        error_messages={"required": "Enter who you spoke with"},
    )
    text = forms.TextField(
        label="What was said",
        max_length=4000,
        rows=8,
        error_messages={"required": "Enter what was said"},
    )
    form_key = forms.UUIDField()


class ConversationForm(forms.Form):
    state = forms.ChoiceField(
        label="Status",
        choices=ConversationState.choices,
        error_messages={"required": "Choose the status"},
    )
    reason = forms.TextField(
        label="Reason",
        help_text="Needed when the council declined. The council does not see it.",
        max_length=2000,
        required=False,
    )
    started_on = forms.DateField(label="Since", noun="Since", error_messages={"required": "Enter since when"})
    seen = forms.VersionField()


class ConversationEndForm(forms.Form):
    ended_on = forms.DateField(label="Last day", noun="Last day", error_messages={"required": "Enter the last day"})
    seen = forms.VersionField()


class SupportForm(forms.Form):
    on = forms.DateField(
        label="Day", noun="Day", initial=timezone.localdate, error_messages={"required": "Enter the day"}
    )
    text = forms.TextField(
        label="What the LGA did",
        max_length=4000,
        rows=8,
        error_messages={"required": "Enter what the LGA did"},
    )
    form_key = forms.UUIDField()


class JourneyEntryForm(forms.Form):
    kind = forms.ChoiceField(
        label="Kind",
        choices=JourneyKind.choices,
        choice_hints={"standards_issue": "The council does not see it.", "other": "The council does not see it."},
        error_messages={"required": "Choose the kind"},
    )
    name = forms.CharField(
        label="What it is",
        help_text="For example, commissioners for finance and housing.",
        max_length=200,
        error_messages={"required": "Enter what it is"},
    )
    started_on = forms.DateField(
        label="First day",
        noun="First day",
        help_text="Of a review by others it may lie ahead: enter it as soon as it is planned.",
        error_messages={"required": "Enter the first day"},
    )
    ended_on = forms.DateField(
        label="Last day", noun="Last day", required=False, help_text="Leave blank if it has no last day yet."
    )
    address = PublicAddressField(
        label="Web address", max_length=500, required=False, help_text="Where it was published, if it was."
    )
    version = forms.VersionField()


class JourneyEndForm(forms.Form):
    ended_on = forms.DateField(label="Last day", noun="Last day", error_messages={"required": "Enter the last day"})
    version = forms.VersionField()
