"""How team composition plugs in."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from cpc.cases.models import Case, CaseRole
from cpc.cases.queries import has_peers
from cpc.cases.stages import Outstanding, Stage, StagePlugin, for_reader, register_stage, row_of
from cpc.deadlines.events import register_event
from teams.composition.groups import groups_to_ask
from teams.composition.models import STANDING, CouncilComment, GroupConsultation, MemberState, Team, TeamMember
from teams.composition.queries import (
    awaits_decision,
    comments_of,
    confirmed_on,
    members_of_team,
    needs_of,
    newcomers,
    team_of,
    with_old_dates,
)
from teams.composition.services import open_team

LEADS = {CaseRole.LEAD_OFFICER_PEER: "lead officer peer", CaseRole.LEAD_MEMBER_PEER: "lead member peer"}


@for_reader
def outstanding(
    case: Case,
    *,
    team: Team | None = None,
    considered: Iterable[TeamMember] | None = None,
    comments: Iterable[CouncilComment] | None = None,
    consultations: Iterable[GroupConsultation] | None = None,
) -> list[Outstanding]:
    """R15, R17-R19, X2. Only a team of nobody cannot be waived: no later stage could work.

    A page that has read the team, everybody considered for it, the council's comments and whom the LGA asked passes
    them on, so that they are not read twice.
    """

    def url(name: str, **kwargs: int) -> str:
        return reverse(f"composition:{name}", kwargs={"reference": case.reference, **kwargs})

    def by_the_lga(code: str, text: str, url: str, **kwargs: Any) -> Outstanding:
        """Who is asked, and what the council said, stays with the LGA until the team page shows it (R14, R18)."""
        values = {"read": "teams.change_team", "public": "The LGA invites the peers", "act": "teams.change_team"}
        return Outstanding(code, text, url, **values | kwargs)

    team = team or team_of(case)
    members = [
        member for member in (members_of_team(team) if considered is None else considered) if member.state in STANDING
    ]
    found = []
    kind = row_of(case.kind)
    held = {member.role for member in members}
    for role in sorted(kind.lead_peers - held):
        found.append(by_the_lga(role, f"Find a {LEADS[CaseRole(role)]}", url("member-search") + f"?role={role}"))
    if not members and not kind.lead_peers:
        found.append(by_the_lga("nobody", "Find a peer", url("member-search")))
    for member in members:
        name = member.user.full_name
        if member.state == MemberState.PROPOSED:
            found.append(by_the_lga("proposed", f"Invite {name}", url("member-invite", pk=member.pk)))
        elif member.state == MemberState.INVITED:
            found.append(
                by_the_lga(
                    "unanswered",
                    f"Answer the invitation: {name}",
                    url("detail"),
                    whose="Peer team",
                    public="The peers who are asked answer",
                )
            )
    if any(member.state == MemberState.ACCEPTED for member in members):
        # Before anybody has accepted, the lines above say what to do.
        for need in needs_of(case, members):
            if need.code not in team.waived_needs:
                found.append(by_the_lga(need.code, need.text, url("detail")))
    for member in with_old_dates(case, members):
        found.append(
            by_the_lga(
                "dates",
                f"Say yes to the new dates: {member.user.full_name}",
                url("detail"),
                whose="Peer team",
                public="The peers say yes to the new dates",
            )
        )
    if team.shared_at is None:
        found.append(
            Outstanding(
                "council_view", "Ask the council for its view of the team", url("share"), act="teams.change_team"
            )
        )
    if any(awaits_decision(comment) for comment in (comments_of(team) if comments is None else comments)):
        found.append(
            by_the_lga(
                "objection",
                "Decide on the council's objection",
                url("detail"),
                read="teams.view_council_comments",
                act="teams.decide_comment",
            )
        )
    undecided = [member for member in members if member.has_undecided]  # type: ignore[attr-defined]
    for member in sorted(undecided, key=lambda each: (each.user.full_name, each.pk)):
        text, address = f"Decide on what {member.user.full_name} declared", url("member-declared", pk=member.pk)
        found.append(by_the_lga("conflict", text, address, act="teams.decide_conflict"))
    if kind.asks_groups and (missing := groups_to_ask(case, team, consultations)):
        found.append(by_the_lga("group_leaders", missing, url("consultation-add"), public="The LGA asks group leaders"))
    if kind.leaders_talk and team.talk_on is None:
        text = "Record that the leader has talked to the lead member peer"
        found.append(Outstanding("leader_talk", text, url("talk"), "Council", act="teams.tick_leader_talk"))
    confirms = "teams.confirm_team"
    if not has_peers(case):
        found.append(Outstanding("confirmed", "Confirm the team", url("confirm"), waivable=False, act=confirms))
    elif team.confirmed_at is None or newcomers(members):
        found.append(Outstanding("confirmed", "Confirm the team", url("confirm"), act=confirms))
    return found


register_event("team_confirmed", confirmed_on)
register_stage(StagePlugin(stage=Stage.TEAM_COMPOSITION, outstanding=outstanding, on_enter=open_team, row="team"))
