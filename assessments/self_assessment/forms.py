"""Forms of stage 3."""

from __future__ import annotations

from typing import Any

from cpc.accounts.models import User
from cpc.components import forms
from cpc.documents.forms import UploadField, UploadForm


class SectionForm(forms.Form):
    context = forms.TextField(label="Context and drivers", max_length=10000, rows=6, required=False)
    successes = forms.TextField(
        label="Successes",
        max_length=10000,
        rows=8,
        required=False,
        help_text="What you are proud of, and what shows it. Needed before you submit.",
    )
    challenges = forms.TextField(
        label="Challenges",
        max_length=10000,
        rows=8,
        required=False,
        help_text="What is hard, and what you have tried. Needed before you submit.",
    )
    help_wanted = forms.TextField(label="Where you want the peers' help", max_length=10000, rows=5, required=False)
    version = forms.VersionField()


class ContributorForm(forms.Form):
    user = forms.ModelChoiceField(
        label="Who writes this section",
        queryset=User.objects.none(),
        empty_label="Choose a person",
        help_text="They see this section and nothing else. People who have no account yet are invited on the page of people.",
        error_messages={"required": "Choose a person"},
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people


class CommentForm(forms.Form):
    text = forms.TextField(label="Comment", max_length=4000, error_messages={"required": "Enter your comment"})


class ReasonForm(forms.Form):
    reason = forms.TextField(label="Reason", max_length=2000, error_messages={"required": "Enter the reason"})


class ReturnForm(forms.Form):
    reason = forms.TextField(
        label="What should the council look at again?",
        max_length=4000,
        error_messages={"required": "Enter what the council should look at again"},
    )
    version = forms.VersionField()


class PackDocumentForm(UploadForm):
    title = forms.CharField(
        label="Title",
        help_text="For example, medium-term financial strategy.",
        max_length=150,
        error_messages={"required": "Enter a title"},
    )
    upload = UploadField(label="File")


class ReleaseForm(forms.Form):
    reason = forms.TextField(
        label="Why the pack goes out before the position statement is final",
        max_length=2000,
        required=False,
        help_text="Leave blank when the position statement is final.",
    )
