"""What the cycle answers when packages below it ask."""

from __future__ import annotations

from datetime import date

from councils.models import Council
from cpc.cases.services import register_start_check
from cpc.cases.stages import CaseKind
from cpc.cycle.queries import Standing, standing_of


def before_the_window(council: Council, kind: str, on: date) -> str:
    """R2: a council that is not due yet, and that nothing prompts, is out of turn."""
    row = standing_of(council, on) if kind == CaseKind.CORPORATE else None
    if row is None or row.standing != Standing.NOT_DUE or row.is_prompted or row.last is None:
        return ""
    if row.window_on is None:
        return f"{council.name} had its last peer challenge on {row.last.on:%-d %B %Y} and ends before the next window."
    return f"The window of {council.name} opens on {row.window_on:%-d %B %Y}."


register_start_check(before_the_window)
