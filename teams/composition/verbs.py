"""The sentences of the team's events."""

from cpc.audit.presenters import register_verbs
from cpc.audit.waivers import register_waivers

register_verbs(
    {
        "peer_proposed": "proposed {name} as {role}",
        "peer_place_changed": "changed the place of {name} on the team: {role}",
        "peer_invited": "invited {name} as {role}",
        "peer_reminded": "asked {name} again for an answer",
        "peer_accepted": "accepted the place as {role}",
        "peer_declined": "said no to the place as {role}: {reason}",
        "peer_withdrawn": "took {name} ({role}) off the team: {reason}",
        "peer_conflicts_declared": "declared, about this council: {kinds}",
        "conflict_waived": "let {name} be on the team, who declared: {kinds}. Reason: {reason}",
        "conflict_blocked": "decided that {name} cannot be on the team, who declared: {kinds}. Reason: {reason}",
        "peer_dates_agreed": "said yes to the new onsite dates {dates}",
        "peers_asked_about_dates": "asked {names} about the new onsite dates",
        "team_shared": "showed the proposed team to the council and asked for its view",
        "council_commented": "commented on the team: {reason}",
        "council_objected": "objected to the team: {reason}",
        "objection_decided": "decided on the council’s view of the team: {decision}. {reason}",
        "leader_talk_recorded": "recorded that the leader talked to the lead member peer on {on}",
        "leader_talk_cleared": "took back the talk between the leader and the lead member peer, because the peer changed",
        "group_leader_consulted": "recorded the view of {name}, {group} group leader",
        "team_confirmed": "confirmed the team: {names}",
        "team_needs_waived": "waived what the team lacks ({needs}): {reason}",
        "team_reopened": "reopened the team: {reason}",
    }
)

register_waivers(
    {
        "team_needs_waived": ("teams.Team.waived_needs", "teams.Team.waiver_reason"),
        "conflict_waived": ("teams.ConflictDeclaration.decision_reason",),
    }
)
