"""The calendars."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from cpc.calendars import services
from cpc.calendars.forms import NO, YES, CalendarEntryForm
from cpc.calendars.models import BankHolidayChange, CalendarEntry
from cpc.calendars.warnings import running_out
from cpc.components.pages import Confirm, ListPage, ServiceForm, found_or_gone, page_of


class CalendarList(ListPage):
    permission_required = "cpc.view_calendars"
    file_name = "dates-to-avoid"
    columns = {
        "What": "name",
        "Kind": "get_kind_display",
        "From": "starts_on",
        "Until": "ends_on",
        "For": lambda entry: entry.council.name if entry.council else "Every council",
    }
    template_name = "cpc/calendars/list.html"

    @cached_property
    def past(self) -> bool:
        return self.request.GET.get("past") == "yes"

    def get_rows(self) -> QuerySet[CalendarEntry]:
        entries = CalendarEntry.objects.select_related("council")
        return entries if self.past else entries.filter(ends_on__gte=timezone.localdate())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        changes = BankHolidayChange.objects.all() if self.past else BankHolidayChange.objects.filter(on__gte=today)
        return super().get_context_data(**kwargs) | {
            "changes_page": page_of(self.request, changes, name="changes"),
            "past": self.past,
            "running_out": running_out(today),
            "months_ahead": settings.CALENDAR_MONTHS_AHEAD,
            "query_string": "past=yes" if self.past else "",
        }


class CalendarForm(ServiceForm):
    permission_required = "cpc.change_calendars"
    form_class = CalendarEntryForm
    success_message = "Calendars saved"

    def get_success_url(self) -> str:
        return reverse("deadlines:calendar-list")


class CalendarAdd(CalendarForm):
    title = "Add an entry to the calendars"

    def get_initial(self) -> dict[str, Any]:
        return {"version": 0, "is_quiet": NO}

    def save(self, form: Any) -> CalendarEntry:
        return services.add_calendar_entry(by=self.request.user, **self.typed(form))


class CalendarEdit(CalendarForm):
    title = "Change an entry of the calendars"
    changes = "entry"

    @cached_property
    def entry(self) -> CalendarEntry:
        return found_or_gone(self.request, CalendarEntry.objects.all(), self.kwargs["pk"], gone=CalendarEntry())

    def value_of(self, row: CalendarEntry, name: str) -> Any:
        if name == "is_quiet":
            return YES if row.is_quiet else NO
        return super().value_of(row, name)

    def words_of(self, row: CalendarEntry, name: str) -> Any:
        return super().words_of(row, name) or ("Every council" if name == "council" else "")

    def save(self, form: Any) -> CalendarEntry:
        return services.change_calendar_entry(entry_id=self.kwargs["pk"], by=self.request.user, **form.cleaned_data)


class CalendarRemove(Confirm):
    permission_required = "cpc.change_calendars"
    text = "No one will be warned about these days."
    submit_text = "Remove"
    success_message = "Removed"
    already = "This entry was already removed."
    warning = True

    def get_title(self) -> str:
        return f"Remove “{get_object_or_404(CalendarEntry, pk=self.kwargs['pk']).name}”?"

    def get_success_url(self) -> str:
        return reverse("deadlines:calendar-list")

    def perform(self) -> bool:
        return services.remove_calendar_entry(entry_id=self.kwargs["pk"], by=self.request.user)
