"""What the progress review keeps of a peer challenge that is entered while it is under way."""

from __future__ import annotations

from typing import Any

from assessments.progress_review.models import ProgressReview, ReviewState
from assessments.publication.services import check_day
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.under_way.parts import Fact, Facts, Part, register_part, said
from cpc.components.errors import Refused
from cpc.components.shown import days_text

FACTS = (
    Fact("review_first", "First day of the progress review", kind="day", may_be_ahead=True, since=Stage.ACTION_PLAN),
    Fact("review_last", "Last day of the progress review", kind="day", may_be_ahead=True, since=Stage.ACTION_PLAN),
    Fact(
        "review_held",
        "Progress review held",
        "Its last day, if it has been held.",
        kind="day",
        since=Stage.ACTION_PLAN,
    ),
    Fact("review_public", "Progress review report published", kind="day", since=Stage.PROGRESS_REVIEW),
    Fact(
        "review_address",
        "Web address of the progress review report",
        kind="address",
        longest=500,
        since=Stage.PROGRESS_REVIEW,
    ),
)


def make(case: Case, told: Facts, by: Any) -> None:
    first, last = told.get("review_first"), told.get("review_last")
    public, address = told.get("review_public"), told.get("review_address", "")
    if bool(first) != bool(last):
        raise Refused(
            "Enter both days of the progress review, or neither", field="review_last" if first else "review_first"
        )
    if bool(public) != bool(address):
        missing = "review_address" if public else "review_public"
        raise Refused("Enter when and where the review's report was published, or neither", field=missing)
    if public and not last:
        raise Refused("Enter when the progress review was held: its report is published", field="review_first")
    # A report that is public tells that the review was held.
    held = told.get("review_held") or (last if public else None)
    if held and not last:
        raise Refused("Enter the days of the progress review: it was held", field="review_first")
    if not (first and last):
        return
    if last < first:
        raise Refused("The last day must be the same as or after the first", field="review_last")
    if case.onsite_end_on and first <= case.onsite_end_on:
        raise Refused("The progress review comes after the onsite days", field="review_first")
    review = ProgressReview.objects.select_for_update(of=("self",)).get(case=case)
    review.starts_on, review.ends_on = first, last
    dates = days_text(first, last)
    record(verb="progress_review_planned", by=by, case=case, data={"dates": dates})
    if held:
        if held < first:
            raise Refused("The review was held on or after its first day", field="review_held")
        review.held_on = held
        record(verb="progress_review_held", by=by, case=case, data={"on": said(held)})
    if public:
        check_day(case, public, review, field="review_public")
        review.state, review.published_on, review.published_address = ReviewState.PUBLISHED, public, address
        record(verb="progress_review_published", by=by, case=case, data={"on": said(public), "address": address})
    review.version += 1
    review.save()


register_part(Part(Stage.PROGRESS_REVIEW, FACTS, make))
