"""Mail about the progress review."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from assessments.progress_review.models import ProgressReview
from assessments.publication.messages import register_mail
from cpc.casework.messages import ON_CASE, still_on_running_case
from cpc.notifications.mail_kinds import CalendarEvent, Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def review_date_stands(message: Message) -> bool:
    """A date that changed again while the mail waited is not announced."""
    review = ProgressReview.objects.filter(case=message.case_id).first()
    if review is None or review.starts_on is None:
        return False
    return message.context.get("starts_on") == review.starts_on.isoformat() and still_on_running_case(message)


def review_days_of(message: Message) -> list[CalendarEvent]:
    context = message.context
    starts = date.fromisoformat(context["starts_on"])
    ends = date.fromisoformat(context.get("ends_on") or context["starts_on"])
    title = f"{context['case_title']} peer challenge: progress review"
    return [CalendarEvent(f"progress-review-{message.case_id}", title, starts, ends)]


register(
    Kind(
        code="progress_review_planned",
        staff_label="Progress review date",
        subject="{case_title} peer challenge: progress review on {dates}",
        template="emails/progress_review/planned.txt",
        button="Open the progress review",
        why=ON_CASE,
        fields=("case_title", "dates", "starts_on", "ends_on", "url"),
        still_applies=review_date_stands,
        events=review_days_of,
    )
)
register_mail(code="progress_review_published", what="progress review report", model=ProgressReview)
