"""The two pages of a publication; each package says whose they are, and which service saves."""

from __future__ import annotations

from functools import cached_property
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

    is_decision = True
    version_of = "standing"

    @cached_property
    def standing(self) -> PublicationFields:
        return self.model._default_manager.filter(case=self.case).first() or self.model(case=self.case)

    def get_initial(self) -> dict[str, Any]:
        return {"published_on": timezone.localdate()} | super().get_initial()  # type: ignore[misc]


class CorrectPublicationPage(PublishPage):
    form_class: Any = forms.CorrectPublicationForm
    submit_text = "Correct"
    success_message = "Corrected. The first values stay in the history."
    # Also after the stage was left and the case closed.
    stage: str = ""
    is_decision = False
    changes = "standing"
    writes: tuple[str, ...] | None = ("published_on", "published_address", "pre_election_reason")
