"""Only the council edits its plan; the LGA may comment (R59)."""

from assessments.action_plan.models import PlanState
from assessments.action_plan.queries import plan_of
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


RULES = {
    "assessments.view_starting_pack": views_starting_pack,
    "assessments.view_action_plan": views_plan,
    "assessments.change_action_plan": access.is_host,
    "assessments.update_action": access.is_host,
    "assessments.comment_on_plan": access.is_case_lga,
    "assessments.publish_action_plan": access.is_host,
    "assessments.correct_action_plan": access.is_host,
}
