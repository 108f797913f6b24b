"""Pages of stage 5."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404

from assessments.publication.views import CorrectPublicationPage, PublishPage
from assessments.report import forms, services
from assessments.report.models import DraftRelease, FactualCorrection, Recommendation, Report, ReportState
from assessments.report.permissions import reads_draft, release_held
from assessments.report.queries import open_releases, possible_recipients, recommendations_of, report_of
from assessments.report.stage import outstanding
from cpc.accounts.models import User
from cpc.cases.base_views import CaseAction, CaseMixin, CasePage, StageFormPage
from cpc.cases.stages import Stage
from cpc.components.pages import found_or_gone, still_there
from cpc.documents.models import Document


class ReportSection(CaseMixin):
    """The report of the case; a case without one yet shows an empty page, not an error."""

    active: str = Stage.REPORT
    stage: str = Stage.REPORT

    @cached_property
    def report(self) -> Report:
        return report_of(self.case) or Report(case=self.case)

    def get_success_url(self) -> str:
        return self.case_url("report:detail")


class ReportPage(ReportSection, CasePage):
    permission_required = "assessments.view_report"
    template_name = "assessments/report/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user: Any = self.request.user
        report = self.report
        may_read = reads_draft(user, self.case)
        saved = report.pk is not None
        documents = (
            # Of this very case, so that the rules about it are not asked of the database again.
            self.case.documents.filter(pk=report.draft_id or 0).visible_to(user).select_related(None)
            if saved
            else Document.objects.none()
        )
        return context | {
            "report": report,
            "saved": saved,
            "may_read": may_read,
            "documents": documents,
            # A final report stays with the council; only a draft is lent until a day.
            "held": release_held(user, self.case) if report.state == ReportState.FACTUAL_CHECK else None,
            "recommendations": recommendations_of(self.case) if may_read else [],
            "releases": open_releases(report)
            if saved and user.has_perm("assessments.release_report", self.case)
            else [],
            "corrections": report.corrections.select_related("proposed_by", "decided_by")
            if saved and user.has_perm("assessments.view_corrections", self.case)
            else [],
            "outstanding": outstanding(self.case, user)
            if saved and self.case.stage == Stage.REPORT and not self.case.is_over
            else [],
        }


class ReportForm(ReportSection, StageFormPage):
    permission_required = "assessments.write_report"
    version_of = "report"


class DraftAdd(ReportForm):
    title = "Add a draft of the report"
    form_class = forms.DraftForm
    submit_text = "Upload"
    success_message = "Draft added. Sign the quality checklist before it is released."

    def save(self, form: Any) -> Any:
        return services.add_draft(case=self.case, upload=form.cleaned_data["upload"], by=self.request.user)


class HeadlineEdit(ReportForm):
    title = "Headline message"
    form_class = forms.HeadlineForm
    success_message = "Headline message saved"
    is_shared = True
    shared_text = "headline"
    changes = "report"

    def save(self, form: Any) -> Any:
        return services.change_headline(case=self.case, by=self.request.user, **form.cleaned_data)


class ReportAction(ReportSection, CaseAction):
    permission_required = "assessments.write_report"

    def seen_version(self) -> int:
        return self.report.version


class QualityCheck(ReportAction):
    title = "Sign the quality checklist?"
    text = (
        "You confirm that the draft says what was said on the last onsite day, names no one who was interviewed, "
        "records strengths as firmly as recommendations, and uses the sector's words."
    )
    submit_text = "Sign"
    success_message = "Checklist signed"

    def perform(self) -> Any:
        return services.sign_quality_check(case=self.case, version=self.posted_version, by=self.request.user)


class ReportFinalise(ReportAction):
    title = "Make the report final?"
    text = "The council's leader, chief executive and coordinator can read the final report, and recommendations can no longer change."
    submit_text = "Make final"
    success_message = "The report is final"

    def perform(self) -> Any:
        return services.finalise_report(case=self.case, version=self.posted_version, by=self.request.user)


class DraftReleaseAdd(ReportForm):
    permission_required = "assessments.release_report"
    title = "Release the draft for the factual accuracy check"
    form_class = forms.ReleaseForm
    submit_text = "Release"
    success_message = "Released. They have been told by email."

    def get_form_kwargs(self) -> dict[str, Any]:
        people = User.objects.filter(pk__in=possible_recipients(self.case).values("user"))
        return super().get_form_kwargs() | {"people": people}

    def save(self, form: Any) -> Any:
        return services.release_draft(
            case=self.case,
            recipients=list(form.cleaned_data["recipients"]),
            until=form.cleaned_data["until"],
            by=self.request.user,
        )


class DraftReleaseWithdraw(ReportAction):
    permission_required = "assessments.release_report"
    submit_text = "Withdraw"
    success_message = "Withdrawn. Their access has ended."
    # Somebody's access can be ended at any time.
    stage: str = ""
    warning = True

    @cached_property
    def release(self) -> DraftRelease:
        releases = DraftRelease.objects.select_related("report", "recipient")
        return get_object_or_404(releases, report__case=self.case, pk=self.kwargs["pk"])

    def get_title(self) -> str:
        return f"Withdraw the draft from {self.release.recipient.full_name}?"

    def perform(self) -> Any:
        return services.withdraw_release(release=self.release, by=self.request.user)


class CorrectionAdd(ReportForm):
    permission_required = "assessments.propose_correction"
    title = "Propose a correction of fact"
    intro = "Facts only: figures, names, dates. Tone and findings are the peer team's."
    form_class = forms.CorrectionForm
    submit_text = "Propose"
    success_message = "Correction proposed"

    def save(self, form: Any) -> Any:
        return services.propose_correction(case=self.case, by=self.request.user, **form.cleaned_data)


class CorrectionDecide(ReportForm):
    permission_required = "assessments.decide_correction"
    form_class = forms.DecisionForm
    submit_text = "Answer"
    success_message = "Answered. The council has been told."
    template_name = "assessments/report/correction.html"
    title = "Answer a correction of fact"
    version_of = "correction"

    @cached_property
    def correction(self) -> FactualCorrection:
        corrections = FactualCorrection.objects.select_related("report", "proposed_by")
        return get_object_or_404(corrections, report__case=self.case, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"correction": self.correction}

    def save(self, form: Any) -> Any:
        return services.decide_correction(correction=self.correction, by=self.request.user, **form.cleaned_data)


class RecommendationAdd(ReportForm):
    title = "Add a recommendation"
    form_class = forms.RecommendationForm
    success_message = "Recommendation added"
    is_shared = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"areas": self.case.focus_areas.all()}

    def get_initial(self) -> dict[str, Any]:
        return {"version": 0}

    def save(self, form: Any) -> Any:
        cleaned = self.typed(form)
        cleaned["themes"] = list(cleaned["themes"])
        return services.add_recommendation(case=self.case, by=self.request.user, **cleaned)


class RecommendationMixin:
    case: Any
    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def recommendation(self) -> Recommendation:
        found = Recommendation.objects.select_related("report", "focus_area").filter(report__case=self.case)
        return found_or_gone(self.request, found, self.kwargs["pk"], gone=Recommendation())

    def name(self) -> str:
        number = self.recommendation.number
        return f"recommendation {number}" if number else "a recommendation"


class RecommendationEdit(RecommendationMixin, ReportForm):
    form_class = forms.RecommendationForm
    success_message = "Recommendation saved"
    is_shared = True
    shared_text = "recommendation"
    changes = version_of = "recommendation"

    def get_title(self) -> str:
        return f"Change {self.name()}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"areas": self.case.focus_areas.all()}

    def save(self, form: Any) -> Any:
        still_there(
            self.recommendation, "This recommendation was removed while you were writing, so nothing was saved."
        )
        cleaned = form.cleaned_data | {"themes": list(form.cleaned_data["themes"])}
        return services.change_recommendation(recommendation=self.recommendation, by=self.request.user, **cleaned)

    def words_of(self, row: Recommendation, name: str) -> Any:
        return super().words_of(row, name) or ("All areas" if name == "focus_area" else "")


class RecommendationRemove(RecommendationMixin, ReportForm):
    form_class = forms.ReasonForm
    submit_text = "Remove"
    success_message = "Recommendation removed. Its words stay in the history."
    warning = True

    def get_title(self) -> str:
        return f"Remove {self.name()}"

    def save(self, form: Any) -> Any:
        still_there(self.recommendation, "This recommendation was already removed.")
        return services.remove_recommendation(
            recommendation=self.recommendation, by=self.request.user, **form.cleaned_data
        )


class ReportReopen(ReportForm):
    permission_required = "assessments.correct_report"
    title = "Reopen the report"
    intro = "It goes back to being drafted. A recorded publication is withdrawn. It stays in the history."
    form_class = forms.ReasonForm
    submit_text = "Reopen"
    success_message = "The report is being drafted again"
    warning = True

    def save(self, form: Any) -> Any:
        return services.reopen_report(case=self.case, by=self.request.user, **form.cleaned_data)


class ReportPublish(PublishPage, ReportForm):
    permission_required = "assessments.publish_report"
    title = "Record the publication of the report"
    model = Report

    def save(self, form: Any) -> Any:
        return services.publish_report(case=self.case, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Report": self.report.get_state_display(), "Headline message": self.report.headline}


class PublicationCorrect(CorrectPublicationPage, ReportForm):
    permission_required = "assessments.correct_report"
    title = "Correct the publication of the report"
    model = Report

    def save(self, form: Any) -> Any:
        return services.correct_publication(case=self.case, by=self.request.user, **form.cleaned_data)
