"""What is paused, pausing, and ending a pause early."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from cpc.components.pages import Confirm, ListPage, ServiceForm
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses import services as pause_services
from cpc.reminders.pauses.forms import OwnPauseForm, PauseForm
from cpc.reminders.pauses.queries import own_pauses, pauses


class PauseList(ListPage):
    permission_required = "cpc.pause_reminders"
    file_name = "paused-reminders"
    columns = {
        "Peer challenge": "case.title",
        "Council": "council.name",
        "Person": "email",
        "Until": "ends_on",
        "Ended early": "lifted_at",
        "Why": "reason",
        "By": "made_by.full_name",
    }
    template_name = "cpc/reminders/pauses/list.html"

    @cached_property
    def past(self) -> bool:
        return self.request.GET.get("past") == "yes"

    def get_rows(self) -> QuerySet[ReminderPause]:
        return pauses(past=self.past)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"past": self.past, "today": timezone.localdate()}


class PauseAdd(ServiceForm):
    permission_required = "cpc.pause_reminders"
    form_class: Any = PauseForm
    title = "Pause reminders"
    submit_text = "Pause reminders"
    success_message = "Reminders are paused"

    def get_success_url(self) -> str:
        return reverse("reminders:pause-list")

    def save(self, form: Any) -> ReminderPause:
        return pause_services.pause_reminders(by=self.request.user, **form.cleaned_data)


class PauseLift(Confirm):
    permission_required = "cpc.pause_reminders"
    title = "Send reminders again?"
    submit_text = "Send reminders again"
    success_message = "Reminders are sent again"
    already = pause_services.OVER_ALREADY

    def of_whom(self) -> QuerySet[ReminderPause]:
        """Those that this page may end."""
        return pauses(past=True)

    @cached_property
    def pause(self) -> ReminderPause:
        return get_object_or_404(self.of_whom(), pk=self.kwargs["pk"])

    def get_text(self) -> str:
        return pause_services.what_lifting_does(self.pause)

    def why_not(self) -> str:
        return pause_services.why_over(self.pause)

    def get_success_url(self) -> str:
        return reverse("reminders:pause-list")

    def perform(self) -> bool:
        return pause_services.lift_pause(pause_id=self.pause.pk, by=self.request.user)


class OwnPauses(ListPage):
    """Everybody's own: when not to be reminded."""

    permission_required = "cpc.pause_own_reminders"
    template_name = "cpc/reminders/pauses/own.html"

    def get_rows(self) -> QuerySet[ReminderPause]:
        return own_pauses(self.request.user)


class OwnPauseAdd(PauseAdd):
    permission_required = "cpc.pause_own_reminders"
    form_class = OwnPauseForm
    title = "Pause my reminders"

    def get_success_url(self) -> str:
        return reverse("reminders:own-pauses")

    def save(self, form: Any) -> ReminderPause:
        user = self.request.user
        return pause_services.pause_reminders(email=user.email, by=user, **form.cleaned_data)


class OwnPauseLift(PauseLift):
    permission_required = "cpc.pause_own_reminders"
    title = "Send you reminders again?"

    def of_whom(self) -> QuerySet[ReminderPause]:
        return super().of_whom().filter(email=self.request.user.email.lower())

    def get_success_url(self) -> str:
        return reverse("reminders:own-pauses")
