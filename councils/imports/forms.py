"""The form by which a file comes in."""

from __future__ import annotations

from typing import Any

from councils.imports import uploads
from councils.imports.registry import IMPORTERS
from cpc.components import forms
from cpc.components.incoming.text import LARGEST_FILE, FileUnreadable
from cpc.components.scan_states import ScanState


class ImportForm(forms.Form):
    source = forms.ChoiceField(
        label="What kind of file is it?", choices=[], error_messages={"required": "Select what kind of file it is"}
    )
    upload = forms.FileField(
        label="File",
        help_text="Up to 20 MB. Nothing is changed until you have looked at what it would change.",
        error_messages={
            "required": "Select a file",
            "empty": "The selected file is empty. Select a file with something in it",
            "invalid": "Select a file",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources: Any = self.fields["source"]
        # Packages above add their own when the service starts.
        sources.choices = sorted(((source, each.title) for source, each in IMPORTERS.items()), key=lambda row: row[1])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload = cleaned.get("upload")
        if upload and cleaned.get("source"):
            # No more than shows that it is too large.
            cleaned["content"] = upload.read(LARGEST_FILE + 1)
            try:
                uploads.check(upload.name, cleaned["content"], IMPORTERS[cleaned["source"]].endings)
                cleaned["scan"] = uploads.scan(cleaned["content"], somebody_waits=True)
                if cleaned["scan"].state == ScanState.INFECTED:
                    raise FileUnreadable("A virus was found in the selected file. Select another file")
            except FileUnreadable as error:
                self.add_error("upload", str(error))
        return cleaned
