"""Mail about the position statement and the pack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.self_assessment.models import PositionStatement
from cpc.casework.messages import ON_CASE, still_on_running_case
from cpc.notifications.mail_kinds import Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def pack_is_still_out(message: Message) -> bool:
    out = PositionStatement.objects.filter(case=message.case_id, pack_released_at__isnull=False).exists()
    return out and still_on_running_case(message)


ASKED_TO_WRITE = "You are getting this email because the council has asked you to write part of its position statement."

for code, staff_label, subject, button, why, fields, still_applies in (
    (
        "statement_submitted",
        "Position statement submitted",
        "position statement submitted",
        "Read the position statement",
        ON_CASE,
        (),
        still_on_running_case,
    ),
    (
        "statement_returned",
        "Position statement returned",
        "position statement returned with comments",
        "Read the comments",
        ON_CASE,
        (),
        still_on_running_case,
    ),
    (
        "section_contributor",
        "Asked to write a section",
        "your part of the position statement",
        "Write your section",
        ASKED_TO_WRITE,
        ("asked_by", "section", "due"),
        still_on_running_case,
    ),
    (
        "pack_released",
        "Pack released",
        "pack ready for the peer team",
        "Read the pack",
        "You are getting this email because you are on the peer team for the {case_title} peer challenge.",
        (),
        pack_is_still_out,
    ),
):
    register(
        Kind(
            code=code,
            staff_label=staff_label,
            subject=f"{{case_title}} peer challenge: {subject}",
            template=f"emails/self_assessment/{code}.txt",
            button=button,
            why=why,
            fields=("case_title", "url", *fields),
            still_applies=still_applies,
        )
    )
