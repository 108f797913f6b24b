"""How the progress review plugs in."""

from django.urls import reverse
from django.utils import timezone

from assessments.progress_review.models import ReviewState
from assessments.progress_review.queries import items_of, review_of
from assessments.progress_review.services import open_progress_review
from cpc.cases.models import Case
from cpc.cases.stages import Outstanding, Stage, StagePlugin, register_stage


def outstanding(case: Case) -> list[Outstanding]:
    def url(name: str) -> str:
        return reverse(f"progress_review:{name}", kwargs={"reference": case.reference})

    review = review_of(case)
    if review is None or review.starts_on is None:
        return [Outstanding("planned", "Plan the progress review", url("plan"))]
    found = []
    if review.ends_on and review.ends_on >= timezone.localdate() and review.state != ReviewState.PUBLISHED:
        found.append(Outstanding("held", f"Hold the progress review on {review.starts_on:%-d %B %Y}", url("detail")))
    items = list(items_of(case))
    unrated = sum(1 for item in items if not item.council_rag)
    unseen = sum(1 for item in items if not item.peers_rag)
    if unrated:
        found.append(
            Outstanding(
                "rated", f"Rate the progress of every recommendation ({unrated} to go)", url("detail"), whose="Council"
            )
        )
    if unseen:
        found.append(
            Outstanding(
                "seen",
                f"Record the peers' view of every recommendation ({unseen} to go)",
                url("detail"),
                whose="Peer team",
            )
        )
    if review.state != ReviewState.PUBLISHED:
        found.append(Outstanding("published", "Record the publication of the progress review report", url("publish")))
    return found


register_stage(StagePlugin(stage=Stage.PROGRESS_REVIEW, outstanding=outstanding, on_enter=open_progress_review))
