"""What scheduling keeps of a peer challenge that is entered while it is under way."""

from __future__ import annotations

from typing import Any

from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.under_way.parts import Fact, Facts, Part, at_noon, register_part, said
from cpc.components.errors import Refused
from cpc.scheduling.models import DateChange, Purpose, Requester, Scope
from cpc.scheduling.services import dates_agreed

FACTS = (
    Fact("purpose", "What the council wants from it", kind="choice", choices=tuple(Purpose.choices)),
    Fact("purpose_detail", "The purpose in words", kind="lines", longest=4000),
    Fact("requested_by", "Who asked for it", kind="choice", choices=tuple(Requester.choices)),
    Fact("meeting", "Set-up meeting", kind="day"),
    Fact("absence_reason", "Why the leader or the chief executive was not there", "Empty if both were.", kind="lines"),
    Fact("dates_agreed", "Onsite days agreed", kind="day"),
    Fact("off_cycle_reason", "Why it is held early, if it is", kind="lines"),
)


def make(case: Case, told: Facts, by: Any) -> None:
    scope = Scope.objects.select_for_update().get(case=case)
    purpose, detail = told.get("purpose", ""), told.get("purpose_detail", "").strip()
    if purpose == Purpose.OTHER and not detail:
        raise Refused("Enter what the council wants from its peer challenge", field="purpose_detail")
    scope.purpose, scope.purpose_detail = purpose, detail
    scope.requested_by = told.get("requested_by", "")
    reason = told.get("off_cycle_reason", "").strip()
    if reason:
        scope.off_cycle_reason = case.off_cycle_reason = reason
        case.save(update_fields=["off_cycle_reason"])
        record(verb="off_cycle_reason_given", by=by, case=case, data={"reason": reason})
    if told.get("meeting"):
        absent = told.get("absence_reason", "").strip()
        scope.meeting_on, scope.absence_reason = told["meeting"], absent
        # Where somebody was absent, the reason says who.
        scope.leader_attended = scope.chief_executive_attended = not absent
    scope.version += 1
    scope.save()
    record(verb="scope_recorded", by=by, case=case)
    if told.get("meeting"):
        record(verb="set_up_meeting_recorded", by=by, case=case, data={"on": said(told["meeting"])})
        if scope.absence_reason:
            data = {"on": said(told["meeting"]), "who": "the leader or the chief executive"}
            record(verb="set_up_absence_accepted", by=by, case=case, data=data | {"reason": scope.absence_reason})
    if case.onsite_start_on and case.onsite_end_on:
        _keep_dates(case, told, by)


def _keep_dates(case: Case, told: Facts, by: Any) -> None:
    first, last = told["onsite_first"], told["onsite_last"]
    DateChange.objects.create(
        case=case,
        start_on=first,
        end_on=last,
        agreed_at=at_noon(told.get("dates_agreed") or told.get("meeting") or told["started"]),
        agreed_by=by,
    )
    data = {"dates": f"{said(first)} to {said(last)}", "before": "", "reason": ""}
    record(verb="onsite_dates_agreed", by=by, case=case, data=data)
    dates_agreed.send(sender=Case, case=case, by=by)


register_part(Part(Stage.SCHEDULING, FACTS, make, left_by=("dates_agreed", "meeting")))
