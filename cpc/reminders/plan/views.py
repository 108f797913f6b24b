"""Who is reminded of what, before it happens: a chosen day, or the next 90."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from cpc.components.pages import ListPage
from cpc.reminders.plan.forms import PlanDayForm
from cpc.reminders.plan.queries import Addressed, Planned, addressed, planned_reminders
from cpc.reminders.sources import DEADLINES, SOURCES
from cpc.reminders.wording import body_text, subject_line

DAYS = 90
# Two readings, each as long as one page can tell at once.
CYCLE = "cycle"
ABOUTS = [("", "Deadlines of peer challenges"), (CYCLE, "The five-year cycle of the councils")]


class ReminderPlan(ListPage):
    permission_required = "cpc.view_reminder_plan"
    template_name = "cpc/reminders/plan/list.html"

    @cached_property
    def form(self) -> PlanDayForm:
        asked = any(self.request.GET.get(f"on-{part}") for part in ("day", "month", "year"))
        return PlanDayForm(self.request.GET) if asked else PlanDayForm()

    @cached_property
    def on(self) -> date | None:
        return self.form.cleaned_data["on"] if self.form.is_bound and self.form.is_valid() else None

    @cached_property
    def about(self) -> str:
        return CYCLE if self.request.GET.get("about") == CYCLE else ""

    def get_rows(self) -> list[Planned]:
        today = timezone.localdate()
        sources = [code for code in SOURCES if code != DEADLINES] if self.about else [DEADLINES]
        planned = planned_reminders(today, self.on or today + timedelta(days=DAYS), sources)
        return [each for each in planned if each.on == self.on] if self.on else planned

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        today = timezone.localdate()
        return context | {
            "form": self.form,
            "about": self.about,
            "abouts": ABOUTS,
            "on": self.on,
            "today": today,
            "last": today + timedelta(days=DAYS),
            "rows": [row(each) for each in addressed(context["page_obj"].object_list, self.on or today)],
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
