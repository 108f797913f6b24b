"""The upload field and the forms with it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from cpc.components import forms
from cpc.documents.checks import Facts, facts_of, hidden_sentence, in_a_row
from cpc.documents.errors import StoreAway, UploadRefused
from cpc.documents.models import document_storage
from cpc.documents.store import is_there

STORE_AWAY = (
    "The file cannot be kept at the moment: the store of files does not answer. Select it again in a few minutes"
)


class UploadField(forms.FileField):
    """A file that has passed every check; the reason of a refusal stands beside the field."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "File")
        kwargs.setdefault("help_text", "Word, Excel, PowerPoint, PDF, .odt, .png, .jpg, .csv or .txt.")
        messages = {
            "required": "Select a file",
            "empty": "The selected file is empty. Select a file with something in it",
            "invalid": "Select a file",
        }
        kwargs["error_messages"] = messages | kwargs.get("error_messages", {})
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if upload and upload is not initial:
            try:
                facts_of(upload)
                is_there(document_storage())
            except UploadRefused as error:
                raise ValidationError(str(error), code="refused") from error
            except StoreAway as error:
                raise ValidationError(STORE_AWAY, code="away") from error
        return upload


class UploadForm(forms.Form):
    """A form that sends a file on. What the file holds beside what its pages show is named first: it goes on when the
    person selects it again and ticks that they know. The tick is for this very file, and for no other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = self._hidden()
        if found is not None:
            self.fields["with_hidden"] = forms.MultipleChoiceField(
                label="Send it with what the pages do not show?",
                help_text="Select the file again and tick this, or take them out of the file first.",
                choices=[(found.sha256, f"Send it with {in_a_row(found.hidden)}")],
                required=False,
            )

    def _hidden(self) -> Facts | None:
        upload = self.files.get(self.add_prefix("upload")) if self.is_bound else None
        try:
            found = facts_of(upload) if upload and upload.size else None
        except UploadRefused:
            return None
        return found if found and found.hidden else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        ticked = cleaned.pop("with_hidden", [])
        upload: Any = cleaned.get("upload")
        found = facts_of(upload) if upload else None
        if found and found.hidden:
            if found.sha256 in ticked:
                upload.sent_with_hidden = True
            else:
                self.add_error("upload", ValidationError(hidden_sentence(found), code="hidden"))
        return cleaned


class DocumentForm(UploadForm):
    title = forms.CharField(label="Title", max_length=200, error_messages={"required": "Enter the title"})
    upload = UploadField()


class NewVersionForm(UploadForm):
    upload = UploadField(label="New version")


class RemoveForm(forms.Form):
    reason = forms.TextField(
        label="Why is it removed?", max_length=2000, error_messages={"required": "Enter why the document is removed"}
    )
