"""Home, pipeline, my work."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import TemplateView, View

from cpc.accounts.mixins import PermissionRequired
from cpc.cases.base_views import address_of
from cpc.cases.managers import SEES_EVERY_CASE
from cpc.cases.models import CaseRole, CaseState
from cpc.cases.stages import ROW_OF, STAGES, USUAL_KIND, Stage, row_of
from cpc.components.pages import MOST_ROWS, ListPage, asked_page, kept_query, page_of
from cpc.components.template_language import url
from cpc.components.text import lower_first
from cpc.cycle.prompts.queries import prompts_for
from cpc.dashboard import queries
from cpc.deadlines.kinds import KINDS
from cpc.deadlines.models import Deadline
from cpc.notifications.queries import does_not_reach, troubles
from teams.composition.queries import invitations_awaiting

STAGE_CHOICES = tuple((row.stage.value, row.staff_name) for row in STAGES)
STATE_CHOICES = (("running", "Under way, postponed and paused"), ("all", "All"), *CaseState.choices)
ORDER_CHOICES = (("onsite", "Onsite date"), ("council", "Council"), ("deadline", "Next deadline"))


class Home(PermissionRequired, View):
    permission_required = "cpc.view_my_work"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = "dashboard:pipeline" if queries.lands_on_pipeline(request.user) else "dashboard:my-work"  # type: ignore[arg-type]
        return redirect(name)


def number_in(asked: str) -> int:
    """The number of a row in an address; 0 where it is none."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0


def filter_from(data: Any) -> queries.PipelineFilter:
    """Anything that is not a known value narrows nothing: an address typed by hand is never an error."""
    state = data.get("state", "running")
    stage = data.get("stage", "")
    order = data.get("order", "onsite")
    return queries.PipelineFilter(
        q=data.get("q", "").strip()[:100],
        stage=stage if stage in Stage.values else "",
        state=state if state in {"running", "all", *CaseState.values} else "running",
        late=data.get("late") == "yes",
        mine=data.get("mine") == "yes",
        manager=number_in(data.get("manager", "")),
        order=order if order in queries.ORDERS else "onsite",
    )


class Pipeline(ListPage):
    permission_required = "cpc.view_pipeline"
    file_name = "pipeline"
    columns = {
        "Council": "title",
        "Kind": lambda row: row.kind or row_of(USUAL_KIND).label,
        "Stage": "stage",
        "Days in this stage": lambda row: "" if row.days is None else row.days,
        "State": lambda row: row.state or CaseState.ACTIVE.label,
        "Onsite": "onsite",
        "Manager": "manager",
        "Next deadline": "due",
        "Late": lambda row: "Yes" if row.late else "No",
    }
    template_name = "cpc/dashboard/pipeline.html"

    @cached_property
    def chosen(self) -> queries.PipelineFilter:
        return filter_from(self.request.GET)

    @cached_property
    def found(self) -> Any:
        return self.rows_of_page(asked_page(self.request))

    def rows_of_page(self, number: int) -> Any:
        start = (number - 1) * self.page_size
        return queries.pipeline_page(self.request.user, self.chosen, start=start, end=start + self.page_size)

    def get_file_rows(self) -> Any:
        return queries.pipeline_page(self.request.user, self.chosen, start=0, end=MOST_ROWS)[1]

    def get_rows(self) -> range:
        # The rows of the page are here already: the paginator needs to know only how many there are in all.
        chosen, (counts, _) = self.chosen, self.found
        if chosen.q or chosen.late or chosen.mine or chosen.manager or chosen.state != "running":
            return range(queries.pipeline(self.request.user, chosen).count())
        # The counts over the list have counted these cases already.
        return range(sum(row["number"] for row in counts if chosen.stage in ("", row["stage"])))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page, (counts, rows) = context["page_obj"], self.found
        if page.number != asked_page(self.request):
            counts, rows = self.rows_of_page(page.number)
        return context | {
            "chosen": self.chosen,
            "rows": rows,
            "counts": counts,
            "stages": STAGE_CHOICES,
            "states": STATE_CHOICES,
            "orders": ORDER_CHOICES,
            "may_start": self.request.user.has_perm("cpc.add_case"),
            "sees_all": self.request.user.role in SEES_EVERY_CASE,
            "narrowed": self.chosen != queries.PipelineFilter(),
        }


