"""Mail about the progress review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.progress_review.models import ProgressReview
from assessments.publication.messages import register_mail
from cpc.casework.messages import still_on_running_case
from cpc.notifications.mail_kinds import Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def review_date_stands(message: Message) -> bool:
    """A date that changed again while the mail waited is not announced."""
    review = ProgressReview.objects.filter(case=message.case_id).first()
    if review is None or review.starts_on is None:
        return False
    return message.context.get("starts_on") == review.starts_on.isoformat() and still_on_running_case(message)


register(
    Kind(
        code="progress_review_planned",
        staff_label="Progress review date",
        subject="Progress review of {case_title}: {dates}",
        text_template="emails/progress_review/planned.txt",
        html_template="emails/progress_review/planned.html",
        fields=("case_title", "dates", "starts_on", "url"),
        still_applies=review_date_stands,
    )
)
register_mail(code="progress_review_published", what="progress review report", model=ProgressReview)
