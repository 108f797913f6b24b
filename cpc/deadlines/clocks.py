"""The rules by which deadlines are made, and their labels."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from cpc.cases.stages import Stage
from cpc.deadlines.models import DeadlineRule


@dataclass(frozen=True)
class DeadlineKind:
    """A kind of deadline, met by one event of one stage: a review without that stage has no such deadline.

    The other values are those of its rule when it is first loaded. Nobody has fixed them for good, so they are rows.
    """

    kind: str
    label: str
    stage: Stage
    start: str
    owner_role: str
    months: int = 0
    days: int = 0
    is_hard: bool = False

    def rule(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "stage"}


# The promises before the onsite and the four clocks after it.
KINDS: dict[str, DeadlineKind] = {
    row.kind: row
    for row in (
        DeadlineKind("team_confirmed", "Peer team confirmed", Stage.TEAM_COMPOSITION, "onsite_start", "LGA", days=-56),
        DeadlineKind("statement_submitted", "Position statement submitted", Stage.SELF_ASSESSMENT, "onsite_start", "Council", days=-35),
        DeadlineKind("pack_released", "Pack released to the peer team", Stage.SELF_ASSESSMENT, "onsite_start", "LGA", days=-18),
        DeadlineKind("report_public", "Feedback report published", Stage.REPORT, "onsite_end", "Council", months=3, is_hard=True),
        DeadlineKind("action_plan_public", "Action plan published", Stage.ACTION_PLAN, "onsite_end", "Council", months=5, is_hard=True),
        DeadlineKind("progress_review_held", "Progress review held", Stage.PROGRESS_REVIEW, "onsite_end", "LGA", months=10),
        DeadlineKind("progress_review_report_public", "Progress review report published", Stage.PROGRESS_REVIEW, "onsite_end", "LGA", months=12, is_hard=True),
    )
}  # fmt: skip


def label_of(kind: str) -> str:
    """What a kind of deadline is called on screen."""
    return KINDS[kind].label if kind in KINDS else kind.replace("_", " ").capitalize()


def due_on(rule: DeadlineRule, start_on: date) -> date:
    """The day by this rule: whole calendar months first (31 January and one month is the end of February), then days."""
    return start_on + relativedelta(months=rule.months) + timedelta(days=rule.days)
