"""Forms of the outbox."""

from __future__ import annotations

from cpc.components import forms


class RepeatForm(forms.Form):
    reason = forms.CharField(
        label="Why is it sent again?",
        help_text="For example, the reader rang and cannot find it. The reason is kept on record.",
        max_length=500,
        error_messages={"required": "Enter why it is sent again"},
    )
    # How many copies there were when the page was opened.
    seen = forms.VersionField()
