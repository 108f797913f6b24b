"""How scheduling plugs in."""

from django.urls import reverse

from cpc.cases.models import Case
from cpc.cases.stages import Outstanding, Stage, StagePlugin, for_reader, register_stage
from cpc.scheduling.queries import manager_of, scope_of
from cpc.scheduling.services import open_scheduling


@for_reader
def outstanding(case: Case) -> list[Outstanding]:
    """R10, R13, X3, R22, and the dates. Without dates or a manager no later stage can work: not waivable."""

    def url(name: str) -> str:
        return reverse(f"scheduling:{name}", kwargs={"reference": case.reference})

    scope = scope_of(case)
    found = []
    if not scope.purpose:
        found.append(
            Outstanding(
                "purpose",
                "Record what the council wants from its peer challenge",
                url("purpose-edit"),
                act="cpc.change_scope",
            )
        )
    if not scope.requested_by:
        found.append(
            Outstanding("requested_by", "Record who asked for it", url("purpose-edit"), act="cpc.change_scope")
        )
    if scope.meeting_on is None:
        found.append(
            Outstanding("set_up_meeting", "Record the set-up meeting", url("meeting-edit"), act="cpc.change_scope")
        )
    if manager_of(case) is None:
        found.append(
            Outstanding(
                "manager",
                "Name the peer challenge manager",
                url("manager-edit"),
                waivable=False,
                act="cpc.name_manager",
            )
        )
    if case.onsite_start_on is None:
        found.append(
            Outstanding("dates", "Agree the onsite dates", url("dates-edit"), waivable=False, act="cpc.agree_dates")
        )
    return found


register_stage(StagePlugin(stage=Stage.SCHEDULING, outstanding=outstanding, on_enter=open_scheduling, row="scope"))
