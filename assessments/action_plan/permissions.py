"""Only the council edits its plan; the LGA may comment (R59)."""

from assessments.action_plan.models import PlanState
from assessments.action_plan.outcomes.queries import advises_host
from assessments.action_plan.queries import plan_of
from assessments.report.models import ReportState
from assessments.report.queries import report_of
from cpc.cases import access
from cpc.cases.stages import Stage


def views_plan(user, case) -> bool:
    """The council and the LGA's people; the peer team and others on the case once it is public."""
    if access.is_host(user, case) or access.is_case_lga(user, case):
        return True
    if not access.sees_overview(user, case) or not access.stage_has_opened(case, Stage.ACTION_PLAN):
        return False
    plan = plan_of(case)
    return plan is not None and plan.state == PlanState.PUBLISHED


def views_starting_pack(user, case) -> bool:
    """R9: whoever leads the council now, whenever they came, and the LGA's people of the case."""
    return access.is_host(user, case) or access.is_case_lga(user, case)


def views_outcomes(user, case) -> bool:
    """Whoever reads the recommendations today; and the council's principal adviser, who need not belong to the case,
    once the report is public and there is nothing left to keep."""
    if views_plan(user, case):
        return True
    report = report_of(case)
    return report is not None and report.state == ReportState.PUBLISHED and advises_host(user, case)


def settles_recommendations(user, case) -> bool:
    """The LGA's side: the peer challenge manager, a programme manager, the council's principal adviser.

    Not the council that ends. It owns its plan and says there, action by action, what is done (R59); what it hands on
    binds another council, and a recommendation that is closed stays closed after it, so it does not decide that alone.
    """
    return access.manages_case(user, case) or (advises_host(user, case) and views_outcomes(user, case))


RULES = {
    "assessments.view_recommendation_outcomes": views_outcomes,
    "assessments.settle_recommendation": settles_recommendations,
    "assessments.view_starting_pack": views_starting_pack,
    "assessments.view_action_plan": views_plan,
    "assessments.change_action_plan": access.is_host,
    "assessments.update_action": access.is_host,
    # What the LGA says to the council stays between them, also when the plan is public.
    "assessments.read_plan_comments": views_starting_pack,
    "assessments.comment_on_plan": access.is_case_lga,
    "assessments.publish_action_plan": access.is_host,
    "assessments.correct_action_plan": access.is_host,
}
