"""The upload field and the forms with it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from cpc.components import forms
from cpc.documents.checks import facts_of
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


class DocumentForm(forms.Form):
    title = forms.CharField(label="Title", max_length=200, error_messages={"required": "Enter the title"})
    upload = UploadField()


class NewVersionForm(forms.Form):
    upload = UploadField(label="New version")


class RemoveForm(forms.Form):
    reason = forms.TextField(
        label="Why is it removed?", max_length=2000, error_messages={"required": "Enter why the document is removed"}
    )