# Whose work a page shows, in its address.
EVERYBODY, ME = "everybody", "me"
# What is due from me, in the order in which it needs me.
GROUPS = (("late", "Late"), ("week", "This week"), ("later", "Later"))
MOST_AWAITED = 25


class DueRow:
    """A deadline on somebody's page, with a link to where it is done."""

    def __init__(self, deadline: Deadline, today: date) -> None:
        self.deadline, self.case = deadline, deadline.case
        self.manager = getattr(deadline, "manager", None) or "No manager yet"
        self.group = queries.group_of(deadline, today)
        self.days_late = (today - deadline.due_on).days if self.group == "late" else 0
        self.case_href = address_of(self.case.reference)
        kind = KINDS.get(deadline.kind)
        # The page of its stage is open to whoever owes it once the case is there; before that the case says what is missing.
        is_there = kind is not None and kind.stage == self.case.stage
        self.href = url(ROW_OF[self.case.stage].url_name, reference=self.case.reference) if is_there else self.case_href


class MyWork(PermissionRequired, TemplateView):
    permission_required = "cpc.view_my_work"
    template_name = "cpc/dashboard/my_work.html"

    @cached_property
    def sees_everybody(self) -> bool:
        """Whoever runs the programme is on no case, and answers for the work of all."""
        return self.request.user.has_perm("cpc.view_everybodys_work")

    def whose(self) -> int | str:
        """Whose work is asked for: one's own, everybody's, or that of one manager by number."""
        if not self.sees_everybody:
            return ME
        asked = self.request.GET.get("whose", EVERYBODY)
        return (
            int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else ME if asked == ME else EVERYBODY
        )

    def managers(self) -> list[tuple[str, str]]:
        """The choices of whose work it is, each with how much is late; none for who sees their own alone."""
        if not self.sees_everybody:
            return []
        people = [
            (str(row.pk), f"{row.name}: {row.late} late of {row.number}" if row.late else f"{row.name}: {row.number}")
            for row in queries.work_by_manager(self.request.user)
        ]
        return [(EVERYBODY, "Everyone"), (ME, "Only mine"), *people]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        roles = queries.my_roles(user)
        today = timezone.localdate()
        whose = self.whose()
        if whose == ME:
            due, awaited = queries.my_deadlines(user, roles), queries.awaited_deadlines(user, roles)
        else:
            due = queries.everybodys_deadlines(user, whose)
            awaited = queries.everybodys_deadlines(user, whose, owed=queries.OWED_BY_OTHERS)
        numbers = queries.numbers_of(due)
        # Counted already: the page's rows are cut from the list itself.
        page = page_of(self.request, range(sum(numbers.values())))
        rows = [DueRow(each, today) for each in due[page.start_index() - 1 : page.end_index()]] if page else []
        cases_page = page_of(self.request, queries.my_cases(roles), name="cases")
        cases = list(cases_page)
        case_rows = [
            {
                "case": case,
                "href": address_of(case.reference),
                "roles": [role.label for role in roles[case.pk]],
                "turn": "" if case.is_over else f"With the {lower_first(ROW_OF[case.stage].who_acts)}",
                "contributor_only": all(role == CaseRole.CONTRIBUTOR for role in roles[case.pk]),
            }
            for case in cases
        ]
        return super().get_context_data(**kwargs) | {
            "groups": [
                (code, title, numbers[code], [row for row in rows if row.group == code]) for code, title in GROUPS
            ],
            "page_obj": page,
            "awaited": [DueRow(each, today) for each in awaited[:MOST_AWAITED]],
            "whose": whose,
            "managers": self.managers(),
            "cases": case_rows,
            "cases_page": cases_page,
            # Turning the page of one list keeps the page of the other.
            "query_string": kept_query(self.request),
            "cases_query_string": kept_query(self.request, name="cases"),
            "invitations": invitations_awaiting(user),
            "does_not_reach": does_not_reach(user),
            "prompts": prompts_for(user),
            "mail_troubles": troubles() if user.has_perm("cpc.view_outbox") else 0,
        }
