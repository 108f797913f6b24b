"""Reading the progress review."""

from __future__ import annotations

from django.db.models import QuerySet

from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from cpc.cases.access import read_once
from cpc.cases.models import Case


def review_of(case: Case) -> ProgressReview | None:
    return read_once(
        case, "progress review", lambda: ProgressReview.objects.filter(case=case).select_related("report").first()
    )


def items_of(case: Case) -> QuerySet[ReviewedRecommendation]:
    """Each recommendation at the review, in its number, with its words."""
    return (
        ReviewedRecommendation.objects.filter(review__case=case)
        .select_related("recommendation__focus_area")
        .order_by("recommendation__number")
    )
