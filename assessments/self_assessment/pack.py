"""What stands in the pack beside the statement. Later stages add what they know of earlier challenges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cpc.cases.models import Case
from cpc.scheduling.queries import scope_of

# part(case, user) gives a template and what it needs, or nothing.
Part = Callable[[Case, Any], dict[str, Any] | None]
PARTS: list[Part] = []


def register_part(part: Part) -> None:
    PARTS.append(part)


def parts_of(case: Case, user: Any) -> list[dict[str, Any]]:
    return [found for part in PARTS if (found := part(case, user)) is not None]


def purpose(case: Case, user: Any) -> dict[str, Any] | None:
    """R10: why the council wants its challenge, for the team to read first."""
    scope = scope_of(case)
    return {"template": "assessments/self_assessment/pack_purpose.html", "scope": scope} if scope.purpose else None


register_part(purpose)
