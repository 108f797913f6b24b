"""How the progress review plugs in."""

from django.urls import reverse
from django.utils import timezone

from assessments.progress_review.models import ReviewState
from assessments.progress_review.queries import held_on, items_of, published_on, review_of
from assessments.progress_review.services import open_progress_review
from cpc.cases.models import Case
from cpc.cases.stages import Outstanding, Stage, StagePlugin, for_reader, register_stage
from cpc.deadlines.events import register_event


@for_reader
def outstanding(case: Case) -> list[Outstanding]:
    def url(name: str) -> str:
        return reverse(f"progress_review:{name}", kwargs={"reference": case.reference})

    review = review_of(case)
    if review is None or review.starts_on is None:
        return [Outstanding("planned", "Plan the progress review", url("plan"), act="assessments.plan_progress_review")]
    found = []
    if review.held_on is None and review.ends_on and review.state != ReviewState.PUBLISHED:
        if review.ends_on >= timezone.localdate():
            found.append(
                Outstanding("held", f"Hold the progress review on {review.starts_on:%-d %B %Y}", url("detail"))
            )
        else:
            found.append(
                Outstanding(
                    "held",
                    "Record that the progress review was held",
                    url("held"),
                    act="assessments.plan_progress_review",
                )
            )
    items = list(items_of(case))
    unrated = sum(1 for item in items if not item.council_rag)
    unseen = sum(1 for item in items if not item.peers_rag)
    if unrated:
        found.append(
            Outstanding(
                "rated",
                f"Rate the progress of every recommendation ({unrated} to go)",
                url("detail"),
                whose="Council",
                read="assessments.view_progress_review",
                public="Rate the progress of every recommendation",
                act="assessments.record_council_rating",
            )
        )
    if unseen:
        found.append(
            Outstanding(
                "seen",
                f"Record the peers' view of every recommendation ({unseen} to go)",
                url("detail"),
                whose="Peer team",
                # What the peers have said so far is theirs until the report is public, and so is how much of it.
                read="assessments.read_peers_view",
                public="Record the peers' view of every recommendation",
                act="assessments.record_peers_view",
            )
        )
    if review.state != ReviewState.PUBLISHED:
        text, act = "Record the publication of the progress review report", "assessments.publish_progress_review"
        found.append(Outstanding("published", text, url("publish"), act=act))
    return found


register_event("progress_review_held", held_on)
register_event("progress_review_report_public", published_on)
register_stage(
    StagePlugin(
        stage=Stage.PROGRESS_REVIEW,
        outstanding=outstanding,
        on_enter=open_progress_review,
        row="progress_review__report",
    )
)
