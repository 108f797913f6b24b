"""How the position statement plugs in."""

from django.urls import reverse

from assessments.self_assessment.models import StatementState
from assessments.self_assessment.queries import pack_released_on, statement_of, submitted_on
from assessments.self_assessment.services import incomplete_sections, open_statement
from cpc.cases.models import Case
from cpc.cases.stages import Outstanding, Stage, StagePlugin, for_reader, register_stage
from cpc.deadlines.events import register_event

WRITE = "Write the position statement"
READ = "Read the position statement: accept it or return it"
SUBMITS = "assessments.submit_position_statement"


@for_reader
def outstanding(case: Case) -> list[Outstanding]:
    def page(name: str) -> str:
        return reverse(f"self_assessment:{name}", kwargs={"reference": case.reference})

    url = page("detail")
    statement = statement_of(case)
    if statement is None:
        return [Outstanding("statement", WRITE, url, whose="Council", act=SUBMITS)]
    found = []
    if statement.state in {StatementState.DRAFT, StatementState.RETURNED}:
        empty = len(incomplete_sections(case))
        if empty:
            found.append(
                Outstanding(
                    "sections",
                    f"Write successes and challenges in every section ({empty} to go)",
                    url,
                    whose="Council",
                    read="assessments.read_position_statement",
                    public=WRITE,
                    act=SUBMITS,
                )
            )
        submit = url if empty else page("submit")
        found.append(Outstanding("submitted", "Submit the position statement", submit, whose="Council", act=SUBMITS))
    elif statement.state == StatementState.SUBMITTED:
        found.append(Outstanding("final", READ, url, act="assessments.finalise_position_statement"))
    if statement.pack_released_at is None:
        release = "assessments.release_pack"
        found.append(Outstanding("pack", "Release the pack to the peer team", page("pack-release"), act=release))
    return found


register_event("statement_submitted", submitted_on)
register_event("pack_released", pack_released_on)
register_stage(
    StagePlugin(stage=Stage.SELF_ASSESSMENT, outstanding=outstanding, on_enter=open_statement, row="position_statement")
)
