"""Pausing the reminders of one case, and ending such a pause. Not the case itself: work on it goes on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from cpc.cases.base_views import CaseMixin, StageFormPage
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses import services as pause_services
from cpc.reminders.pauses.forms import SubjectPauseForm
from cpc.reminders.pauses.queries import last_pause, seen_of, texts_of
from cpc.reminders.pauses.views import PauseLift


class ReminderPauseAdd(StageFormPage):
    permission_required = "cpc.pause_case_reminders"
    form_class = SubjectPauseForm
    title = "Pause the reminders of this peer challenge"
    intro = (
        "No reminders about it are sent until the day after. Work goes on, and its dates stay as they are. "
        "Afterwards the last missed reminder is sent."
    )
    submit_text = "Pause reminders"
    success_message = "Reminders are paused"
    seen_fields = ("seen",)
    is_decision = True

    def why_not(self) -> str:
        return "This peer challenge is over, so no reminders are sent." if self.case.is_over else ""

    def get_success_url(self) -> str:
        return self.case_url("cases:detail")

    def get_initial(self) -> dict[str, Any]:
        return {"seen": seen_of(last_pause(case=self.case))}

    def save(self, form: Any) -> ReminderPause:
        return pause_services.pause_reminders(case=self.case, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return texts_of(last_pause(case=self.case))


class ReminderPauseLift(PauseLift, CaseMixin):
    permission_required = "cpc.pause_case_reminders"

    def of_whom(self) -> QuerySet[ReminderPause]:
        return super().of_whom().filter(case=self.case)

    def get_success_url(self) -> str:
        return self.case_url("cases:detail")
