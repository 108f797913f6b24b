"""The form of a change of address."""

from __future__ import annotations

from cpc.components import forms


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="New email address",
        help_text="We will send a link to it. Your address changes when you use that link, not before.",
        error_messages={"required": "Enter the new email address"},
    )
