"""R19: in no overall control the leader of every group is asked about the team. The groups are those of the register."""

from __future__ import annotations

from collections.abc import Iterable

from councils.control import party_key
from councils.politics import any_in_no_overall_control, groups_of
from cpc.cases.models import Case
from teams.composition.models import GroupConsultation, Team
from teams.composition.queries import politics_of_hosts


def groups_of_hosts(case: Case) -> list[str]:
    """The groups with seats on the councils of the case, the largest first; none where the register has no seats."""
    return groups_of(politics_of_hosts(case).values())


def groups_to_ask(case: Case, team: Team, consultations: Iterable[GroupConsultation] | None = None) -> str:
    """Whose leader has not been asked, as a sentence; empty where everybody was, or where one party has a majority."""
    hosts = politics_of_hosts(case).values()
    if not any_in_no_overall_control(hosts):
        return ""
    if consultations is None:
        consultations = GroupConsultation.objects.filter(team=team) if team.pk else []
    asked = {party_key(each.group) for each in consultations}
    groups = groups_of(hosts)
    if not groups:
        return "" if asked else "Ask the group leaders about the team: the council is in no overall control"
    missing = [group for group in groups if party_key(group) not in asked]
    return f"Ask the group leaders about the team: {', '.join(missing)}" if missing else ""
