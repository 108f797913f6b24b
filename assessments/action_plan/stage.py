"""How the action plan plugs in."""

from django.urls import reverse

from assessments.action_plan.models import PlanState
from assessments.action_plan.queries import plan_of, published_on
from assessments.action_plan.services import open_action_plan, unready
from cpc.cases.models import Case
from cpc.cases.stages import Outstanding, Stage, StagePlugin, for_reader, register_stage
from cpc.deadlines.events import register_event


@for_reader
def outstanding(case: Case) -> list[Outstanding]:
    url = reverse("action_plan:detail", kwargs={"reference": case.reference})
    plan = plan_of(case)
    if plan is not None and plan.state == PlanState.PUBLISHED:
        return []
    found = [
        Outstanding(
            f"unready_{index}",
            text,
            url,
            whose="Council",
            read="assessments.view_action_plan",
            public="Write the action plan",
            act="assessments.change_action_plan",
        )
        for index, text in enumerate(unready(case), start=1)
    ]
    publish = reverse("action_plan:publish", kwargs={"reference": case.reference})
    text, act = "Record the publication of the action plan", "assessments.publish_action_plan"
    return [*found, Outstanding("published", text, publish, whose="Council", act=act)]


register_event("action_plan_public", published_on)
register_stage(
    StagePlugin(stage=Stage.ACTION_PLAN, outstanding=outstanding, on_enter=open_action_plan, row="action_plan")
)
