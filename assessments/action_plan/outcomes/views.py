"""What becomes of the recommendations of a council that ends: one page for them all, one form for each."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone

from assessments.action_plan.models import OutcomeKind, PlanState, RecommendationOutcome
from assessments.action_plan.outcomes import forms as outcome_forms
from assessments.action_plan.outcomes import services as outcome_services
from assessments.action_plan.outcomes.queries import (
    READY,
    carried_to,
    ending_hosts,
    heirs_of,
    outcomes_by_recommendation,
    with_titles,
)
from assessments.action_plan.queries import plan_rows
from assessments.action_plan.views import PlanSection
from assessments.report.models import Recommendation, ReportState
from assessments.report.queries import report_of
from cpc.cases.base_views import CaseFormPage, CasePage
from cpc.cases.managers import CaseQuerySet
from cpc.cases.models import Case
from cpc.components.pages import ListPage
from cpc.cycle.base_views import CouncilMixin
from cpc.cycle.journey.queries import councils_advised


class OutcomeSection(PlanSection):
    """The cases that the person sees anyway, and to a principal adviser those of their councils that are public."""

    permission_required = "assessments.settle_recommendation"
    stage: str = ""

    def visible_cases(self) -> CaseQuerySet:
        user = self.request.user
        advised = list(councils_advised(user))
        if not advised:
            return super().visible_cases()
        public = Case.objects.filter(
            Q(council__in=advised) | Q(joint_councils__in=advised), report__state=ReportState.PUBLISHED
        )
        seen = Case.objects.visible_to(user)
        return (
            Case.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=public.values("pk")))
            .with_council()
            .select_related("theme_set")
        )

    def get_success_url(self) -> str:
        return self.case_url("action_plan:outcome-list")


class OutcomeList(OutcomeSection, CasePage):
    permission_required = "assessments.view_recommendation_outcomes"
    template_name = "assessments/action_plan/outcomes/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report, user = report_of(self.case), self.request.user
        ready = report is not None and report.state in READY
        # Whoever comes from outside the case reads of the plan what is public.
        tells_plan = user.has_perm("assessments.view_action_plan", self.case) or self.plan.state == PlanState.PUBLISHED
        outcomes = outcomes_by_recommendation(self.case) if ready else {}
        rows = []
        for row in plan_rows(self.case)[0] if ready else []:
            outcome = outcomes.get(row["recommendation"].pk)
            rows.append(
                row
                | {
                    "outcome": outcome,
                    "is_open": outcome is None or outcome.kind == OutcomeKind.OPEN,
                    "reworded": outcome is not None and outcome.decided_text != row["recommendation"].text,
                }
            )
        ending = ending_hosts(self.case)
        return super().get_context_data(**kwargs) | {
            "ready": ready,
            "rows": rows,
            "open_number": sum(row["is_open"] for row in rows),
            "ending": ending,
            "heirs": heirs_of(ending) if rows else [],
            "tells_plan": tells_plan,
            "may_settle": user.has_perm("assessments.settle_recommendation", self.case),
        }


class OutcomeForm(OutcomeSection, CaseFormPage):
    version_of = "standing"

    def get_caption(self) -> str:
        return f"{self.case.title}, recommendation {self.recommendation.number}"

    @cached_property
    def recommendation(self) -> Recommendation:
        found = Recommendation.objects.select_related("report").filter(report__state__in=READY)
        return get_object_or_404(found, report__case=self.case, pk=self.kwargs["pk"])

    @cached_property
    def standing(self) -> RecommendationOutcome:
        found = RecommendationOutcome.objects.select_related("successor").filter(recommendation=self.recommendation)
        return found.first() or RecommendationOutcome(recommendation=self.recommendation, kind=OutcomeKind.OPEN)

    def current_texts(self, form: Any) -> dict[str, Any]:
        standing = self.standing
        now: dict[str, Any] = {"Recommendation": self.recommendation.text}
        if standing.pk:
            now |= {
                "What becomes of it": standing.get_kind_display(),
                "Council": standing.successor.name if standing.successor else "",
                "Why, or what shows it": standing.note,
            }
        return now

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"recommendation": self.recommendation}


class OutcomeSettle(OutcomeForm):
    title = "Decide what becomes of the recommendation"
    form_class = outcome_forms.OutcomeForm
    success_message = "Decision recorded"
    template_name = "assessments/action_plan/outcomes/detail.html"
    changes = "standing"
    seen_fields = ("version", "words_version")

    def why_not(self) -> str:
        return outcome_services.why_not_settled(self.case)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"heirs": heirs_of(ending_hosts(self.case))}

    @cached_property
    def written(self) -> tuple[str, ...]:
        return () if self.standing.kind == OutcomeKind.OPEN else super().written

    def get_initial(self) -> dict[str, Any]:
        initial = {"words_version": self.recommendation.version, "decided_on": timezone.localdate()}
        return initial | super().get_initial()

    def save(self, form: Any) -> Any:
        return outcome_services.settle_recommendation(
            recommendation=self.recommendation, by=self.request.user, **form.cleaned_data
        )


class OutcomeReopen(OutcomeForm):
    title = "Open the recommendation again"
    intro = "The decision is withdrawn. It stays in the history."
    form_class = outcome_forms.OpenAgainForm
    submit_text = "Open again"
    success_message = "The recommendation is open again"
    warning = True
    is_decision = True

    def why_not(self) -> str:
        return "This recommendation is open already." if self.standing.kind == OutcomeKind.OPEN else ""

    def save(self, form: Any) -> Any:
        return outcome_services.reopen_recommendation(
            recommendation=self.recommendation, by=self.request.user, **form.cleaned_data
        )


class CarriedList(CouncilMixin, ListPage):
    """Everything that councils before this one handed on to it."""

    permission_required = "councils.view_council"
    for_lga_alone = False
    template_name = "assessments/action_plan/outcomes/carried/list.html"

    def get_rows(self) -> Any:
        return carried_to(self.council, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"rows": with_titles(context["page_obj"])}
