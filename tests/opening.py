"""Who opens a page of the world in tests/factories/world.py, and the case as it stands when that page is worked on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.action_plan.models import ActionPlan, PlanState
from assessments.progress_review.models import ProgressReview, ReviewState
from assessments.report.models import Report, ReportState
from assessments.self_assessment.models import PositionStatement, StatementState
from assessments.self_assessment.services import ensure_sections
from cpc.audit.services import record
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import Stage
from teams.composition.models import Team
from tests.architecture.test_permission_matrix import COLUMNS, SIGNED_OUT, TABLE
from tests.filling import PostForm, day_parts

STAGE_OF = {
    "scheduling": Stage.SCHEDULING,
    "composition": Stage.TEAM_COMPOSITION,
    "self_assessment": Stage.SELF_ASSESSMENT,
    "onsite": Stage.ONSITE,
    "report": Stage.REPORT,
    "action_plan": Stage.ACTION_PLAN,
}
# Pages that need another state of their stage's record than the one in which it is written.
STATEMENT = {
    "self_assessment:recall": StatementState.SUBMITTED,
    "self_assessment:finalise": StatementState.SUBMITTED,
    "self_assessment:return": StatementState.SUBMITTED,
    "self_assessment:reopen": StatementState.FINAL,
    "self_assessment:pack-release": StatementState.FINAL,
}
REPORT = {
    "report:correction-add": ReportState.FACTUAL_CHECK,
    "report:correction-decide": ReportState.FACTUAL_CHECK,
    "report:reopen": ReportState.FINAL,
    "report:publish": ReportState.FINAL,
    "report:publication-correct": ReportState.PUBLISHED,
}


def who_opens(name: str) -> str:
    """The first person of the matrix who may open the page; somebody signed in, where nobody may."""
    row = next(line for line in TABLE.read_text().splitlines() if line.endswith(f"  {name}"))
    cells = row.split("  ")[1].split(" ")
    opening = [column for column, cell in zip(COLUMNS, cells, strict=True) if cell == "y"]
    return next((column for column in opening if column != SIGNED_OUT), COLUMNS[1])


def open_for_work(case: Case, name: str) -> None:
    """Bring the case where this page can be worked on, whatever was done to it before. Rows, not services: quick."""
    package = name.rpartition(":")[0]
    published: dict[str, Any] = {
        "published_on": timezone.localdate(),
        "published_address": "https://www.example.org/published",
    }
    Case.objects.filter(pk=case.pk).update(stage=STAGE_OF.get(package, Stage.PROGRESS_REVIEW), state="active")
    if package == "composition" and name != "composition:reopen":
        Team.objects.filter(case=case).update(confirmed_at=None, confirmed_by=None)
    statement = PositionStatement.objects.filter(case=case)
    statement.update(state=STATEMENT.get(name, StatementState.DRAFT))
    if name == "self_assessment:submit":
        ensure_sections(case).sections.update(successes="It went well.", challenges="It is not done.")
    if name == "self_assessment:pack-release":
        statement.update(pack_released_at=None, pack_released_by=None)
    drafting = package == "report"
    Report.objects.filter(case=case).update(
        state=REPORT.get(name, ReportState.DRAFTING if drafting else ReportState.PUBLISHED), **published
    )
    public = name in {"action_plan:publication-correct", "action_plan:reopen"} or package == "progress_review"
    ActionPlan.objects.filter(case=case).update(
        state=PlanState.PUBLISHED if public else PlanState.DRAFTING, **published
    )
    public = name in {"progress_review:publication-correct", "progress_review:reopen"}
    ProgressReview.objects.filter(case=case).update(
        state=ReviewState.PUBLISHED if public else ReviewState.PLANNED, **published
    )


def _record_move(case: Case) -> None:
    """The database lets no case change without an event."""
    moved = {"from_stage": "Onsite", "to_stage": "Scheduling", "reason": "For this test"}
    record(verb="case_sent_back", by=None, case=case, data=moved)


@transaction.atomic
def open_case(case: Case, name: str) -> None:
    """The same, to stay."""
    open_for_work(case, name)
    _record_move(case)


@transaction.atomic
def end_case(case: Case) -> None:
    """As a row, not by the service, so that the next page can open the case again."""
    Case.objects.filter(pk=case.pk).update(state=CaseState.CANCELLED, state_reason="It is not wanted")
    _record_move(case)


def answers(name: str, form: PostForm) -> dict[str, Any]:
    """What fill() cannot know: answers with which this page saves something."""
    last = {each.name: each.choices[-1] for each in form.fields.values() if each.choices}
    if name == "report:release":
        return {"recipients": last["recipients"]}
    if name == "action_plan:outcome-settle":
        return {"successor": last["successor"]}
    if name == "councils:code-change":
        return {"code": "E06999999"} | day_parts("changed_on", timezone.localdate() - timedelta(days=1))
    if name in {"councils:seats-add", "councils:seats-change"}:
        rows = {key: "" for key in form.fields if key.startswith(("party_", "number_"))}
        return rows | {"total": "50", "control": "", "party_1": "Labour", "number_1": "20"}
    if name == "composition:talk":
        return day_parts("on", timezone.localdate() - timedelta(days=1))
    if name == "progress_review:held":
        return day_parts("held_on", timezone.localdate())
    if name == "cases:deadline-revise":
        return day_parts("due_on", timezone.localdate() + timedelta(days=90))
    if name == "cycle:hand-over-several":
        # After the first day of whatever was handed over before.
        return day_parts("on", timezone.localdate() + timedelta(days=60))
    if name == "cycle:mentoring-add":
        return day_parts("ended_on", timezone.localdate() + timedelta(days=90))
    if name == "cases:cycle-start":
        return day_parts("on", timezone.localdate() - timedelta(days=400))
    return {
        "accounts:user-invite": {"role": "peer", "council": ""},
        "councils:import-add": {"source": "ons_neighbours"},
        "councils:tenure-add": {"post": "chief_executive"},
        "reorganisations:new-council-add": {"slug": ""},
        # Another group than those that the world has asked.
        "composition:consultation-add": {"group": last.get("group", "")},
        "peers:add": {"kind": "officer", "flags": [], "party": ""},
        "cases:start": {"joint_council": ""},
        "composition:member-add": {"role": "member_peer"},
        "reminders:rule-add": {"number": "40", "recipients": "owner"},
        "reminders:pause-add": {"council": last.get("council", ""), "email": ""},
    }.get(name, {})
