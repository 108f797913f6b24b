"""Pausing the reminders about one council, and ending such a pause."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from cpc.cycle.base_views import CouncilFormPage, CouncilMixin
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses import services as pause_services
from cpc.reminders.pauses.forms import SubjectPauseForm
from cpc.reminders.pauses.queries import last_pause, seen_of, texts_of
from cpc.reminders.pauses.views import PauseLift

REFUSED = "Only the council's principal adviser or a programme manager pauses reminders about it."


class CouncilPauseAdd(CouncilFormPage):
    permission_required = "cpc.pause_council_reminders"
    refusal_reason = REFUSED
    form_class = SubjectPauseForm
    title = "Pause all reminders about the council"
    intro = (
        "No reminders about it or its peer challenges are sent from today until the last day of the pause. "
        "Afterwards the last missed reminder is sent."
    )
    submit_text = "Pause reminders"
    success_message = "Reminders are paused"
    success_url_name = "councils:detail"
    seen_fields = ("seen",)
    is_decision = True

    def get_initial(self) -> dict[str, Any]:
        return {"seen": seen_of(last_pause(council=self.council))}

    def current_texts(self, form: Any) -> dict[str, Any]:
        return texts_of(last_pause(council=self.council))

    def save(self, form: Any) -> ReminderPause:
        return pause_services.pause_reminders(council=self.council, by=self.request.user, **form.cleaned_data)


class CouncilPauseLift(PauseLift, CouncilMixin):
    permission_required = "cpc.pause_council_reminders"
    refusal_reason = REFUSED

    def of_whom(self) -> QuerySet[ReminderPause]:
        return super().of_whom().filter(council=self.council)

    def get_title(self) -> str:
        return f"Send reminders about {self.council.name} again?"

    def get_success_url(self) -> str:
        return self.council_url("councils:detail")
