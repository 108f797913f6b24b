"""Changes at stage 6."""

from __future__ import annotations

from datetime import date
from typing import Any, Unpack

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from assessments.action_plan.models import (
    RAG_OF_STATUS,
    Action,
    ActionPlan,
    ActionStatus,
    Answer,
    PlanComment,
    PlanState,
    RecommendationAnswer,
)
from assessments.publication import services as publication
from assessments.publication.services import Corrected, Publication, Told
from assessments.report.models import Recommendation, Report, ReportState
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import POSITION, Stage
from cpc.casework.services import lock_case, lock_for_stage
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import check_version
from cpc.deadlines.services import settle_deadline
from cpc.drafts.shared.services import save_words


def open_action_plan(case: Case, by: User) -> None:
    """on_enter. The plan may have been begun beside the report; entering twice changes nothing."""
    ActionPlan.objects.get_or_create(case=case)


def _plan_for_update(case: Case) -> ActionPlan:
    """The plan's row, made on first use: the council may begin while the report is being published."""
    ActionPlan.objects.get_or_create(case=case)
    return ActionPlan.objects.select_for_update().get(case=case)


def _require_drafting(plan: ActionPlan) -> None:
    if plan.state != PlanState.DRAFTING:
        raise AlreadyMoved("The action plan is published. Reopen it to change what it says; progress can be updated.")


def _require_final_report(case: Case) -> None:
    if not Report.objects.filter(case=case, state__in=[ReportState.FINAL, ReportState.PUBLISHED]).exists():
        raise StageClosed("The recommendations can be answered once the report is final.")


def _needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(message, field=field)
    return text


@transaction.atomic
def answer_recommendation(
    *,
    recommendation: Recommendation,
    answer: str,
    reason: str,
    version: int,
    words_version: int | None = None,
    by: User,
) -> RecommendationAnswer:
    """Accept, partly, or not; the last two with a reason that is published (R82). `version` 0 for the first answer.

    `words_version` is the recommendation that was read: nobody answers words that they have not seen. An answer to
    earlier words is given again, the same or another, before the plan is published.
    """
    case = lock_for_stage(recommendation.report.case_id, Stage.ACTION_PLAN)
    _require_final_report(case)
    plan = _plan_for_update(case)
    _require_drafting(plan)
    if answer != Answer.ACCEPTED:
        reason = _needed(reason, "Enter why the council does not fully accept this recommendation", "reason")
    recommendation = Recommendation.objects.get(pk=recommendation.pk)
    check_version(
        recommendation, words_version, "The recommendation has changed since you opened this page. Read it again first."
    )
    values: dict[str, Any] = {"answer": answer, "reason": reason.strip(), "answered_text": recommendation.text}
    standing = RecommendationAnswer.objects.filter(recommendation=recommendation).first()
    again = False
    if standing is None:
        standing = RecommendationAnswer.objects.create(
            plan=plan, recommendation=recommendation, answered_by=by, version=1, **values
        )
    else:
        if all(getattr(standing, name) == value for name, value in values.items()):
            return standing
        again = standing.answered_text != recommendation.text
        stamps = {"answered_at": timezone.now(), "answered_by": by}
        if not save_words(standing, by=by, version=version, **values, stamps=stamps):
            return standing
    record(
        verb="recommendation_answered_again" if again else "recommendation_answered",
        by=by,
        case=case,
        data={"number": recommendation.number, "answer": Answer(answer).label.lower()},
        audience="council",
    )
    return standing


@transaction.atomic
def add_action(
    *,
    case: Case,
    text: str,
    owner: str,
    due_on: date | None,
    measure: str,
    by: User,
    recommendation: Recommendation | None = None,
) -> Action:
    """An action under a recommendation, or alone. The very same again is the same action (double post)."""
    case = lock_for_stage(case, Stage.ACTION_PLAN)
    _require_final_report(case)
    plan = _plan_for_update(case)
    _require_drafting(plan)
    if recommendation and recommendation.report.case_id != case.pk:
        raise Refused("Choose a recommendation of this peer challenge", field="recommendation")
    values = {
        "recommendation": recommendation,
        "text": text.strip(),
        "owner": owner.strip(),
        "due_on": due_on,
        "measure": measure.strip(),
    }
    same = plan.actions.filter(**values).first()
    if same:
        return same
    action = Action.objects.create(plan=plan, added_by=by, **values)
    record(verb="action_added", by=by, case=case, audience="council")
    return action


@transaction.atomic
def change_action(
    *,
    action: Action,
    text: str,
    owner: str,
    due_on: date | None,
    measure: str,
    recommendation: Recommendation | None,
    version: int,
    by: User,
) -> Action:
    case = lock_for_stage(action.plan.case_id, Stage.ACTION_PLAN)
    _require_drafting(_plan_for_update(case))
    if recommendation and recommendation.report.case_id != case.pk:
        raise Refused("Choose a recommendation of this peer challenge", field="recommendation")
    action = Action.objects.get(pk=action.pk)
    if not save_words(
        action,
        by=by,
        version=version,
        text=text.strip(),
        owner=owner.strip(),
        due_on=due_on,
        measure=measure.strip(),
        recommendation=recommendation,
    ):
        return action
    record(verb="action_changed", by=by, case=case, audience="council")
    return action


