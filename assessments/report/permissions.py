"""Who reads the draft, who corrects facts, who publishes."""

from django.utils import timezone

from assessments.report.models import DraftRelease, ReportState
from assessments.report.queries import report_of
from cpc.cases import access
from cpc.cases.stages import Stage
from cpc.documents.document_kinds import register_kind


def _state(case) -> str:
    report = report_of(case) if access.stage_has_opened(case, Stage.REPORT) else None
    return report.state if report else ""


def release_held(user, case) -> DraftRelease | None:
    """The release of a named recipient, neither withdrawn nor expired, who is still on the case."""
    if not access.is_host(user, case):
        return None
    releases = DraftRelease.objects.filter(report__case=case, recipient=user, withdrawn_at__isnull=True)
    return access.read_once(
        case, f"release to {user.pk}", lambda: next((release for release in releases if release.is_open()), None)
    )


def holds_release(user, case) -> bool:
    return release_held(user, case) is not None


def views_report(user, case) -> bool:
    """The LGA's people and the peer team from the start; the council sees where it stands; after publication everybody on the case."""
    if access.is_case_lga(user, case) or access.is_team(user, case) or access.is_host(user, case):
        return True
    return access.sees_overview(user, case) and _state(case) == ReportState.PUBLISHED


def reads_draft(user, case) -> bool:
    """The words of the draft: the LGA, the team, and named recipients; everybody on the case once it is public.

    R22: a new version of a draft that is out waits for its checklist before the recipients read it.
    """
    if access.is_case_lga(user, case) or access.is_team(user, case):
        return True
    release = release_held(user, case)
    if release is not None:
        report = report_of(case)
        # What stands on the page beside the file belongs to the newest draft.
        if (
            report is not None
            and report.checked_version_id
            and report.checked_version_id == release.document_version_id
        ):
            return True
    state = _state(case)
    if state == ReportState.FINAL:
        return access.is_host(user, case)
    return state == ReportState.PUBLISHED and access.sees_overview(user, case)


def reads_version(user, version) -> bool:
    """The LGA and the team every version. A recipient the version that was released to them; once the report is final the
    council, and once it is public everybody on the case, the version that was checked last."""
    case = version.document.case
    if access.is_case_lga(user, case) or access.is_team(user, case):
        return True
    state = _state(case)
    if state in {ReportState.DRAFTING, ReportState.FACTUAL_CHECK}:
        release = release_held(user, case)
        return release is not None and release.document_version_id == version.pk
    report = report_of(case)
    return report is not None and report.checked_version_id == version.pk and reads_draft(user, case)


def mark_of(user, version) -> str:
    """The copy of a recipient says whose it is, since when, and by which release."""
    case = version.document.case
    if access.is_case_lga(user, case) or access.is_team(user, case):
        return ""
    if _state(case) not in {ReportState.DRAFTING, ReportState.FACTUAL_CHECK}:
        return ""
    release = release_held(user, case)
    if release is None:
        return ""
    today = timezone.localdate()
    return f"Draft for {user.full_name} ({user.email}) only. Release {release.pk}, downloaded on {today:%-d %B %Y}."


def proposes_corrections(user, case) -> bool:
    return holds_release(user, case)


RULES = {
    "assessments.view_report": views_report,
    "assessments.read_draft_report": reads_draft,
    "assessments.write_report": access.manages_case,
    "assessments.release_report": access.manages_case,
    "assessments.propose_correction": proposes_corrections,
    "assessments.decide_correction": access.manages_case,
    "assessments.view_corrections": lambda user, case: access.is_case_lga(user, case) or access.is_host(user, case),
    # The council publishes, so it can say so; the manager too, for a council that does not.
    "assessments.publish_report": lambda user, case: access.is_host(user, case) or access.manages_case(user, case),
    "assessments.correct_report": access.manages_case,
}

register_kind(
    code="report_draft",
    label="Draft report",
    readers=reads_version,
    # A new draft comes by the report's own page: it has to be checked again, and a final report is not replaced.
    writers=lambda user, document: False,
    mark=mark_of,
)
