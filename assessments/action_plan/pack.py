"""What is told of an earlier challenge: to the team of the next one, and to whoever leads the council after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from assessments.action_plan.models import ActionStatus, PlanState
from assessments.action_plan.queries import plan_of, plan_rows
from assessments.report.models import ReportState
from assessments.report.queries import report_of
from assessments.self_assessment.pack import register_part
from cpc.cases.models import Case, CaseOrigin, CaseState, onsite_text_of
from cpc.cases.stages import kinds_of_the_cycle
from cpc.cycle.journey.timeline import interval


@dataclass(frozen=True)
class Outcome:
    """A recommendation of a published report with what became of it, as far as that is public."""

    number: int
    text: str
    area: str
    answer: str
    # The actions' statuses in words, without doubles; what was replaced is left out.
    statuses: tuple[str, ...]


def outcomes_of(case: Case) -> list[Outcome]:
    """Nothing before the report is published; no answer and no status before the action plan is. What is taken from
    published history was public before it was kept here."""
    report, plan = report_of(case), plan_of(case)
    is_history = case.origin == CaseOrigin.HISTORY
    if report is None or not (is_history or report.state == ReportState.PUBLISHED):
        return []
    is_public = plan is not None and (is_history or plan.state == PlanState.PUBLISHED)
    found = []
    for row in plan_rows(case)[0]:
        recommendation, answer = row["recommendation"], row["answer"]
        actions = [action for action in row["actions"] if action.status != ActionStatus.SUPERSEDED] if is_public else []
        found.append(
            Outcome(
                number=recommendation.number,
                text=recommendation.text,
                area=recommendation.focus_area.name if recommendation.focus_area else "",
                answer=answer.get_answer_display() if answer and is_public else "",
                statuses=tuple(dict.fromkeys(action.get_status_display() for action in actions)),
            )
        )
    return found


def followed_by(case: Case) -> list[str]:
    """R11: what is known of the reviews and visits after a past challenge, in words, the earliest first."""
    found = []
    for event in case.past_events.all():
        published = onsite_text_of(event.report_on, event.report_on, event.report_precision) if event.report_on else ""
        parts = [event.when_text, f"report published {published}" if published else ""]
        found.append(f"{event.get_kind_display()}: {', '.join(part for part in parts if part)}")
    return found


def earlier_case(case: Case) -> Case | None:
    """The last corporate challenge of a council of this case that was held before it."""
    hosts = [case.council_id, *(council.pk for council in case.joint_councils.all())]
    before = case.onsite_start_on or timezone.localdate()
    return (
        Case.objects.filter(
            Q(council__in=hosts) | Q(joint_councils__in=hosts), kind__in=kinds_of_the_cycle(), onsite_end_on__lt=before
        )
        .exclude(Q(state=CaseState.CANCELLED) | Q(pk=case.pk))
        .select_related("council")
        .order_by("-onsite_end_on", "-pk")
        .first()
    )


def earlier_challenge(case: Case, user: Any) -> dict[str, Any] | None:
    """R11, R12: what the one before recommended, what became of it, and how long ago it was."""
    earlier = earlier_case(case)
    if earlier is None or earlier.onsite_end_on is None:
        return None
    return {
        "template": "assessments/action_plan/pack_earlier.html",
        "earlier": earlier,
        "interval": interval(earlier.onsite_end_on, case.onsite_start_on or timezone.localdate()),
        "outcomes": outcomes_of(earlier),
        "followed_by": followed_by(earlier),
    }


register_part(earlier_challenge)
