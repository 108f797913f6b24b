"""Pausing the reminders about one council, and ending such a pause."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from cpc.components.errors import Refused, Stale
from cpc.cycle.base_views import CouncilFormPage, CouncilMixin
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses import services as pause_services
from cpc.reminders.pauses.forms import SubjectPauseForm
from cpc.reminders.pauses.queries import last_pause, pauses
from cpc.reminders.pauses.views import PauseLift

REFUSED = "Only the council's principal adviser or a programme manager pauses reminders about it."


class CouncilPauseAdd(CouncilFormPage):
    permission_required = "cpc.pause_council_reminders"
    refusal_reason = REFUSED
    form_class = SubjectPauseForm
    title = "Pause all reminders about the council"
    intro = (
        "Nobody is reminded of anything about it, its peer challenges included, from today to the last day of the pause. "
        "Afterwards the last reminder that was missed is made good."
    )
    submit_text = "Pause reminders"
    success_message = "Reminders are paused"
    success_url_name = "councils:detail"

    def current_seen(self) -> int:
        last = last_pause(council=self.council)
        return last.pk if last else 0

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.current_seen()}

    def current_texts(self) -> dict[str, Any]:
        last = last_pause(council=self.council)
        return {"Paused until": last.ends_on, "Why": last.reason} if last else {"Paused until": "Not paused"}

    def save(self, form: Any) -> Any:
        try:
            return pause_services.pause_reminders(council=self.council, by=self.request.user, **form.cleaned_data)
        except Stale as error:
            raise Stale(error.message) from error
        except Refused as error:
            raise Refused(error.message, field=error.field) from error


class CouncilPauseLift(CouncilMixin, PauseLift):
    permission_required = "cpc.pause_council_reminders"
    refusal_reason = REFUSED

    def get_title(self) -> str:
        return f"Send reminders about {self.council.name} again?"

    def found(self) -> ReminderPause:
        return get_object_or_404(pauses(past=True), council=self.council, pk=self.kwargs["pk"])

    def back_url(self) -> str:
        return self.council_url("councils:detail")
