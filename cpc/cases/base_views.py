"""What every page of a case shares: the case it is about, its header, its sub navigation, and how refusals are shown."""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.managers import CaseQuerySet
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import POSITION, ROW_OF, USUAL_KIND, stages_of
from cpc.components.pages import Confirm, ServiceForm


@lru_cache(maxsize=16384)
def address_of(reference: str) -> str:
    """The address of a case's page. Lists ask for many, and making one costs as much as reading a row."""
    return reverse("cases:detail", kwargs={"reference": reference})


def sections(user: User, case: Case, active: str) -> list[dict[str, Any]]:
    """The pages about the case as a whole that this person may open, below its stages."""
    if not user.has_perm("cpc.view_case", case):
        return []
    items = [
        ("deadlines", "Deadlines", "cases:deadlines"),
        ("people", "People", "cases:people"),
        *([("documents", "LGA papers", "cases:documents")] if user.has_perm("cpc.view_case_file", case) else []),
        ("history", "History", "cases:history"),
    ]
    return [
        {"text": text, "href": reverse(name, kwargs={"reference": case.reference}), "active": code == active}
        for code, text, name in items
    ]


# The permission that opens each stage's first page; rules live with the stages.
STAGE_VIEW_PERMISSIONS = {
    "scheduling": "cpc.view_scheduling",
    "team_composition": "teams.view_team",
    "self_assessment": "assessments.view_position_statement",
    "onsite": "assessments.view_onsite",
    "report": "assessments.view_report",
    "action_plan": "assessments.view_action_plan",
    "progress_review": "assessments.view_progress_review",
}


def _status(case: Case, stage: str) -> str:
    if case.state == "closed" or POSITION[stage] < POSITION[case.stage]:
        return "done"
    if stage == case.stage:
        return "current"
    return "open" if access.stage_has_opened(case, stage) else "ahead"


def stage_track(user: User, case: Case, active: str) -> list[dict[str, Any]]:
    """The stages of a case with where each stands, and a link where this person may open it. Who reads nothing but one
    section gets that one link, and is not told where the case stands (R30)."""
    sees_overview = user.has_perm("cpc.view_case", case)
    finished = {stage: date.fromisoformat(day) for day, stage in getattr(case, "finished_stages", ())}
    steps = []
    for row in stages_of(case.kind, case.template_version):
        may_open = user.has_perm(STAGE_VIEW_PERMISSIONS[row.stage], case)
        if not may_open and not sees_overview:
            continue
        status = _status(case, row.stage) if sees_overview else "open"
        steps.append(
            {
                "text": row.council_name if user.is_council_user else row.staff_name,
                "href": reverse(row.url_name, kwargs={"reference": case.reference}) if may_open else "",
                "status": status,
                "words": STATUS_WORDS[status] if sees_overview else "",
                "finished_on": finished.get(row.stage) if status == "done" else None,
                "active": row.stage == active,
            }
        )
    return steps


STATUS_WORDS = {"done": "Finished", "current": "Current stage", "open": "Started", "ahead": "To come"}


def next_date(case: Case) -> dict[str, Any]:
    """The earliest promise of a case that is still open, in words; empty where there is none."""
    due = getattr(case, "next_due", None)
    if case.is_over or not due:
        return {}
    day = date.fromisoformat(due[0])
    is_late = day < timezone.localdate() and case.state == CaseState.ACTIVE
    return {"text": due[1], "on": day, "late": is_late}


class CaseMixin(PermissionRequired):
    """Loads the visible case named in the address; anything else is 404, and so is a stage that its kind of review has not.

    `active` marks the sub navigation. `stage`, when set, gives templates `writable` and `why_not_writable`, and a form
    or an action is offered only while that stage can be changed. A page whose service allows more sets it to "".
    """

    active: str = ""
    stage: str = ""
    # What a page shows that the statement for the case brings along: names for CaseQuerySet.bringing.
    brings: tuple[str, ...] = ()
    request: Any
    kwargs: dict[str, Any]

    def visible_cases(self) -> CaseQuerySet:
        return (
            access.known_cases(self.request.user)
            .with_council()
            .with_next_due()
            .with_finished_stages()
            .select_related("theme_set")
        )

    @cached_property
    def case(self) -> Case:
        cases, is_read = self.visible_cases(), self.request.method in {"GET", "HEAD"}
        case = get_object_or_404(cases.bringing(*self.brings) if is_read else cases, reference=self.kwargs["reference"])
        if self.active in POSITION and not case.has_stage(self.active):
            raise Http404
        if not is_read:
            return case
        access.remember_readings(case, brought=[name.partition("__")[0] for name in self.brings])
        return case

    def get_permission_object(self) -> Any:
        return self.case

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        user = self.request.user
        context.setdefault("case", self.case)
        context["sees_overview"] = user.has_perm("cpc.view_case", self.case)
        context["stage_track"] = stage_track(user, self.case, self.active)
        context["case_sections"] = sections(user, self.case, self.active)
        context["is_usual_kind"] = self.case.kind == USUAL_KIND
        context["is_current_stage"] = self.active == self.case.stage and not self.case.is_over
        context["is_overview"] = self.active == "overview"
        context["next_date"] = next_date(self.case) if context["sees_overview"] else {}
        context["turn"] = "" if self.case.is_over else ROW_OF[self.case.stage].who_acts
        context["stage_code"] = self.stage
        if self.stage:
            context["why_not_writable"] = self.why_not()
            context["writable"] = not context["why_not_writable"]
        return context

    def why_not(self) -> str:
        """Why nothing can be changed on this page; empty when it can."""
        return access.why_not_writable(self.case, self.stage) if self.stage else ""

    def case_url(self, url_name: str, **kwargs: Any) -> str:
        return reverse(url_name, kwargs={"reference": self.case.reference, **kwargs})


class CasePage(CaseMixin, TemplateView):
    """A page that shows something of one case."""


class CaseFormPage(CaseMixin, ServiceForm):
    """A form about one case."""


class StageFormPage(CaseFormPage):
    """A form of one stage, under the name of the case."""

    def get_caption(self) -> str:
        return self.case.title


class CaseAction(CaseMixin, Confirm):
    """Something done to one case by one press."""
