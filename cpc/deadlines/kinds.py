"""The kinds of deadlines: the one table of their names, stages and first rules."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from cpc.cases.stages import Stage


@dataclass(frozen=True)
class DeadlineKind:
    """A kind of deadline, met by one event of one stage: a review without that stage has no such deadline.

    The other values are those of its rule when it is first loaded. Nobody has fixed them for good, so they are rows.
    """

    kind: str
    # Its two names: while it is outstanding, and once it is met.
    to_do: str
    done: str
    stage: Stage
    start: str
    owner_role: str
    months: int = 0
    days: int = 0
    is_hard: bool = False

    def rule(self) -> dict[str, Any]:
        own = {"to_do", "done", "stage"}
        return {"label": self.to_do} | {
            each.name: getattr(self, each.name) for each in fields(self) if each.name not in own
        }


# The promises before the onsite and the four clocks after it.
KINDS: dict[str, DeadlineKind] = {
    row.kind: row
    for row in (
        DeadlineKind("team_confirmed", "Confirm the peer team", "Peer team confirmed", Stage.TEAM_COMPOSITION, "onsite_start", "LGA", days=-56),
        DeadlineKind("statement_submitted", "Submit the position statement", "Position statement submitted", Stage.SELF_ASSESSMENT, "onsite_start", "Council", days=-35),
        DeadlineKind("pack_released", "Release the pack to the peer team", "Pack released to the peer team", Stage.SELF_ASSESSMENT, "onsite_start", "LGA", days=-18),
        DeadlineKind("report_public", "Publish the feedback report", "Feedback report published", Stage.REPORT, "onsite_end", "Council", months=3, is_hard=True),
        DeadlineKind("action_plan_public", "Publish the action plan", "Action plan published", Stage.ACTION_PLAN, "onsite_end", "Council", months=5, is_hard=True),
        DeadlineKind("progress_review_held", "Hold the progress review", "Progress review held", Stage.PROGRESS_REVIEW, "onsite_end", "LGA", months=10),
        DeadlineKind("progress_review_report_public", "Publish the progress review report", "Progress review report published", Stage.PROGRESS_REVIEW, "onsite_end", "LGA", months=12, is_hard=True),
    )
}  # fmt: skip


def label_of(kind: str) -> str:
    """What a kind of deadline is called while it is outstanding."""
    return KINDS[kind].to_do if kind in KINDS else kind.replace("_", " ").capitalize()


def done_name(kind: str, label: str) -> str:
    """What it is called once it is met. What no clock makes has one name."""
    return KINDS[kind].done if kind in KINDS else label
