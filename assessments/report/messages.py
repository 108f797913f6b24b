"""Mail about the report. No finding and no recommendation is ever in a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.publication.messages import register_mail
from assessments.report.models import DraftRelease, Report
from cpc.casework.messages import still_on_running_case
from cpc.notifications.mail_kinds import Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def release_is_open(message: Message) -> bool:
    """A release that was withdrawn while the mail waited is not announced."""
    release = DraftRelease.objects.filter(pk=message.context.get("release_id")).first()
    return release is not None and release.is_open() and still_on_running_case(message)


register(
    Kind(
        code="draft_report_released",
        staff_label="Draft report released",
        subject="{case_title} peer challenge: draft report ready for your factual accuracy check",
        template="emails/report/released.txt",
        button="Read the draft report",
        why="You are getting this email because the draft has been released to you for the factual accuracy check.",
        fields=("case_title", "until", "release_id", "url"),
        still_applies=release_is_open,
    )
)
register(
    Kind(
        code="factual_corrections_answered",
        staff_label="Correction of fact answered",
        subject="{case_title} peer challenge: your correction of fact has been answered",
        template="emails/report/answered.txt",
        button="See the answer",
        why="You are getting this email because you proposed the correction.",
        fields=("case_title", "url"),
        still_applies=still_on_running_case,
    )
)
register_mail(code="report_published", what="feedback report", model=Report)
