"""What the position statement keeps of a peer challenge that is entered while it is under way: its days, not its words."""

from __future__ import annotations

from typing import Any

from assessments.self_assessment.models import PositionStatement, StatementState
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.under_way.parts import Fact, Facts, Part, at_noon, register_part, tells

FACTS = (
    Fact("statement_submitted", "Position statement submitted", kind="day"),
    Fact("statement_final", "Position statement accepted as final", kind="day"),
    Fact("pack_released", "Pack released to the peer team", kind="day"),
)


def make(case: Case, told: Facts, by: Any) -> None:
    if not tells(told, *(fact.name for fact in FACTS)):
        return
    statement = PositionStatement.objects.select_for_update().get(case=case)
    submitted, final, released = (told.get(fact.name) for fact in FACTS)
    if final or released:
        statement.state = StatementState.FINAL
    elif submitted:
        statement.state = StatementState.SUBMITTED
    if submitted:
        statement.submitted_at, statement.submitted_by = at_noon(submitted), by
        record(verb="position_statement_submitted", by=by, case=case, data={"number": 1})
    if final:
        statement.finalised_at, statement.finalised_by = at_noon(final), by
        record(verb="position_statement_finalised", by=by, case=case)
    if released:
        statement.pack_released_at, statement.pack_released_by = at_noon(released), by
        record(verb="pack_released", by=by, case=case, data={"reason": ""})
    statement.version += 1
    statement.save()


CLOCKS = {"statement_submitted": "statement_submitted", "pack_released": "pack_released"}
LEFT_BY = ("pack_released", "statement_final", "statement_submitted")
register_part(Part(Stage.SELF_ASSESSMENT, FACTS, make, clocks=CLOCKS, left_by=LEFT_BY))
