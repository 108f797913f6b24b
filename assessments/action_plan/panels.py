"""What the action plan adds to a council's page: recommendations that are handed on when councils end (R96)."""

from __future__ import annotations

from typing import Any

from assessments.action_plan.outcomes.queries import carried_to, outcome_counts, with_titles
from councils.panels import register_panel

SHOWN = 5


def carried_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """What the council was handed by those before it."""
    found = with_titles(carried_to(council, user)[: SHOWN + 1])
    if not found:
        return None
    return {
        "template": "assessments/action_plan/outcomes/carried/panel.html",
        "rows": found[:SHOWN],
        "more": found[SHOWN:],
        # They are decided on again, where they were made.
        "ending_note": "Recommendations that were carried here need another decision." if council.end_on else "",
    }


def outcomes_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """Of a council that ends: what is still open, beside what was decided. The page says it where it says the end."""
    if not council.end_on:
        return None
    cases = outcome_counts(council, user)
    number = sum(case["open"] for case in cases)
    note = f"{number} recommendation{' is' if number == 1 else 's are'} open." if cases and number else ""
    return {"template": "assessments/action_plan/outcomes/panel.html", "cases": cases, "ending_note": note}


register_panel(outcomes_panel)
register_panel(carried_panel)
