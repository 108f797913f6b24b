"""The form of a change of address."""

from __future__ import annotations

from cpc.components import forms


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="New e-mail address",
        help_text="We send a link to it. Your address changes when you press that link, and not before.",
        error_messages={"required": "Enter the new e-mail address"},
    )
