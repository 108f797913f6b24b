"""What the action plan keeps of a peer challenge that is entered while it is under way."""

from __future__ import annotations

from typing import Any

from assessments.action_plan.models import ActionPlan, PlanState
from assessments.publication.services import check_day
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.under_way.parts import Fact, Facts, Part, register_part, said
from cpc.components.errors import Refused

FACTS = (
    Fact("plan_public", "Action plan published", kind="day", since=Stage.REPORT),
    Fact("plan_address", "Web address of the action plan", kind="address", longest=500, since=Stage.REPORT),
)


def make(case: Case, told: Facts, by: Any) -> None:
    public, address = told.get("plan_public"), told.get("plan_address", "")
    if bool(public) != bool(address):
        missing = "plan_address" if public else "plan_public"
        raise Refused("Enter when and where the action plan was published, or neither", field=missing)
    if not public:
        return
    plan = ActionPlan.objects.select_for_update().get(case=case)
    check_day(case, public, plan, field="plan_public")
    plan.state, plan.published_on, plan.published_address = PlanState.PUBLISHED, public, address
    plan.version += 1
    plan.save()
    record(verb="plan_published", by=by, case=case, data={"on": said(public), "address": address})


register_part(Part(Stage.ACTION_PLAN, FACTS, make, left_by=("plan_public",)))
