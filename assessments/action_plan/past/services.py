"""Recommendations that this service did not see made, kept with what became of them (R11)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from assessments.action_plan.models import RAG_OF_STATUS, Action, ActionPlan, ActionStatus, Answer, RecommendationAnswer
from assessments.report.models import Level, Recommendation, Report, ReportState
from cpc.audit.services import record
from cpc.cases.models import Case, CaseOrigin, FocusArea
from cpc.casework.services import lock_case
from cpc.components.errors import Refused

# What an action says that stands for the whole of what became of a recommendation.
WHOLE = "What became of this recommendation"


def keep_recommendation(
    *,
    case: Case,
    number: int,
    text: str,
    level: str = Level.HIGH,
    focus_area: FocusArea | None = None,
    intended_outcome: str = "",
    answer: str = "",
    answer_reason: str = "",
    status: str = "",
    evidence: str = "",
    by: Any,
) -> Recommendation:
    """The rows of one recommendation. Who calls holds the case's lock, has checked what it tells, and records it."""
    state = ReportState.FINAL if case.origin == CaseOrigin.HISTORY else ReportState.DRAFTING
    report, _ = Report.objects.get_or_create(case=case, defaults={"state": state})
    row = Recommendation.objects.create(
        report=report,
        level=level,
        focus_area=focus_area,
        number=number,
        text=text,
        intended_outcome=intended_outcome,
        added_by=by,
    )
    if not (answer or status):
        return row
    plan, _ = ActionPlan.objects.get_or_create(case=case)
    if answer:
        RecommendationAnswer.objects.create(
            plan=plan, recommendation=row, answer=answer, reason=answer_reason, answered_text=text, answered_by=by
        )
    if status:
        rag = RAG_OF_STATUS[ActionStatus(status)]
        Action.objects.create(
            plan=plan, recommendation=row, text=WHOLE, status=status, rag=rag, evidence=evidence, added_by=by
        )
    return row


@transaction.atomic
def add_past_recommendation(
    *,
    case: Case,
    number: int,
    text: str,
    answer: str = "",
    answer_reason: str = "",
    status: str = "",
    evidence: str = "",
    by: Any,
) -> Recommendation:
    """One of a past challenge, by hand. The same again is the same; another under its number is refused."""
    case = lock_case(case)
    if case.origin != CaseOrigin.HISTORY:
        raise Refused("This challenge is run here: record its recommendations with its report.")
    text, answer_reason, evidence = text.strip(), answer_reason.strip(), evidence.strip()
    standing = Recommendation.objects.filter(report__case=case, number=number).first()
    if standing and standing.text == text:
        return standing
    if standing:
        raise Refused(f"Recommendation {number} of this challenge is known already", field="number")
    if answer not in {"", Answer.ACCEPTED} and not answer_reason:
        raise Refused("Enter why the council's answer differs", field="answer_reason")
    if status == ActionStatus.COMPLETE and not evidence:
        raise Refused("Enter what shows that it is complete", field="evidence")
    row = keep_recommendation(
        case=case,
        number=number,
        text=text,
        answer=answer,
        answer_reason=answer_reason,
        status=status,
        evidence=evidence,
        by=by,
    )
    record(verb="recommendation_added", by=by, case=case, data={"number": number}, audience="team")
    return row
