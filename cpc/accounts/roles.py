"""Roles say what somebody is; access to a case comes from a CaseMembership alone."""

from django.db import models


class Role(models.TextChoices):
    """What somebody is for the whole service; what they are on a case is a membership."""

    ADMINISTRATOR = "administrator", "Administrator"
    PROGRAMME_MANAGER = "programme_manager", "Programme manager"
    PRINCIPAL_ADVISER = "principal_adviser", "Principal adviser"
    PEER_CHALLENGE_MANAGER = "peer_challenge_manager", "Peer challenge manager"
    SUPPORT_OFFICER = "support_officer", "Programme support officer"
    COORDINATOR = "coordinator", "Council coordinator"
    LEADER = "leader", "Council leader"
    CHIEF_EXECUTIVE = "chief_executive", "Council chief executive"
    CONTRIBUTOR = "contributor", "Council contributor"
    PEER = "peer", "Peer"


LGA_STAFF = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.PROGRAMME_MANAGER,
        Role.PRINCIPAL_ADVISER,
        Role.PEER_CHALLENGE_MANAGER,
        Role.SUPPORT_OFFICER,
    }
)
COUNCIL_ROLES = frozenset({Role.COORDINATOR, Role.LEADER, Role.CHIEF_EXECUTIVE, Role.CONTRIBUTOR})
