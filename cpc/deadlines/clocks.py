"""The rules by which deadlines are made, and their labels."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from cpc.deadlines.models import DeadlineRule

# The four clocks and the promises before them. Nobody has fixed their lengths for good, so they are rows to be edited, not constants.
DEFAULT_RULES: list[dict] = [
    {"kind": "team_confirmed", "label": "Peer team confirmed", "start": "onsite_start", "months": 0, "days": -56, "owner_role": "LGA"},
    {"kind": "statement_submitted", "label": "Position statement submitted", "start": "onsite_start", "days": -35, "owner_role": "Council"},
    {"kind": "pack_released", "label": "Pack released to the peer team", "start": "onsite_start", "days": -18, "owner_role": "LGA"},
    {"kind": "report_public", "label": "Feedback report published", "start": "onsite_end", "months": 3, "owner_role": "Council", "is_hard": True},
    {"kind": "action_plan_public", "label": "Action plan published", "start": "onsite_end", "months": 5, "owner_role": "Council", "is_hard": True},
    {"kind": "progress_review_held", "label": "Progress review held", "start": "onsite_end", "months": 10, "owner_role": "LGA"},
    {"kind": "progress_review_report_public", "label": "Progress review report published", "start": "onsite_end", "months": 12, "owner_role": "LGA", "is_hard": True},
]  # fmt: skip
LABELS = {row["kind"]: row["label"] for row in DEFAULT_RULES}


@lru_cache(maxsize=128)
def label_of(kind: str) -> str:
    """What a kind of deadline is called on screen."""
    return LABELS.get(kind, kind.replace("_", " ").capitalize())


def due_on(rule: DeadlineRule, start_on: date) -> date:
    """The day by this rule: whole calendar months first (31 January and one month is the end of February), then days."""
    return start_on + relativedelta(months=rule.months) + timedelta(days=rule.days)
