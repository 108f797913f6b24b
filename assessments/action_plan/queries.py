"""Reading the action plan."""

from __future__ import annotations

from typing import Any

from assessments.action_plan.models import Action, ActionPlan
from assessments.report.queries import recommendations_of
from cpc.cases.models import Case


def plan_of(case: Case) -> ActionPlan | None:
    return ActionPlan.objects.filter(case=case).first()


def plan_rows(case: Case) -> list[dict[str, Any]]:
    """Each recommendation with its answer and actions, then the actions that stand alone; a fixed number of queries."""
    recommendations = recommendations_of(case).select_related("focus_area", "answer").prefetch_related("actions")
    return [
        {
            "recommendation": recommendation,
            "answer": getattr(recommendation, "answer", None),
            "actions": list(recommendation.actions.all()),
        }
        for recommendation in recommendations
    ]


def actions_alone(case: Case) -> list[Action]:
    """Actions drawn from observations rather than from a recommendation."""
    return list(Action.objects.filter(plan__case=case, recommendation__isnull=True))


def rag_counts(rows: list[dict[str, Any]], alone: list[Action]) -> dict[str, int]:
    """How many of the actions that have been read stand at each RAG; those that were replaced do not count."""
    counts = {"green": 0, "amber": 0, "red": 0}
    for action in [*(action for row in rows for action in row["actions"]), *alone]:
        if action.status != "superseded":
            counts[action.rag] += 1
    return counts
