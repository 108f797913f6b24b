"""What is paused, pausing, and ending a pause early."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.components.errors import Refused
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses import services as pause_services
from cpc.reminders.pauses.forms import OwnPauseForm, PauseForm
from cpc.reminders.pauses.queries import own_pauses, pauses

PAGE_SIZE = 25


class PauseList(PermissionRequired, TemplateView):
    permission_required = "cpc.pause_reminders"
    template_name = "cpc/reminders/pauses/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        past = self.request.GET.get("past") == "yes"
        page = Paginator(pauses(past=past), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {
            "page_obj": page,
            "past": past,
            "today": timezone.localdate(),
            "query_string": "past=yes" if past else "",
        }


class PauseAdd(PermissionRequired, TemplateView):
    permission_required = "cpc.pause_reminders"
    template_name = "components/form_page.html"
    form_class: type[OwnPauseForm] = PauseForm
    title = "Pause reminders"
    url_name = "reminders:pause-list"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "submit_text": "Pause reminders",
            "back_url": reverse(self.url_name),
        }

    def save(self, form: OwnPauseForm) -> None:
        pause_services.pause_reminders(by=self.request.user, **form.cleaned_data)  # type: ignore[arg-type]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=self.form_class()))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form_class(request.POST)
        if form.is_valid():
            try:
                self.save(form)
            except Refused as error:
                form.add_error(error.field or None, error.message)
            else:
                messages.success(request, "Reminders are paused")
                return redirect(self.url_name)
        return self.render_to_response(self.get_context_data(form=form), status=422)


class PauseLift(PermissionRequired, TemplateView):
    permission_required = "cpc.pause_reminders"
    template_name = "components/confirm_page.html"
    url_name = "reminders:pause-list"
    title = "Send reminders again?"

    def found(self) -> ReminderPause:
        return get_object_or_404(pauses(past=True), pk=self.kwargs["pk"])

    def back_url(self) -> str:
        return reverse(self.url_name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pause = self.found()
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "text": pause_services.what_lifting_does(pause),
            "why_not": pause_services.why_over(pause),
            "submit_text": "Send reminders again",
            "back_url": self.back_url(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if pause_services.lift_pause(pause_id=self.found().pk, by=request.user):  # type: ignore[arg-type]
            messages.success(request, "Reminders are sent again")
        else:
            messages.warning(request, pause_services.OVER_ALREADY)
        return redirect(self.back_url())


class OwnPauses(PermissionRequired, TemplateView):
    """Everybody's own: when not to be reminded."""

    permission_required = "cpc.pause_own_reminders"
    template_name = "cpc/reminders/pauses/own.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(own_pauses(self.request.user), PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(**kwargs) | {"page_obj": page}


class OwnPauseAdd(PauseAdd):
    permission_required = "cpc.pause_own_reminders"
    form_class = OwnPauseForm
    title = "Do not remind me for a while"
    url_name = "reminders:own-pauses"

    def save(self, form: OwnPauseForm) -> None:
        email = self.request.user.email  # type: ignore[union-attr]
        pause_services.pause_reminders(email=email, by=self.request.user, **form.cleaned_data)  # type: ignore[arg-type]


class OwnPauseLift(PauseLift):
    permission_required = "cpc.pause_own_reminders"
    url_name = "reminders:own-pauses"

    title = "Send you reminders again?"

    def found(self) -> ReminderPause:
        return get_object_or_404(pauses(past=True), email=self.request.user.email.lower(), pk=self.kwargs["pk"])  # type: ignore[union-attr]
