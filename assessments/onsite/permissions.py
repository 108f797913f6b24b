"""The timetable is the council's too; the findings are the team's and the LGA's alone."""

from cpc.cases import access
from cpc.cases.models import CaseRole


def views_onsite(user, case) -> bool:
    return access.is_case_lga(user, case) or access.is_team(user, case) or access.is_host(user, case)


def reads_findings(user, case) -> bool:
    """The team, and those of the LGA who answer for the case; a support officer sees to the week, not to what is found."""
    return (
        access.manages_case(user, case)
        or access.is_team(user, case)
        or (user.is_lga_staff and CaseRole.PRINCIPAL_ADVISER in access.roles_on(user, case))
    )


def reads_restricted(user, case) -> bool:
    """R85: the two leads and the peer challenge manager."""
    return access.is_lead_peer(user, case) or CaseRole.PEER_CHALLENGE_MANAGER in access.roles_on(user, case)


def reads_finding(user, finding) -> bool:
    if not reads_findings(user, finding.case):
        return False
    return not finding.is_restricted or finding.logged_by_id == user.pk or reads_restricted(user, finding.case)


def changes_finding(user, finding) -> bool:
    """R35, R85: whoever logged it, the two leads and the peer challenge manager. Other peers log what they saw themselves:
    what one of them has seen is not settled, or kept from the team, by another."""
    if not reads_finding(user, finding):
        return False
    case = finding.case
    return finding.logged_by_id == user.pk or access.is_lead_peer(user, case) or access.manages_case(user, case)


def records_talks(user, case) -> bool:
    """The leads who talked, and the manager who asks."""
    return access.is_lead_peer(user, case) or access.manages_case(user, case)


def endorses(user, finding) -> bool:
    return access.is_lead_peer(user, finding.case) and reads_finding(user, finding)


def logs_findings(user, case) -> bool:
    """The team, and the manager, who does everything on the case but read private notes."""
    return access.is_team(user, case) or access.manages_case(user, case)


def changes_timetable(user, case) -> bool:
    """The council builds it and the LGA checks it; the team moves it as its lines of enquiry move (R34)."""
    return access.is_case_lga(user, case) or access.is_host(user, case) or access.is_team(user, case)


def sees_off_record(user, case) -> bool:
    """Who meets whom off the record: the team and the LGA; the council sees the kind and the time alone (R43)."""
    return access.is_case_lga(user, case) or access.is_team(user, case)


RULES = {
    "assessments.view_onsite": views_onsite,
    "assessments.view_findings": reads_findings,
    "assessments.log_finding": logs_findings,
    "assessments.view_finding": reads_finding,
    "assessments.change_finding": changes_finding,
    "assessments.endorse_finding": endorses,
    "assessments.change_timetable": changes_timetable,
    "assessments.record_talk": records_talks,
    "assessments.record_final_feedback": access.manages_case,
}