@transaction.atomic
def remove_action(*, action: Action, reason: str, by: User) -> None:
    case = lock_for_stage(action.plan.case_id, Stage.ACTION_PLAN)
    _require_drafting(_plan_for_update(case))
    found = Action.objects.filter(pk=action.pk).first()
    if found is None:
        raise AlreadyMoved("This action was already removed.")
    reason = _needed(reason, "Enter why the action is removed", "reason")
    record(verb="action_removed", by=by, case=case, data={"reason": reason, "text": found.text}, audience="council")
    found.delete()


@transaction.atomic
def update_progress(
    *, action: Action, status: str, rag: str, progress: str, evidence: str, version: int, by: User
) -> Action:
    """The council's own view of an action, until the case is over: a published plan is a living plan.

    An empty `rag` takes what the status says. Complete needs evidence (R71).
    """
    case = lock_case(action.plan.case_id)
    if case.state not in {CaseState.ACTIVE, CaseState.POSTPONED}:
        raise StageClosed(f"This peer challenge is {case.get_state_display().lower()}, so progress cannot be updated.")
    if POSITION[case.stage] < POSITION[Stage.REPORT]:
        raise StageClosed("Action plan has not opened yet.")
    if status == ActionStatus.COMPLETE and not evidence.strip():
        raise Refused("Enter what shows that the action is complete", field="evidence")
    if status == ActionStatus.PAUSED and not progress.strip():
        raise Refused("Enter why the action is paused", field="progress")
    action = Action.objects.get(pk=action.pk)
    if not save_words(
        action,
        by=by,
        version=version,
        status=status,
        rag=rag or RAG_OF_STATUS[ActionStatus(status)],
        rag_is_set=bool(rag),
        progress=progress.strip(),
        evidence=evidence.strip(),
    ):
        return action
    record(
        verb="action_progress_updated",
        by=by,
        case=case,
        data={"status": ActionStatus(status).label.lower()},
        audience="council",
    )
    return action


@transaction.atomic
def add_comment(*, case: Case, text: str, by: User) -> PlanComment:
    """R59: a word from the LGA on the plan; the same words again are the same comment."""
    case = lock_case(case)
    if case.is_over:
        raise StageClosed("This peer challenge is over, so nothing can be added.")
    plan = ActionPlan.objects.filter(case=case).first()
    if plan is None:
        raise StageClosed("The council has not begun its action plan.")
    same = plan.comments.filter(text=text.strip(), written_by=by).first()
    if same:
        return same
    comment = PlanComment.objects.create(plan=plan, text=text.strip(), written_by=by)
    record(verb="plan_comment_added", by=by, case=case, audience="council")
    return comment


def unready(case: Case) -> list[str]:
    """What keeps the plan from being published, in sentences."""
    found = []
    accepted = Q(answer__answer__in=[Answer.ACCEPTED, Answer.PARTLY])
    # Distinct, because a recommendation is joined with each of its actions.
    number = Recommendation.objects.filter(report__case=case).aggregate(
        unanswered=Count("pk", filter=Q(answer__isnull=True), distinct=True),
        reworded=Count("pk", filter=Q(answer__isnull=False) & ~Q(answer__answered_text=F("text")), distinct=True),
        without=Count("pk", filter=accepted & Q(actions__isnull=True), distinct=True),
    )
    if number["unanswered"]:
        found.append(f"Answer every recommendation ({number['unanswered']} to go)")
    if number["reworded"]:
        found.append(f"Confirm or change every answer that was given to earlier words ({number['reworded']} to go)")
    if number["without"]:
        found.append(f"Add an action to every recommendation that is accepted ({number['without']} without)")
    actions = [action for action in Action.objects.filter(plan__case=case) if not action.is_ready]
    if actions:
        found.append(f"Give every action an owner, a date and a measure ({len(actions)} to go)")
    return found


PLAN = Publication(
    name="action plan",
    published="plan_published",
    before_poll="plan_published_before_poll",
    corrected="plan_publication_corrected",
    deadline="action_plan_public",
    mail="action_plan_published",
    page="action-plan",
)


@transaction.atomic
def publish_plan(*, case: Case, by: User, **told: Unpack[Told]) -> ActionPlan:
    """Record the publication; refused while anything is unready (X23)."""
    case = lock_for_stage(case, Stage.ACTION_PLAN)
    _require_final_report(case)
    plan = _plan_for_update(case)
    _require_drafting(plan)
    missing = unready(case)
    if missing:
        raise Refused("The plan cannot be published yet. " + ". ".join(missing) + ".")
    return publication.publish(PLAN, plan, case=case, by=by, **told)


@transaction.atomic
def correct_publication(*, case: Case, by: User, **told: Unpack[Corrected]) -> ActionPlan:
    case = lock_case(case)
    return publication.correct(PLAN, _plan_for_update(case), case=case, by=by, **told)


@transaction.atomic
def reopen_plan(*, case: Case, reason: str, by: User) -> ActionPlan:
    """Back to being written, with a reason; the publication is taken back and kept in the events."""
    case = lock_for_stage(case, Stage.ACTION_PLAN)
    plan = _plan_for_update(case)
    if plan.state != PlanState.PUBLISHED:
        raise AlreadyMoved("The action plan is already being written.")
    reason = _needed(reason, "Enter why the plan is reopened", "reason")
    plan.state = PlanState.DRAFTING
    publication.take_back(plan)
    plan.version += 1
    plan.save()
    settle_deadline(case=case, kind="action_plan_public", by=by)
    record(verb="plan_reopened", by=by, case=case, data={"reason": reason})
    return plan
