"""Deciding what becomes of the recommendations of a council that ends, one by one (R96).

Not bound to a stage: a council may end while its case is at any stage after the report is final, and long after the case
was closed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.action_plan.models import OutcomeKind, RecommendationOutcome
from assessments.action_plan.outcomes.queries import READY, ending_hosts, heirs_of
from assessments.report.models import Recommendation, Report
from councils.models import Council
from councils.services import hold_successions
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case
from cpc.casework.services import lock_case
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import check_version, save_versioned

NOTE_NEEDED = {
    OutcomeKind.CLOSED: "Enter why the recommendation is closed",
    OutcomeKind.COMPLETED: "Enter what shows that the recommendation is completed",
}


def why_not_settled(case: Case) -> str:
    """Why nothing can be decided about the recommendations of this case now; empty when it can."""
    if not Report.objects.filter(case=case, state__in=READY).exists():
        return "You can decide this once the report is final."
    if not ending_hosts(case):
        return f"{case.title} has no last day in the register, so its recommendations stay with it."
    return ""


def _words(kind: str, successor: Council | None) -> str:
    words = OutcomeKind(kind).label.lower()
    return f"carried to {successor.name}" if successor else words


def _check(case: Case, kind: OutcomeKind, successor: Council | None, note: str, decided_on: date) -> None:
    if kind == OutcomeKind.CARRIED:
        heirs = heirs_of(ending_hosts(case))
        if successor is None:
            none = "No successor council is recorded. Record one on the successor's page, or close the recommendation."
            raise Refused("Choose the council that takes it on" if heirs else none, field="successor")
        if successor.pk not in {council.pk for council in heirs}:
            raise Refused(f"{successor.name} does not follow {case.title} in the register", field="successor")
    elif successor is not None:
        raise Refused("Choose a council only for a recommendation that is carried", field="successor")
    if kind in NOTE_NEEDED and not note:
        raise Refused(NOTE_NEEDED[kind], field="note")
    if decided_on > timezone.localdate():
        raise Refused("Day of the decision must be today or in the past", field="decided_on")


@transaction.atomic
def settle_recommendation(
    *,
    recommendation: Recommendation,
    kind: str,
    successor: Council | None,
    note: str,
    decided_on: date,
    version: int,
    words_version: int | None = None,
    by: User,
) -> RecommendationOutcome:
    """Carry it to a successor, close it or call it completed; or change what was decided. `version` 0 for the first.

    The same again is the same decision (a second click). `words_version` is the recommendation that was read.
    """
    case = lock_case(recommendation.report.case_id)
    if kind == OutcomeKind.CARRIED:
        hold_successions()
    refused = why_not_settled(case)
    if refused:
        raise StageClosed(refused)
    if kind not in {OutcomeKind.CARRIED, OutcomeKind.CLOSED, OutcomeKind.COMPLETED}:
        raise Refused("Choose what becomes of the recommendation", field="kind")
    note = note.strip()
    _check(case, OutcomeKind(kind), successor, note, decided_on)
    recommendation = Recommendation.objects.get(pk=recommendation.pk)
    check_version(
        recommendation, words_version, "The recommendation has changed since you opened this page. Read it again first."
    )
    values: dict[str, Any] = {
        "kind": kind,
        "successor": successor,
        "note": note,
        "decided_on": decided_on,
        "decided_text": recommendation.text,
    }
    standing = RecommendationOutcome.objects.select_related("successor").filter(recommendation=recommendation).first()
    if standing is None:
        standing = RecommendationOutcome.objects.create(
            recommendation=recommendation, decided_by=by, version=1, **values
        )
        before = ""
    elif all(getattr(standing, name) == value for name, value in values.items()):
        return standing
    else:
        before = "" if standing.kind == OutcomeKind.OPEN else _words(standing.kind, standing.successor)
        if not save_versioned(
            standing, version=version, **values, stamps={"decided_at": timezone.now(), "decided_by": by}
        ):
            return standing
    record(
        verb="recommendation_outcome_changed" if before else "recommendation_settled",
        by=by,
        case=case,
        data={
            "number": recommendation.number,
            "outcome": _words(kind, successor),
            "before": before,
            "note": note,
            "on": f"{decided_on:%-d %B %Y}",
        },
        audience="council",
    )
    return standing


@transaction.atomic
def reopen_recommendation(*, recommendation: Recommendation, reason: str, version: int, by: User) -> None:
    """Take a decision back, with the reason; possible when the council does not end after all, too."""
    case = lock_case(recommendation.report.case_id)
    standing = RecommendationOutcome.objects.select_related("successor").filter(recommendation=recommendation).first()
    if standing is None or standing.kind == OutcomeKind.OPEN:
        raise AlreadyMoved("This recommendation is open already. Nothing was changed.")
    reason = reason.strip()
    if not reason:
        raise Refused("Enter why the recommendation is opened again", field="reason")
    before, note = _words(standing.kind, standing.successor), standing.note
    if not save_versioned(
        standing,
        version=version,
        kind=OutcomeKind.OPEN.value,
        successor=None,
        note=reason,
        decided_on=timezone.localdate(),
        stamps={"decided_at": timezone.now(), "decided_by": by},
        message="Someone else changed what becomes of this recommendation while you had the page open.",
    ):
        return
    record(
        verb="recommendation_opened_again",
        by=by,
        case=case,
        data={"number": recommendation.number, "reason": reason, "before": before, "note": note},
        audience="council",
    )
