"""The calendars."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.calendars import services
from cpc.calendars.forms import NO, YES, CalendarEntryForm
from cpc.calendars.models import BankHolidayChange, CalendarEntry
from cpc.calendars.warnings import running_out
from cpc.components.errors import Refused, Stale


class CalendarList(PermissionRequired, TemplateView):
    permission_required = "cpc.view_calendars"
    template_name = "cpc/calendars/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        past = self.request.GET.get("past") == "yes"
        entries = CalendarEntry.objects.select_related("council")
        if not past:
            entries = entries.filter(ends_on__gte=timezone.localdate())
        page = Paginator(entries, 25).get_page(self.request.GET.get("page"))
        changes = (
            BankHolidayChange.objects.all() if past else BankHolidayChange.objects.filter(on__gte=timezone.localdate())
        )
        changes_page = Paginator(changes, 25).get_page(self.request.GET.get("changes"))
        return super().get_context_data(**kwargs) | {
            "page_obj": page,
            "changes_page": changes_page,
            "past": past,
            "running_out": running_out(timezone.localdate()),
            "months_ahead": settings.CALENDAR_MONTHS_AHEAD,
            "query_string": "past=yes" if past else "",
        }


def stale_texts(now: CalendarEntry) -> dict[str, Any]:
    """Label -> what stands now, for the page that shows both texts of a stale save."""
    return {
        "Kind": now.get_kind_display(),
        "Name": now.name,
        "First day": now.starts_on,
        "Last day": now.ends_on,
        "For which council": now.council.name if now.council else "Every council",
        "Sends no reminders": "Yes" if now.is_quiet else "No",
    }


class CalendarForm(PermissionRequired, TemplateView):
    permission_required = "cpc.change_calendars"
    template_name = "components/form_page.html"
    title = "Add an entry to the calendars"

    def get_initial(self) -> dict[str, Any]:
        return {"version": 0, "is_quiet": NO}

    def save(self, form: CalendarEntryForm) -> None:
        cleaned = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        services.add_calendar_entry(by=self.request.user, **cleaned)  # type: ignore[arg-type]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "title": self.title,
            "submit_text": "Save",
            "back_url": reverse("deadlines:calendar-list"),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=CalendarEntryForm(initial=self.get_initial())))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = CalendarEntryForm(request.POST)
        status, texts = 422, {}
        if form.is_valid():
            try:
                self.save(form)
            except Stale as error:
                form.add_error(None, error.message)
                status, texts = 409, stale_texts(error.now)
                form.data = form.data.copy()
                form.data["version"] = str(error.now.version)
            except Refused as error:
                form.add_error(error.field or None, error.message)
            else:
                messages.success(request, "Calendars saved")
                return redirect("deadlines:calendar-list")
        return self.render_to_response(self.get_context_data(form=form, stale_texts=texts), status=status)


class CalendarAdd(CalendarForm):
    pass


class CalendarEdit(CalendarForm):
    title = "Change an entry of the calendars"

    def get_initial(self) -> dict[str, Any]:
        entry = get_object_or_404(CalendarEntry, pk=self.kwargs["pk"])
        return {name: getattr(entry, name) for name in ("kind", "name", "starts_on", "ends_on", "version")} | {
            "council": entry.council_id,
            "is_quiet": YES if entry.is_quiet else NO,
        }

    def save(self, form: CalendarEntryForm) -> None:
        services.change_calendar_entry(entry_id=self.kwargs["pk"], by=self.request.user, **form.cleaned_data)  # type: ignore[arg-type]


class CalendarRemove(PermissionRequired, TemplateView):
    permission_required = "cpc.change_calendars"
    template_name = "components/confirm_page.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entry = get_object_or_404(CalendarEntry, pk=self.kwargs["pk"])
        return super().get_context_data(**kwargs) | {
            "title": f"Remove “{entry.name}”?",
            "text": "Nobody is warned of these days any more.",
            "submit_text": "Remove",
            "warning": True,
            "back_url": reverse("deadlines:calendar-list"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if services.remove_calendar_entry(entry_id=kwargs["pk"], by=request.user):  # type: ignore[arg-type]
            messages.success(request, "Removed")
        else:
            messages.warning(request, "This entry was already removed.")
        return redirect("deadlines:calendar-list")
