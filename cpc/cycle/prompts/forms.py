"""Setting a prompt aside."""

from cpc.components import forms


class SetAsideForm(forms.Form):
    reason = forms.TextField(
        label="Why it is set aside",
        help_text="For the LGA alone. The council does not see it.",
        max_length=2000,
        error_messages={"required": "Enter why it is set aside"},
    )
    version = forms.VersionField()
