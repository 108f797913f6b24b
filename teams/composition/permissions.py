"""Who may see the team, put it together, comment on it and answer for it."""

from cpc.accounts.roles import Role
from cpc.cases import access
from teams.composition.models import TALK_ROLES, MemberState


def sees_team(user, case) -> bool:
    """The LGA's people on the case, the host's leadership, and peers once they are on it. Administrators: no content."""
    return access.is_case_lga(user, case) or access.is_host(user, case) or access.is_team(user, case)


def may_tick_talk(user, case) -> bool:
    """R17: the coordinator, the leader or the peer challenge manager. Nobody else, however senior."""
    return bool(access.roles_on(user, case) & TALK_ROLES)


def may_waive(user, case) -> bool:
    return user.role == Role.PROGRAMME_MANAGER


def is_addressee(user, member) -> bool:
    return member.user_id == user.pk


RULES = {
    "teams.view_team": sees_team,
    "teams.change_team": access.is_case_lga,
    # Taking somebody off is possible for good, so that access can be ended on a closed case too.
    "teams.withdraw_member": access.is_case_lga,
    "teams.confirm_team": access.manages_case,
    "teams.waive_team_needs": may_waive,
    "teams.reopen_team": access.manages_case,
    "teams.comment_team": access.is_host,
    "teams.view_council_comments": lambda user, case: access.is_case_lga(user, case) or access.is_host(user, case),
    "teams.decide_comment": access.manages_case,
    "teams.decide_conflict": access.manages_case,
    "teams.tick_leader_talk": may_tick_talk,
    "teams.view_team_notes": access.is_case_lga,
    "teams.view_team_contacts": lambda user, case: access.is_case_lga(user, case) or access.is_team(user, case),
    "teams.answer_invitation": is_addressee,
    "teams.declare_conflicts": lambda user, member: is_addressee(user, member) and member.state == MemberState.ACCEPTED,
}
