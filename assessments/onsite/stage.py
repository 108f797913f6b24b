"""How onsite plugs in."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from assessments.onsite.models import DailyTalk, FindingKind, FindingState, TalkState
from assessments.onsite.queries import FindingInBrief, feedback_of, findings_in_brief
from assessments.onsite.services import open_onsite
from cpc.cases.models import Case
from cpc.cases.stages import Outstanding, Stage, StagePlugin, for_reader, register_stage


@for_reader
def outstanding(
    case: Case, *, talks: Iterable[DailyTalk] | None = None, findings: Iterable[FindingInBrief] | None = None
) -> list[Outstanding]:
    """A page that has read the talks and the findings of the case passes them on, so that they are not read twice."""

    def url(name: str) -> str:
        return reverse(f"onsite:{name}", kwargs={"reference": case.reference})

    today = timezone.localdate()
    if case.onsite_end_on is None or case.onsite_end_on > today:
        on = f", {case.onsite_end_on:%-d %B %Y}" if case.onsite_end_on else ""
        # The clocks run from the last onsite day: before it nothing after it can begin.
        return [Outstanding("over", f"End of the onsite days{on}", whose="Peer team", waivable=False)]
    found = []
    if talks is None:
        talks = DailyTalk.objects.filter(day__case=case).select_related("day")
    to_go = sum(talk.state == TalkState.PLANNED and talk.day.on <= today for talk in talks)
    if to_go:
        found.append(
            Outstanding(
                "talks",
                f"Record the daily talks of the leads ({to_go} to go)",
                url("detail"),
                whose="Peer team",
                read="assessments.view_findings",
                public="Record the daily talks of the leads",
                act="assessments.record_talk",
            )
        )
    if feedback_of(case) is None:
        record = "assessments.record_final_feedback"
        found.append(Outstanding("feedback", "Record the final feedback", url("feedback-edit"), act=record))

    def about_findings(code: str, text: str) -> Outstanding:
        """How many there are, and of what kind, is the team's and the LGA's to know."""
        return Outstanding(
            code,
            text,
            url("findings"),
            whose="Peer team",
            read="assessments.view_findings",
            public="The peer team settles its findings",
        )

    findings = findings_in_brief(case) if findings is None else list(findings)
    untested = sum(each.state in {FindingState.HYPOTHESIS, FindingState.DEVELOPING} for each in findings)
    if untested:
        found.append(about_findings("untested", f"Confirm or drop every finding ({untested} to go)"))
    confirmed = {each.kind for each in findings if each.state == FindingState.CONFIRMED}
    if FindingKind.STRENGTH not in confirmed:
        found.append(about_findings("strength", "Confirm at least one strength"))
    if FindingKind.RECOMMENDATION not in confirmed:
        found.append(about_findings("recommendation", "Confirm at least one finding towards a recommendation"))
    return found


register_stage(StagePlugin(stage=Stage.ONSITE, outstanding=outstanding, on_enter=open_onsite, row="final_feedback"))
