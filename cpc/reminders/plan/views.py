"""Who is reminded of what, before it happens: a chosen day, or the next 90."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.reminders.plan.forms import PlanDayForm
from cpc.reminders.plan.queries import Addressed, addressed, planned_reminders
from cpc.reminders.sources import DEADLINES, SOURCES
from cpc.reminders.wording import body_text, subject_line

PAGE_SIZE = 25
DAYS = 90
# Two readings, each as long as one page can tell at once.
CYCLE = "cycle"
ABOUTS = [("", "Deadlines of peer challenges"), (CYCLE, "The five-year cycle of the councils")]


class ReminderPlan(PermissionRequired, TemplateView):
    permission_required = "cpc.view_reminder_plan"
    template_name = "cpc/reminders/plan/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = any(self.request.GET.get(f"on-{part}") for part in ("day", "month", "year"))
        form = PlanDayForm(self.request.GET) if asked else PlanDayForm()
        today = timezone.localdate()
        on: date | None = form.cleaned_data["on"] if asked and form.is_valid() else None
        about = self.request.GET.get("about", "")
        cycle = [code for code in SOURCES if code != DEADLINES]
        planned = planned_reminders(today, on or today + timedelta(days=DAYS), cycle if about == CYCLE else [DEADLINES])
        if on:
            planned = [each for each in planned if each.on == on]
        page = Paginator(planned, PAGE_SIZE).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        query.pop("page", None)
        return super().get_context_data(**kwargs) | {
            "form": form,
            "about": CYCLE if about == CYCLE else "",
            "abouts": ABOUTS,
            "on": on,
            "today": today,
            "last": today + timedelta(days=DAYS),
            "page_obj": page,
            "rows": [row(each) for each in addressed(page.object_list, on or today)],
            "query_string": query.urlencode(),
        }


def row(each: Addressed) -> dict[str, Any]:
    planned = each.planned
    subject, rule = planned.subject, planned.rule
    return {
        "on": planned.on,
        "line": subject_line(rule.subject_text, subject, planned.on),
        "text": body_text(rule.body_text, subject, planned.on),
        "url": subject.url,
        "people": each.reached.people,
        "instead": each.reached.instead,
        "waited": planned.waited,
    }
