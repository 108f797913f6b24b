"""The same questions for whatever is published."""

from __future__ import annotations

from cpc.components import forms
from cpc.components.web_address import PublicAddressField


class PublishForm(forms.Form):
    published_on = forms.DateField(
        label="When was it published?",
        noun="Publication date",
        error_messages={"required": "Enter the day of publication"},
    )
    published_address = PublicAddressField(
        label="Web address",
        help_text="The page or file on the council's website.",
        max_length=500,
        error_messages={"required": "Enter the web address"},
    )
    pre_election_reason = forms.TextField(
        label="If it was published in a pre-election period, why?",
        help_text="Needed for a day in the pre-election period of the council, and kept for such a day only.",
        max_length=2000,
        required=False,
    )
    version = forms.VersionField()


class CorrectPublicationForm(PublishForm):
    reason = forms.TextField(
        label="What was wrong", max_length=2000, error_messages={"required": "Enter what was wrong"}
    )
