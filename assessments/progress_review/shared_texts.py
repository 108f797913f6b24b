"""The summary of the progress review and what each side says of a recommendation, as texts that several people write."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from assessments.progress_review.services import change_summary, record_council_rating, record_peers_view
from cpc.drafts.shared.kinds import SharedText, Words, register_shared_text


def _items() -> QuerySet[ReviewedRecommendation]:
    return ReviewedRecommendation.objects.select_related("review__case", "recommendation")


def _item_address(name: str, item: ReviewedRecommendation) -> str:
    return reverse(f"progress_review:{name}", kwargs={"reference": item.review.case.reference, "pk": item.pk})


def _summary_address(review: ProgressReview) -> str:
    return reverse("progress_review:summary-edit", kwargs={"reference": review.case.reference})


def _save_summary(review: ProgressReview, words: Words, version: int, by: Any) -> Any:
    return change_summary(case=review.case, summary=words["summary"], version=version, by=by)


def _save_council_view(item: ReviewedRecommendation, words: Words, version: int, by: Any) -> Any:
    update = words["council_update"]
    return record_council_rating(item=item, rag=item.council_rag, update=update, version=version, by=by)


def _save_peers_view(item: ReviewedRecommendation, words: Words, version: int, by: Any) -> Any:
    return record_peers_view(item=item, rag=item.peers_rag, view=words["peers_view"], version=version, by=by)


register_shared_text(
    SharedText(
        code="review_summary",
        model=ProgressReview,
        parts=(("summary", "Summary"),),
        permission="assessments.plan_progress_review",
        about=lambda review: review.case,
        rows=lambda: ProgressReview.objects.select_related("case"),
        title=lambda review: "the summary of the progress review",
        address=_summary_address,
        save=_save_summary,
    )
)
register_shared_text(
    SharedText(
        code="council_view",
        model=ReviewedRecommendation,
        parts=(("council_update", "What has been done"),),
        permission="assessments.record_council_rating",
        about=lambda item: item.review.case,
        rows=_items,
        title=lambda item: f"the council's view of recommendation {item.recommendation.number}",
        address=lambda item: _item_address("council-rating", item),
        save=_save_council_view,
        written=lambda item: (item.council_by_id, item.council_at),
    )
)
register_shared_text(
    SharedText(
        code="peers_view",
        model=ReviewedRecommendation,
        parts=(("peers_view", "What the peers see"),),
        permission="assessments.record_peers_view",
        about=lambda item: item.review.case,
        rows=_items,
        title=lambda item: f"the peers' view of recommendation {item.recommendation.number}",
        address=lambda item: _item_address("peers-view", item),
        save=_save_peers_view,
        written=lambda item: (item.peers_by_id, item.peers_at),
        counter="peers_version",
    )
)
