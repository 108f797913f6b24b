"""How the report plugs in."""

from typing import Any

from django.urls import reverse

from assessments.report.models import ReportState
from assessments.report.queries import published_on, report_of
from assessments.report.services import open_report
from cpc.cases.models import Case
from cpc.cases.stages import Outstanding, Stage, StagePlugin, for_reader, register_stage
from cpc.deadlines.events import register_event

WRITES = "assessments.write_report"


@for_reader
def outstanding(case: Case) -> list[Outstanding]:
    def url(name: str) -> str:
        return reverse(f"report:{name}", kwargs={"reference": case.reference})

    report: Any = report_of(case)  # with what it counts
    if report is None:
        return [Outstanding("report", "The report has not been opened", waivable=False)]
    found = []
    drafting = report.state in {ReportState.DRAFTING, ReportState.FACTUAL_CHECK}
    if report.draft is None:
        found.append(Outstanding("draft", "Add the draft report", url("draft-add"), act=WRITES))
    elif drafting and report.checked_at is None:
        found.append(Outstanding("checked", "Sign the quality checklist", url("check"), act=WRITES))
    if not report.has_recommendations:
        # The action plan answers recommendations: without any it could not be written.
        found.append(
            Outstanding(
                "recommendations",
                "Record the recommendations",
                url("recommendation-add"),
                waivable=False,
                act=WRITES,
            )
        )
    if report.waiting_corrections:
        text = f"Answer the corrections of fact ({report.waiting_corrections} waiting)"
        found.append(
            Outstanding(
                "corrections",
                text,
                url("detail"),
                read="assessments.view_corrections",
                public="Answer the corrections of fact",
                act="assessments.decide_correction",
            )
        )
    if drafting:
        found.append(Outstanding("final", "Make the report final", url("finalise"), waivable=False, act=WRITES))
    if report.state != ReportState.PUBLISHED:
        text, publishes = "Record the publication of the report", "assessments.publish_report"
        found.append(Outstanding("published", text, url("publish"), whose="Council", act=publishes))
    return found


register_event("report_public", published_on)
register_stage(StagePlugin(stage=Stage.REPORT, outstanding=outstanding, on_enter=open_report))
