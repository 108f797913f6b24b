"""Setting a prompt aside."""

from cpc.components import forms


class SetAsideForm(forms.Form):
    reason = forms.TextField(
        label="Why the prompt is set aside",
        help_text="For the LGA alone. The council does not see it.",
        max_length=2000,
        error_messages={"required": "Enter why the prompt is set aside"},
    )
    version = forms.VersionField()
