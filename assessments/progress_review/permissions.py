"""The council rates itself; the LGA and the peers say what they see; nobody writes the other's (X22)."""

from assessments.progress_review.models import ReviewState
from assessments.progress_review.queries import comes_back, review_of
from cpc.cases import access
from cpc.cases.stages import Stage
from cpc.documents.document_kinds import register_kind


def is_published(case) -> bool:
    review = review_of(case) if access.stage_has_opened(case, Stage.PROGRESS_REVIEW) else None
    return review is not None and review.state == ReviewState.PUBLISHED


def views_review(user, case) -> bool:
    if access.is_case_lga(user, case) or access.is_host(user, case) or access.is_team(user, case):
        return True
    return access.sees_overview(user, case) and is_published(case)


def reads_peers_view(user, case) -> bool:
    """What the peers see stays with them and the LGA until the report is public: a draft must not leak."""
    return (
        access.is_case_lga(user, case)
        or access.is_team(user, case)
        or (access.sees_overview(user, case) and is_published(case))
    )


def records_peers_view(user, case) -> bool:
    """The peers who come back to the council, and the LGA for peers who have no account here."""
    return access.manages_case(user, case) or (access.is_team(user, case) and comes_back(user, case))


def reads_report(user, version) -> bool:
    """The LGA and the team every version; others the one that was published."""
    case = version.document.case
    if access.is_case_lga(user, case) or access.is_team(user, case):
        return True
    review = review_of(case)
    return review is not None and review.published_version_id == version.pk and reads_peers_view(user, case)


RULES = {
    "assessments.view_progress_review": views_review,
    "assessments.plan_progress_review": access.manages_case,
    "assessments.record_council_rating": access.is_host,
    "assessments.record_peers_view": records_peers_view,
    "assessments.read_peers_view": reads_peers_view,
    "assessments.publish_progress_review": access.manages_case,
    "assessments.correct_progress_review": access.manages_case,
}

register_kind(
    code="progress_review_report",
    label="Progress review report",
    readers=reads_report,
    # A new version comes by the review's own page, which knows whether the review is published.
    writers=lambda user, document: False,
)
