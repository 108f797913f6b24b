"""The two pages of a publication; each package says whose they are, and which service saves."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from assessments.publication import forms
from assessments.publication.models import PublicationFields


class PublishPage:
    """Beside a CaseFormPage. `model` is a kind of PublicationFields: what is published."""

    model: Any
    case: Any
    form_class: Any = forms.PublishForm
    submit_text = "Record"
    success_message = "Publication recorded"

    def standing(self) -> PublicationFields:
        """The row as it is now, also in the midst of a stale save."""
        return self.model._default_manager.filter(case=self.case).first() or self.model(case=self.case)

    def get_initial(self) -> dict[str, Any]:
        return {"published_on": timezone.localdate(), "version": self.standing().version}

    def current_version(self) -> int | None:
        return self.standing().version


class CorrectPublicationPage(PublishPage):
    form_class: Any = forms.CorrectPublicationForm
    submit_text = "Correct"
    success_message = "Corrected. The first values stay in the history."
    # Also after the stage was left and the case closed.
    stage: str = ""

    def get_initial(self) -> dict[str, Any]:
        row = self.standing()
        names = ("published_on", "published_address", "pre_election_reason", "version")
        return {name: getattr(row, name) for name in names}

    def current_texts(self, form: Any) -> dict[str, Any]:
        row = self.standing()
        return {
            "Publication date": row.published_on,
            "Web address": row.published_address,
            "Why in a pre-election period": row.pre_election_reason,
        }
