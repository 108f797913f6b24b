"""Reading the progress review."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from assessments.progress_review.models import ProgressReview, ReviewedRecommendation, ReviewState, TeamScope
from cpc.accounts.models import User
from cpc.cases.access import read_once
from cpc.cases.models import Case


def review_of(case: Case) -> ProgressReview | None:
    return read_once(
        case, "progress_review", lambda: ProgressReview.objects.filter(case=case).select_related("report").first()
    )


def held_on(case: Case) -> date | None:
    """The last day on which the peers were there; None before that. Read anew: services ask in the midst of a change."""
    return ProgressReview.objects.filter(case=case).values_list("held_on", flat=True).first()


def published_on(case: Case) -> date | None:
    """The day on which the report of the review was published; None before that."""
    reviews = ProgressReview.objects.filter(case=case, state=ReviewState.PUBLISHED)
    return reviews.values_list("published_on", flat=True).first()


def comes_back(user: User, case: Case) -> bool:
    """Whether this peer of the team takes part in the review. Before it is planned nobody is left out."""
    review = review_of(case)
    if review is None or review.starts_on is None or review.team_scope == TeamScope.ALL:
        return True
    return read_once(
        case,
        f"{user.pk} comes back",
        lambda: review.members.in_force().filter(user=user).exists(),
    )


def items_of(case: Case) -> QuerySet[ReviewedRecommendation]:
    """Each recommendation at the review, in its number, with its words."""
    return (
        ReviewedRecommendation.objects.filter(review__case=case)
        .select_related("recommendation__focus_area")
        .order_by("recommendation__number")
    )
