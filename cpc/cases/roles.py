"""What somebody is in one case, and which accounts may be that."""

from django.db import models

from cpc.accounts.roles import COUNCIL_ROLES, Role


class CaseRole(models.TextChoices):
    """What somebody is in one case. Peer titles exactly as printed in reports."""

    PEER_CHALLENGE_MANAGER = "peer_challenge_manager", "LGA Peer Challenge Manager"
    SUPPORT_OFFICER = "support_officer", "LGA Programme Support Officer"
    PRINCIPAL_ADVISER = "principal_adviser", "LGA Principal Adviser"
    COORDINATOR = "coordinator", "Council coordinator"
    LEADER = "leader", "Leader of the council"
    CHIEF_EXECUTIVE = "chief_executive", "Chief executive"
    CONTRIBUTOR = "contributor", "Contributor"
    LEAD_MEMBER_PEER = "lead_member_peer", "Lead Member Peer"
    LEAD_OFFICER_PEER = "lead_officer_peer", "Lead Officer Peer"
    MEMBER_PEER = "member_peer", "Member Peer"
    SENIOR_OFFICER_PEER = "senior_officer_peer", "Senior Officer Peer"
    ASSOCIATE_PEER = "associate_peer", "LGA Associate Peer"
    SHADOW_PEER = "shadow_peer", "Shadow peer"


LGA_CASE_ROLES = frozenset({CaseRole.PEER_CHALLENGE_MANAGER, CaseRole.SUPPORT_OFFICER, CaseRole.PRINCIPAL_ADVISER})
HOST_CASE_ROLES = frozenset({CaseRole.COORDINATOR, CaseRole.LEADER, CaseRole.CHIEF_EXECUTIVE})
COUNCIL_CASE_ROLES = HOST_CASE_ROLES | {CaseRole.CONTRIBUTOR}
LEAD_PEER_ROLES = frozenset({CaseRole.LEAD_MEMBER_PEER, CaseRole.LEAD_OFFICER_PEER})
PEER_CASE_ROLES = LEAD_PEER_ROLES | {
    CaseRole.MEMBER_PEER,
    CaseRole.SENIOR_OFFICER_PEER,
    CaseRole.ASSOCIATE_PEER,
    CaseRole.SHADOW_PEER,
}
# Held by one person of a case at a time.
SINGLE_CASE_ROLES = LEAD_PEER_ROLES | {CaseRole.PEER_CHALLENGE_MANAGER}

# Which accounts may hold a role of the council's side: the leader is somebody whose account is a leader's. A coordinator
# may be any of the three; whoever only contributes to a draft is none of them.
ACCOUNTS_FOR: dict[CaseRole, frozenset[Role]] = {
    CaseRole.LEADER: frozenset({Role.LEADER}),
    CaseRole.CHIEF_EXECUTIVE: frozenset({Role.CHIEF_EXECUTIVE}),
    CaseRole.COORDINATOR: frozenset({Role.COORDINATOR, Role.LEADER, Role.CHIEF_EXECUTIVE}),
    CaseRole.CONTRIBUTOR: COUNCIL_ROLES,
}
# Roles that somebody must be found for when whoever held them is no longer on the case.
NEED_A_SUCCESSOR = HOST_CASE_ROLES | PEER_CASE_ROLES - {CaseRole.SHADOW_PEER} | {CaseRole.PEER_CHALLENGE_MANAGER}


def successor_kind(role: str) -> str:
    """The kind of the deadline that asks for somebody in this role."""
    return f"successor-{role.replace('_', '-')}"
