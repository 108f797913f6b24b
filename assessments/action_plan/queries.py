"""Reading the action plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from assessments.action_plan.models import Action, ActionPlan, PlanState
from assessments.report.queries import recommendations_of
from cpc.cases.access import read_once
from cpc.cases.models import Case


def plan_of(case: Case) -> ActionPlan | None:
    return read_once(case, "action_plan", lambda: ActionPlan.objects.filter(case=case).first())


def published_on(case: Case) -> date | None:
    """The day on which the plan was published; None before that. Read anew: services ask in the midst of a change."""
    plans = ActionPlan.objects.filter(case=case, state=PlanState.PUBLISHED)
    return plans.values_list("published_on", flat=True).first()


def plan_rows(case: Case) -> tuple[list[dict[str, Any]], list[Action]]:
    """Each recommendation with its answer and actions; and the actions that stand alone, drawn from observations
    rather than from a recommendation. A fixed number of queries."""
    actions: dict[int | None, list[Action]] = {}
    for action in Action.objects.filter(plan__case=case):
        actions.setdefault(action.recommendation_id, []).append(action)
    rows = [
        {
            "recommendation": recommendation,
            "answer": answer,
            "reworded": answer is not None and answer.answered_text != recommendation.text,
            "actions": actions.get(recommendation.pk, []),
        }
        for recommendation in recommendations_of(case).select_related("focus_area", "answer")
        for answer in [getattr(recommendation, "answer", None)]
    ]
    return rows, actions.get(None, [])


def rag_counts(rows: list[dict[str, Any]], alone: list[Action]) -> dict[str, int]:
    """How many of the actions that have been read stand at each RAG; those that were replaced, or wait for their day, do not count."""
    counts = {"green": 0, "amber": 0, "red": 0}
    for action in [*(action for row in rows for action in row["actions"]), *alone]:
        if action.status != "superseded" and action.colour:
            counts[action.colour] += 1
    return counts
