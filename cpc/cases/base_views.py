"""What every page of a case shares: the case it is about, its header, its sub navigation, and how refusals are shown."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.views.generic import TemplateView

from cpc.accounts.mixins import PermissionRequired
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.managers import CaseQuerySet
from cpc.cases.models import Case
from cpc.cases.stages import POSITION, stages_of
from cpc.components.pages import Confirm, ServiceForm


@lru_cache(maxsize=16384)
def address_of(reference: str) -> str:
    """The address of a case's page. Lists ask for many, and making one costs as much as reading a row."""
    return reverse("cases:detail", kwargs={"reference": reference})


def sub_navigation(user: User, case: Case, active: str) -> list[dict[str, Any]]:
    """The sections of a case that this person may open, in the order of the process."""
    items: list[tuple[str, str, str, str]] = []
    if user.has_perm("cpc.view_case", case):
        items.append(("overview", "Overview", "cases:detail", ""))
    for row in stages_of(case.kind, case.template_version):
        name = row.council_name if user.is_council_user else row.staff_name
        items.append((row.stage, name, row.url_name, f"{row.stage}"))
    if user.has_perm("cpc.view_case", case):
        items += [
            ("deadlines", "Deadlines", "cases:deadlines", ""),
            ("people", "People", "cases:people", ""),
            ("history", "History", "cases:history", ""),
        ]
    shown = []
    for code, text, url_name, stage in items:
        if stage and not user.has_perm(STAGE_VIEW_PERMISSIONS[stage], case):
            continue
        try:
            url = reverse(url_name, kwargs={"reference": case.reference})
        except NoReverseMatch:
            continue
        shown.append({"text": text, "href": url, "active": code == active})
    return shown


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


def stage_track(case: Case) -> list[dict[str, Any]]:
    """The seven stages with where the case stands, for the track in the header."""
    rows = []
    for row in stages_of(case.kind, case.template_version):
        if case.state == "closed" or POSITION[row.stage] < POSITION[case.stage]:
            status = "done"
        elif row.stage == case.stage:
            status = "current"
        elif access.stage_has_opened(case, row.stage):
            status = "open"
        else:
            status = "ahead"
        rows.append({"text": row.staff_name, "status": status})
    return rows


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
        return access.known_cases(self.request.user).with_council().select_related("theme_set")

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
        context["stage_track"] = stage_track(self.case) if context["sees_overview"] else []
        context["sub_navigation"] = sub_navigation(user, self.case, self.active)
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
