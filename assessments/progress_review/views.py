"""Pages of stage 7."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from assessments.progress_review import forms, services
from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from assessments.progress_review.queries import items_of, review_of
from assessments.progress_review.stage import outstanding
from assessments.publication.views import CorrectPublicationPage, PublishPage
from cpc.cases.base_views import CaseMixin, CasePage, StageFormPage
from cpc.cases.models import CaseMembership
from cpc.cases.stages import Stage
from cpc.documents.models import Document


class ReviewSection(CaseMixin):
    active: str = Stage.PROGRESS_REVIEW
    stage: str = Stage.PROGRESS_REVIEW

    @cached_property
    def review(self) -> ProgressReview:
        return review_of(self.case) or ProgressReview(case=self.case)

    def get_success_url(self) -> str:
        return self.case_url("progress_review:detail")


class ProgressReviewPage(ReviewSection, CasePage):
    permission_required = "assessments.view_progress_review"
    template_name = "assessments/progress_review/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user: Any = self.request.user
        review = self.review
        saved = review.pk is not None
        items = list(items_of(self.case))
        may_read_peers = user.has_perm("assessments.read_peers_view", self.case)
        opened = context["writable"] and review.state == "planned"
        return context | {
            "review": review,
            "saved": saved,
            "today": timezone.localdate(),
            "items": items,
            "members": review.members.select_related("user") if saved else [],
            "differing": sum(1 for item in items if item.differs) if may_read_peers else 0,
            "may_read_peers": may_read_peers,
            "may_plan": opened and user.has_perm("assessments.plan_progress_review", self.case),
            "may_rate": opened
            and self.case.stage == Stage.PROGRESS_REVIEW
            and user.has_perm("assessments.record_council_rating", self.case),
            "may_view": opened
            and self.case.stage == Stage.PROGRESS_REVIEW
            and user.has_perm("assessments.record_peers_view", self.case),
            "documents": self.case.documents.filter(pk=review.report_id).visible_to(user).select_related(None)
            if review.report_id and may_read_peers
            else Document.objects.none(),
            "outstanding": outstanding(self.case, user)
            if self.case.stage == Stage.PROGRESS_REVIEW and not self.case.is_over
            else [],
        }


class ReviewForm(ReviewSection, StageFormPage):
    permission_required = "assessments.plan_progress_review"
    version_of = "review"


class ReviewPlan(ReviewForm):
    title = "Plan the progress review"
    form_class = forms.PlanForm
    success_message = "Planned. The council and the peers who are coming have been told."
    changes = "review"

    def get_form_kwargs(self) -> dict[str, Any]:
        peers = (
            CaseMembership.objects.in_force()
            .of_peers()
            .filter(case=self.case)
            .select_related("user")
            .order_by("user__full_name")
        )
        return super().get_form_kwargs() | {"peers": peers}

    def save(self, form: Any) -> Any:
        cleaned = form.cleaned_data | {"members": list(form.cleaned_data["members"])}
        return services.plan_review(case=self.case, by=self.request.user, **cleaned)

    def words_of(self, row: ProgressReview, name: str) -> Any:
        if name == "members" and row.pk:
            return ", ".join(member.user.full_name for member in row.members.select_related("user"))
        return super().words_of(row, name)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return super().current_texts(form) | {"Summary": self.review.summary}


class ReviewHeld(ReviewForm):
    title = "Record that the progress review was held"
    form_class = forms.HeldForm
    submit_text = "Record"
    success_message = "Recorded"
    is_decision = True

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"held_on": self.review.held_on or self.review.ends_on}

    def save(self, form: Any) -> Any:
        return services.record_review_held(case=self.case, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Last planned day": self.review.ends_on, "Held on": self.review.held_on or "Not recorded"}


class ItemForm(ReviewForm):
    template_name = "assessments/progress_review/item.html"
    version_of = "item"
    is_shared = True

    @cached_property
    def item(self) -> ReviewedRecommendation:
        found = ReviewedRecommendation.objects.select_related("review", "recommendation")
        return get_object_or_404(found, review__case=self.case, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"item": self.item}


class CouncilRating(ItemForm):
    permission_required = "assessments.record_council_rating"
    form_class = forms.CouncilRatingForm
    success_message = "Saved"
    shared_text = "council_view"

    def get_title(self) -> str:
        return f"The council's view of recommendation {self.item.recommendation.number}"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"rag": self.item.council_rag, "update": self.item.council_update}

    def save(self, form: Any) -> Any:
        return services.record_council_rating(item=self.item, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Rating": self.item.get_council_rag_display(), "What has been done": self.item.council_update}


class PeersView(ItemForm):
    permission_required = "assessments.record_peers_view"
    form_class = forms.PeersViewForm
    success_message = "Saved"
    shared_text = "peers_view"
    counter = "peers_version"

    def get_title(self) -> str:
        return f"The peers' view of recommendation {self.item.recommendation.number}"

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"rag": self.item.peers_rag, "view": self.item.peers_view}

    def save(self, form: Any) -> Any:
        return services.record_peers_view(item=self.item, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Rating": self.item.get_peers_rag_display(), "What the peers see": self.item.peers_view}


class ReviewReportAdd(ReviewForm):
    title = "Add the progress review report"
    form_class = forms.ReportForm
    submit_text = "Upload"
    success_message = "Report added"

    def save(self, form: Any) -> Any:
        return services.add_review_report(case=self.case, upload=form.cleaned_data["upload"], by=self.request.user)


class SummaryEdit(ReviewForm):
    title = "Summary of the progress review"
    form_class = forms.SummaryForm
    success_message = "Summary saved"
    changes = "review"
    is_shared = True
    shared_text = "review_summary"

    def save(self, form: Any) -> Any:
        return services.change_summary(case=self.case, by=self.request.user, **form.cleaned_data)


class ReviewPublish(PublishPage, ReviewForm):
    permission_required = "assessments.publish_progress_review"
    title = "Record the publication of the progress review report"
    model = ProgressReview

    def save(self, form: Any) -> Any:
        return services.publish_review(case=self.case, by=self.request.user, **form.cleaned_data)

    def current_texts(self, form: Any) -> dict[str, Any]:
        return {"Progress review": self.review.get_state_display(), "Last day": self.review.ends_on}


class PublicationCorrect(CorrectPublicationPage, ReviewForm):
    permission_required = "assessments.correct_progress_review"
    title = "Correct the publication of the progress review report"
    model = ProgressReview

    def save(self, form: Any) -> Any:
        return services.correct_publication(case=self.case, by=self.request.user, **form.cleaned_data)


class ReviewReopen(ReviewForm):
    permission_required = "assessments.correct_progress_review"
    title = "Reopen the progress review"
    intro = "The recorded publication is withdrawn. It stays in the history."
    form_class = forms.ReasonForm
    submit_text = "Reopen"
    success_message = "The progress review is open again"
    warning = True

    def save(self, form: Any) -> Any:
        return services.reopen_review(case=self.case, by=self.request.user, **form.cleaned_data)
