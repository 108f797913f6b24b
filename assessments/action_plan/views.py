"""Pages of stage 6."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404

from assessments.action_plan import forms, services
from assessments.action_plan.models import Action, ActionPlan, PlanState, RecommendationAnswer
from assessments.action_plan.outcomes.queries import ending_hosts
from assessments.action_plan.pack import outcomes_of
from assessments.action_plan.queries import plan_of, plan_rows, rag_counts
from assessments.action_plan.stage import outstanding
from assessments.publication.views import CorrectPublicationPage, PublishPage
from assessments.report.models import Recommendation, ReportState
from assessments.report.queries import recommendations_of, report_of
from cpc.cases.access import stage_has_opened
from cpc.cases.base_views import CaseMixin, CasePage, StageFormPage
from cpc.cases.stages import Stage
from cpc.components.pages import found_or_gone, still_there
from cpc.scheduling.queries import manager_of


class PlanSection(CaseMixin):
    active: str = Stage.ACTION_PLAN
    stage: str = Stage.ACTION_PLAN

    @cached_property
    def plan(self) -> ActionPlan:
        return plan_of(self.case) or ActionPlan(case=self.case)

    def get_success_url(self) -> str:
        return self.case_url("action_plan:detail")


class ActionPlanPage(PlanSection, CasePage):
    permission_required = "assessments.view_action_plan"
    template_name = "assessments/action_plan/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        report = report_of(self.case)
        ready = report is not None and report.state in {ReportState.FINAL, ReportState.PUBLISHED}
        opened = stage_has_opened(self.case, Stage.ACTION_PLAN) and ready
        drafting = self.plan.state == "drafting"
        alive = self.case.state in {"active", "postponed"}
        rows, alone = plan_rows(self.case) if ready else ([], [])
        return context | {
            "plan": self.plan,
            "opened": opened or self.plan.pk is not None,
            "rows": rows,
            "alone": alone,
            "counts": rag_counts(rows, alone) if ready else {},
            "ending": ready and bool(ending_hosts(self.case)),
            "comments": self.plan.comments.select_related("written_by")
            if self.plan.pk and self.request.user.has_perm("assessments.read_plan_comments", self.case)
            else [],
            "outstanding": outstanding(self.case, self.request.user) if opened and context["writable"] else [],
            "drafting": drafting,
            "may_edit": context["writable"]
            and drafting
            and self.request.user.has_perm("assessments.change_action_plan", self.case),
            "may_update": alive and self.request.user.has_perm("assessments.update_action", self.case),
        }


class StartingPack(PlanSection, CasePage):
    """R9: what a leader or chief executive who came after the challenge begins with. Released items only."""

    permission_required = "assessments.view_starting_pack"
    template_name = "assessments/action_plan/starting_pack.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = report_of(self.case)
        is_public = report is not None and report.state == ReportState.PUBLISHED
        return super().get_context_data(**kwargs) | {
            "report": report if is_public else None,
            "outcomes": outcomes_of(self.case) if is_public else [],
            "plan": self.plan if self.plan.state == PlanState.PUBLISHED else None,
            "manager": manager_of(self.case),
        }


class PlanForm(PlanSection, StageFormPage):
    permission_required = "assessments.change_action_plan"


class AnswerEdit(PlanForm):
    form_class = forms.AnswerForm
    success_message = "Answer saved"
    is_shared = True
    shared_text = "answer"
    template_name = "assessments/action_plan/answer.html"
    changes = "standing"
    # What the page shows above the form is read with it.
    seen_fields = ("version", "words_version")

    @cached_property
    def recommendation(self) -> Recommendation:
        found = Recommendation.objects.select_related("report", "focus_area")
        return get_object_or_404(found, report__case=self.case, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return f"Answer recommendation {self.recommendation.number}"

    @cached_property
    def standing(self) -> RecommendationAnswer:
        standing = RecommendationAnswer.objects.filter(recommendation=self.recommendation).first()
        return standing or RecommendationAnswer(recommendation=self.recommendation)

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"words_version": self.recommendation.version}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        earlier = self.standing.answered_text
        return super().get_context_data(**kwargs) | {
            "recommendation": self.recommendation,
            "reworded": self.standing.pk is not None and earlier != self.recommendation.text,
            "earlier": earlier,
        }

    def save(self, form: Any) -> Any:
        return services.answer_recommendation(
            recommendation=self.recommendation, by=self.request.user, **form.cleaned_data
        )

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Recommendation": self.recommendation.text} | super().current_texts(form)


class ActionAdd(PlanForm):
    title = "Add an action"
    form_class = forms.ActionForm
    success_message = "Action added"
    is_shared = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"recommendations": recommendations_of(self.case)}

    def get_initial(self) -> dict[str, Any]:
        return {"version": 0, "recommendation": self.request.GET.get("recommendation")}

    def save(self, form: Any) -> Any:
        return services.add_action(case=self.case, by=self.request.user, **self.typed(form))


class ActionMixin:
    case: Any
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def action(self) -> Action:
        actions = Action.objects.select_related("plan").filter(plan__case=self.case)
        return found_or_gone(self.request, actions, self.kwargs["pk"], gone=Action())

    def require_action(self) -> None:
        still_there(self.action, "This action was removed while you were writing, so nothing was saved.")


class ActionEdit(ActionMixin, PlanForm):
    title = "Change an action"
    form_class = forms.ActionForm
    success_message = "Action saved"
    is_shared = True
    shared_text = "action"
    changes = "action"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"recommendations": recommendations_of(self.case)}

    def save(self, form: Any) -> Any:
        self.require_action()
        return services.change_action(action=self.action, by=self.request.user, **form.cleaned_data)


class ActionRemove(ActionMixin, PlanForm):
    title = "Remove an action"
    form_class = forms.ReasonForm
    submit_text = "Remove"
    success_message = "Action removed. Its words stay in the history."
    warning = True

    def save(self, form: Any) -> Any:
        still_there(self.action, "This action was already removed.")
        return services.remove_action(action=self.action, by=self.request.user, **form.cleaned_data)


class ProgressEdit(ActionMixin, PlanForm):
    permission_required = "assessments.update_action"
    title = "Update progress"
    form_class = forms.ProgressForm
    success_message = "Progress saved"
    is_shared = True
    shared_text = "progress"
    template_name = "assessments/action_plan/progress.html"
    stage: str = ""
    changes = "action"

    def value_of(self, row: Action, name: str) -> Any:
        # One that follows the status is nobody's choice.
        return "" if name == "rag" and not row.rag_is_set else super().value_of(row, name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"action": self.action}

    def save(self, form: Any) -> Any:
        self.require_action()
        return services.update_progress(action=self.action, by=self.request.user, **form.cleaned_data)


class CommentAdd(PlanForm):
    permission_required = "assessments.comment_on_plan"
    title = "Comment on the action plan"
    intro = "The council reads your comment. The plan stays the council's."
    form_class = forms.CommentForm
    success_message = "Comment added"
    submit_text = "Add"
    # Until the case is over: a published plan is still talked about.
    stage: str = ""

    def save(self, form: Any) -> Any:
        return services.add_comment(case=self.case, by=self.request.user, **form.cleaned_data)


class PlanPublish(PublishPage, PlanForm):
    permission_required = "assessments.publish_action_plan"
    title = "Record the publication of the action plan"
    model = ActionPlan

    def save(self, form: Any) -> Any:
        return services.publish_plan(case=self.case, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Action plan": self.plan.get_state_display()}


class PublicationCorrect(CorrectPublicationPage, PlanForm):
    permission_required = "assessments.correct_action_plan"
    title = "Correct the publication of the action plan"
    model = ActionPlan

    def save(self, form: Any) -> Any:
        return services.correct_publication(case=self.case, by=self.request.user, **form.cleaned_data)


class PlanReopen(PlanForm):
    permission_required = "assessments.correct_action_plan"
    title = "Reopen the action plan"
    intro = "The action plan can be written again. The recorded publication is withdrawn. It stays in the history."
    form_class = forms.ReasonForm
    submit_text = "Reopen"
    success_message = "The action plan is being written again"
    warning = True

    def save(self, form: Any) -> Any:
        return services.reopen_plan(case=self.case, by=self.request.user, **form.cleaned_data)
