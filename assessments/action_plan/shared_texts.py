"""Reasons of answers, actions of the plan and their progress, as texts that several people write."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from assessments.action_plan.models import Action, RecommendationAnswer
from assessments.action_plan.services import answer_recommendation, change_action, update_progress
from cpc.components.errors import Refused
from cpc.drafts.shared.kinds import SharedText, Words, register_shared_text


def _rows() -> QuerySet[Action]:
    return Action.objects.select_related("plan__case", "recommendation")


def _address(name: str, action: Action) -> str:
    return reverse(f"action_plan:{name}", kwargs={"reference": action.plan.case.reference, "pk": action.pk})


def _answer_address(standing: RecommendationAnswer) -> str:
    kwargs = {"reference": standing.plan.case.reference, "pk": standing.recommendation_id}
    return reverse("action_plan:answer-edit", kwargs=kwargs)


def _save_answer(standing: RecommendationAnswer, words: Words, version: int, by: Any) -> Any:
    asked = standing.recommendation
    if standing.answered_text != asked.text:
        # Saving it would say that the answer is meant for words that this page does not show.
        raise Refused("The recommendation has changed since it was answered. Answer it again first.")
    return answer_recommendation(
        recommendation=asked,
        answer=standing.answer,
        reason=words["reason"],
        version=version,
        words_version=asked.version,
        by=by,
    )


def _save(action: Action, words: Words, version: int, by: Any) -> Any:
    return change_action(
        action=action,
        text=words["text"],
        owner=words["owner"],
        due_on=action.due_on,
        measure=words["measure"],
        recommendation=action.recommendation,
        version=version,
        by=by,
    )


def _save_progress(action: Action, words: Words, version: int, by: Any) -> Any:
    return update_progress(
        action=action,
        status=action.status,
        rag=action.rag if action.rag_is_set else "",
        progress=words["progress"],
        evidence=words["evidence"],
        version=version,
        by=by,
    )


register_shared_text(
    SharedText(
        code="answer",
        model=RecommendationAnswer,
        parts=(("reason", "Reason"),),
        permission="assessments.change_action_plan",
        about=lambda standing: standing.plan.case,
        rows=lambda: RecommendationAnswer.objects.select_related("plan__case", "recommendation__report"),
        title=lambda standing: f"the answer to recommendation {standing.recommendation.number}",
        address=_answer_address,
        save=_save_answer,
        written=lambda standing: (standing.answered_by_id, standing.answered_at),
    )
)
register_shared_text(
    SharedText(
        code="action",
        model=Action,
        parts=(("text", "What will be done"), ("owner", "Owner"), ("measure", "Measure")),
        permission="assessments.change_action_plan",
        about=lambda action: action.plan.case,
        rows=_rows,
        title=lambda action: "an action",
        address=lambda action: _address("action-edit", action),
        save=_save,
        written=lambda action: (None, None) if action.version else (action.added_by_id, action.added_at),
    )
)
register_shared_text(
    SharedText(
        code="progress",
        model=Action,
        parts=(("progress", "Progress"), ("evidence", "Evidence")),
        permission="assessments.update_action",
        about=lambda action: action.plan.case,
        rows=_rows,
        title=lambda action: "the progress of an action",
        address=lambda action: _address("action-progress", action),
        save=_save_progress,
    )
)
