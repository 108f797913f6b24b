"""Pages about who mentors whom (R91)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from cpc.cycle.base_views import CouncilFormPage
from cpc.cycle.journey.services import day_text
from cpc.cycle.mentoring import forms as mentoring_forms
from cpc.cycle.mentoring import services as mentoring_services
from cpc.cycle.models import Mentoring


class MentoringPage(CouncilFormPage):
    permission_required = "cpc.change_mentoring"
    refusal_reason = "Only the council's principal adviser and programme managers record who mentors there."
    success_url_name = "cycle:support-log"


class MentoringAdd(MentoringPage):
    form_class = mentoring_forms.MentoringForm
    title = "Record that a member peer mentors someone at the council"
    intro = "Dates only. For the council's principal adviser and programme managers alone."
    success_message = "The mentoring is recorded"

    def get_initial(self) -> dict[str, Any]:
        return {"started_on": timezone.localdate()}

    def save(self, form: Any) -> Any:
        return mentoring_services.add_mentoring(council=self.council, by=self.request.user, **form.cleaned_data)


class MentoringEnd(MentoringPage):
    form_class = mentoring_forms.MentoringEndForm
    title = "Record the last day of the mentoring"
    success_message = "The last day is recorded"
    changes = "mentoring"

    @cached_property
    def mentoring(self) -> Mentoring:
        found = Mentoring.objects.select_related("peer", "council")
        return get_object_or_404(found, council=self.council, pk=self.kwargs["pk"])

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"ended_on": self.mentoring.ended_on or timezone.localdate()}

    def get_intro(self) -> str:
        return f"{self.mentoring.peer.full_name}, from {day_text(self.mentoring.started_on)}."

    def save(self, form: Any) -> Any:
        return mentoring_services.end_mentoring(mentoring=self.mentoring, by=self.request.user, **form.cleaned_data)
