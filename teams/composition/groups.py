"""R19: in no overall control the leader of every group is asked about the team. The groups are those of the register."""

from __future__ import annotations

from councils.controls import party_key
from councils.politics import any_in_no_overall_control, controls_of, groups_of
from cpc.cases.models import Case
from teams.composition.models import GroupConsultation, Team
from teams.composition.queries import hosts_of


def groups_of_hosts(case: Case) -> list[str]:
    """The groups with seats on the councils of the case, the largest first; none where the register has no seats."""
    return groups_of([host.pk for host in hosts_of(case)])


def groups_to_ask(case: Case, team: Team) -> str:
    """Whose leader has not been asked, as a sentence; empty where everybody was, or where one party has a majority."""
    hosts = [host.pk for host in hosts_of(case)]
    if not any_in_no_overall_control(controls_of(hosts)):
        return ""
    asked = (
        set(map(party_key, GroupConsultation.objects.filter(team=team).values_list("group", flat=True)))
        if team.pk
        else set()
    )
    groups = groups_of(hosts)
    if not groups:
        return "" if asked else "Ask the group leaders about the team: the council is in no overall control"
    missing = [group for group in groups if party_key(group) not in asked]
    return f"Ask the group leaders about the team: {', '.join(missing)}" if missing else ""
