"""Mail about the position statement and the pack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assessments.self_assessment.models import PositionStatement
from cpc.casework.messages import still_on_running_case
from cpc.notifications.mail_kinds import Kind, register

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def pack_is_still_out(message: Message) -> bool:
    out = PositionStatement.objects.filter(case=message.case_id, pack_released_at__isnull=False).exists()
    return out and still_on_running_case(message)


for code, staff_label, subject, still_applies in (
    (
        "statement_submitted",
        "Position statement submitted",
        "{case_title} has submitted its position statement",
        still_on_running_case,
    ),
    (
        "statement_returned",
        "Position statement returned",
        "The position statement of {case_title} needs another look",
        still_on_running_case,
    ),
    (
        "section_contributor",
        "Asked to write a section",
        "You are asked to help write the position statement of {case_title}",
        still_on_running_case,
    ),
    ("pack_released", "Pack released", "The pack for the {case_title} peer challenge is ready", pack_is_still_out),
):
    register(
        Kind(
            code=code,
            staff_label=staff_label,
            subject=subject,
            text_template=f"emails/self_assessment/{code}.txt",
            html_template=f"emails/self_assessment/{code}.html",
            fields=("case_title", "url"),
            still_applies=still_applies,
        )
    )
