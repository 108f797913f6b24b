"""What the onsite days keep of a peer challenge that is entered while it is under way."""

from __future__ import annotations

from typing import Any

from assessments.onsite.models import FinalFeedback
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.under_way.parts import Fact, Facts, Part, register_part, said
from cpc.components.errors import Refused

YES, NO = "yes", "no"
FACTS = (
    Fact("feedback", "Final feedback given", kind="day", since=Stage.ONSITE),
    Fact(
        "heard_first",
        "Leader and chief executive briefed first",
        kind="choice",
        choices=((YES, "Yes"), (NO, "No")),
        since=Stage.ONSITE,
    ),
)


def make(case: Case, told: Facts, by: Any) -> None:
    on, first = told.get("feedback"), told.get("heard_first")
    if bool(on) != bool(first):
        raise Refused(
            "Enter when the final feedback was given and who was briefed first, or neither",
            field="heard_first" if on else "feedback",
        )
    if not on:
        return
    if case.onsite_start_on and on < case.onsite_start_on:
        raise Refused("The final feedback must be on or after the first onsite day", field="feedback")
    FinalFeedback.objects.create(
        case=case,
        held_on=on,
        leader_heard_first=first == YES,
        chief_executive_heard_first=first == YES,
        recorded_by=by,
        version=1,
    )
    record(verb="final_feedback_recorded", by=by, case=case, data={"on": said(on)})


# The team leaves the council on the last onsite day.
register_part(Part(Stage.ONSITE, FACTS, make, left_by=("onsite_last",)))
