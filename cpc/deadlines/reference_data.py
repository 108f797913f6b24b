"""The rules of deadlines that every installation starts with. Running it again changes nothing that was edited."""

from __future__ import annotations

from cpc.deadlines.kinds import KINDS
from cpc.deadlines.models import DeadlineRule


def ensure_default_rules() -> int:
    """Load the rules that are missing. Returns how many were added."""
    added = 0
    for order, row in enumerate(KINDS.values(), start=1):
        added += DeadlineRule.objects.get_or_create(kind=row.kind, defaults=row.rule() | {"order": order})[1]
    return added
