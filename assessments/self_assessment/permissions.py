"""The council writes; the LGA reads when it is submitted; the peers read when the pack is released (R23, R30)."""

from assessments.self_assessment.models import SectionContributor, StatementState
from assessments.self_assessment.queries import statement_of
from cpc.cases import access
from cpc.cases.stages import Stage
from cpc.documents.document_kinds import register_kind


def pack_is_out(case) -> bool:
    statement = statement_of(case)
    return statement is not None and statement.pack_released_at is not None


def views_statement(user, case) -> bool:
    """Opens the page. What stands on it is decided by the rules below; an administrator reads no content."""
    return (
        access.is_host(user, case)
        or access.is_contributor(user, case)
        or access.is_case_lga(user, case)
        or access.is_team(user, case)
    )


def _is_handed_in(user, case, *states: str) -> bool:
    if not access.is_case_lga(user, case):
        return False
    statement = statement_of(case)
    return statement is not None and statement.state in states


def reads_all(user, case) -> bool:
    """Every section: the council from the first word; the LGA once it was submitted."""
    handed_in = (StatementState.SUBMITTED, StatementState.RETURNED, StatementState.FINAL)
    return access.is_host(user, case) or _is_handed_in(user, case, *handed_in)


def reads_writing(user, case) -> bool:
    """The words as they stand now. While a returned statement is written on, the LGA reads what was last submitted."""
    return access.is_host(user, case) or _is_handed_in(user, case, StatementState.SUBMITTED, StatementState.FINAL)


def reads_pack(user, case) -> bool:
    return (
        access.is_case_lga(user, case)
        or access.is_host(user, case)
        or (access.is_team(user, case) and pack_is_out(case))
    )


def reads_paper(user, version) -> bool:
    """The council and the LGA read every version of a paper of the pack; the peers the newest, which is what was sent."""
    case = version.document.case
    if access.is_case_lga(user, case) or access.is_host(user, case):
        return True
    return reads_pack(user, case) and version == version.document.latest


def writes_section(user, section) -> bool:
    """Host people write anywhere, a contributor only where they were asked to."""
    case = section.statement.case
    if access.is_host(user, case):
        return True
    return access.is_contributor(user, case) and SectionContributor.objects.filter(section=section, user=user).exists()


def changes_pack(user, case) -> bool:
    """The council and the LGA, until the stage is signed off."""
    adds = access.is_host(user, case) or access.is_case_lga(user, case)
    return adds and access.stage_is_writable(case, Stage.SELF_ASSESSMENT)


RULES = {
    "assessments.view_position_statement": views_statement,
    "assessments.read_position_statement": reads_all,
    "assessments.read_pack": reads_pack,
    "assessments.write_section": writes_section,
    "assessments.comment_section": lambda user, section: access.is_host(user, section.statement.case),
    "assessments.manage_contributors": access.is_host,
    "assessments.submit_position_statement": access.is_host,
    "assessments.export_position_statement": access.is_host,
    "assessments.return_position_statement": access.manages_case,
    "assessments.finalise_position_statement": access.manages_case,
    "assessments.add_pack_document": lambda user, case: access.is_host(user, case) or access.is_case_lga(user, case),
    "assessments.release_pack": access.manages_case,
}

register_kind(
    code="pack",
    label="Pack for the peer team",
    readers=reads_paper,
    writers=lambda user, document: changes_pack(user, document.case),
)
