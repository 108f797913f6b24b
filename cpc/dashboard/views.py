"""Home, pipeline, my work."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import TemplateView, View

from cpc.accounts.mixins import PermissionRequired
from cpc.cases.models import CaseState
from cpc.cases.stages import ROW_OF, STAGES, Stage
from cpc.dashboard import queries
from teams.composition.queries import invitations_awaiting

PAGE_SIZE = 25


class Home(PermissionRequired, View):
    permission_required = "cpc.view_my_work"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = "dashboard:pipeline" if queries.lands_on_pipeline(request.user) else "dashboard:my-work"  # type: ignore[arg-type]
        return redirect(name)


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
        order=order if order in queries.ORDERS else "onsite",
    )


class Pipeline(PermissionRequired, TemplateView):
    permission_required = "cpc.view_pipeline"
    template_name = "cpc/dashboard/pipeline.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        chosen = filter_from(self.request.GET)
        page = Paginator(queries.pipeline(user, chosen), PAGE_SIZE).get_page(self.request.GET.get("page"))
        found: Any = queries.with_row_facts(page.object_list)
        today = timezone.localdate()
        rows = [
            {
                "case": case,
                "stage": ROW_OF[case.stage].staff_name,
                "manager": case.manager_name or "",
                "deadline": case.next_label or "",
                "due_on": case.next_due_on,
                "late": bool(case.next_due_on and case.next_due_on < today and case.state == CaseState.ACTIVE),
            }
            for case in found
        ]
        query = self.request.GET.copy()
        query.pop("page", None)
        return super().get_context_data(**kwargs) | {
            "chosen": chosen,
            "rows": rows,
            "page_obj": page,
            "query_string": query.urlencode(),
            "counts": queries.stage_counts(user),
            "stages": STAGES,
            "states": [("running", "Under way, postponed and paused"), ("all", "All"), *CaseState.choices],
            "orders": [("onsite", "Onsite date"), ("council", "Council"), ("deadline", "Next deadline")],
            "narrowed": chosen != queries.PipelineFilter(),
        }


class MyWork(PermissionRequired, TemplateView):
    permission_required = "cpc.view_my_work"
    template_name = "cpc/dashboard/my_work.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user: Any = self.request.user
        deadlines = Paginator(queries.my_deadlines(user), PAGE_SIZE).get_page(self.request.GET.get("page"))
        today = timezone.localdate()
        rows = [
            {"deadline": each, "late": each.due_on < today and each.case.state == CaseState.ACTIVE}
            for each in deadlines
        ]
        cases: dict[int, dict[str, Any]] = {}
        for membership in queries.my_cases(user)[:200]:
            row = cases.setdefault(membership.case_id, {"case": membership.case, "roles": []})
            row["roles"].append(membership.get_role_display())
            row["turn"] = ROW_OF[membership.case.stage].who_acts
            row["contributor_only"] = row.get("contributor_only", True) and membership.role == "contributor"
        return super().get_context_data(**kwargs) | {
            "rows": rows,
            "page_obj": deadlines,
            "cases": list(cases.values()),
            "invitations": invitations_awaiting(user),
            "today": today,
        }
