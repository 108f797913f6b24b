"""What the report keeps of a peer challenge that is entered while it is under way."""

from __future__ import annotations

from typing import Any

from assessments.publication.services import check_day
from assessments.report.models import Level, Recommendation, Report, ReportState
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.cases.stages import Stage
from cpc.casework.under_way.parts import Fact, Facts, Part, at_noon, register_part, said
from cpc.components.errors import Refused

FACTS = (
    Fact("report_final", "Feedback report final", kind="day", since=Stage.REPORT),
    Fact("report_public", "Feedback report published", kind="day", since=Stage.REPORT),
    Fact("report_address", "Web address of the feedback report", kind="address", longest=500, since=Stage.REPORT),
    Fact(
        "recommendations",
        "Recommendations",
        "One per line, in order. With their answers and their status they can be imported from a file.",
        kind="lines",
        longest=40_000,
        since=Stage.REPORT,
    ),
)


def make(case: Case, told: Facts, by: Any) -> None:
    report = Report.objects.select_for_update(of=("self",)).get(case=case)
    texts = [line.strip() for line in told.get("recommendations", "").splitlines() if line.strip()]
    for number, text in enumerate(texts, start=1):
        if len(text) > 2000:
            raise Refused(f"Recommendation {number} is longer than 2000 characters", field="recommendations")
        Recommendation.objects.create(report=report, level=Level.HIGH, number=number, text=text, added_by=by)
        record(verb="recommendation_added", by=by, case=case, data={"number": number}, audience="team")
    final, public, address = told.get("report_final"), told.get("report_public"), told.get("report_address", "")
    if bool(public) != bool(address):
        missing = "report_address" if public else "report_public"
        raise Refused("Enter when and where the feedback report was published, or neither", field=missing)
    day = final or public
    if day:
        report.state = ReportState.FINAL
        report.finalised_at, report.finalised_by = at_noon(day), by
        record(verb="report_finalised", by=by, case=case)
    if public:
        check_day(case, public, report, field="report_public")
        report.state = ReportState.PUBLISHED
        report.published_on, report.published_address = public, address
        record(verb="report_published", by=by, case=case, data={"on": said(public), "address": address})
    report.version += 1
    report.save()


register_part(Part(Stage.REPORT, FACTS, make, left_by=("report_public", "report_final")))
