"""How team composition plugs in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Lines:
    """What a team may still need, a method for each kind of line."""

    case: Case

    def url(self, name: str, **kwargs: int) -> str:
        return reverse(f"composition:{name}", kwargs={"reference": self.case.reference, **kwargs})

    def by_the_lga(self, code: str, text: str, url: str, **kwargs: Any) -> Outstanding:
        """Who is asked, and what the council said, stays with the LGA until the team page shows it (R14, R18)."""
        values = {"read": "teams.change_team", "public": "The LGA invites the peers", "act": "teams.change_team"}
        return Outstanding(code, text, url, **values | kwargs)

    def of_roles(self, members: list[TeamMember]) -> Iterator[Outstanding]:
        leads = row_of(self.case.kind).lead_peers
        search = self.url("member-search")
        for role in sorted(leads - {member.role for member in members}):
            yield self.by_the_lga(role, f"Find a {LEADS[CaseRole(role)]}", f"{search}?role={role}")
        if not members and not leads:
            yield self.by_the_lga("nobody", "Find a peer", search)

    def of_answers(self, members: list[TeamMember]) -> Iterator[Outstanding]:
        for member in members:
            name = member.user.full_name
            if member.state == MemberState.PROPOSED:
                yield self.by_the_lga("proposed", f"Invite {name}", self.url("member-invite", pk=member.pk))
            elif member.state == MemberState.INVITED:
                yield self.by_the_lga(
                    "unanswered",
                    f"Answer the invitation: {name}",
                    self.url("detail"),
                    whose="Peer team",
                    public="The peers who are asked answer",
                )

    def of_needs(self, team: Team, members: list[TeamMember]) -> Iterator[Outstanding]:
        """Before anybody has accepted, the lines above say what to do."""
        if any(member.state == MemberState.ACCEPTED for member in members):
            for need in needs_of(self.case, members):
                if need.code not in team.waived_needs:
                    yield self.by_the_lga(need.code, need.text, self.url("detail"))

    def of_new_dates(self, members: list[TeamMember]) -> Iterator[Outstanding]:
        for member in with_old_dates(self.case, members):
            yield self.by_the_lga(
                "dates",
                f"Say yes to the new dates: {member.user.full_name}",
                self.url("detail"),
                whose="Peer team",
                public="The peers say yes to the new dates",
            )

    def of_council(self, team: Team, comments: Iterable[CouncilComment]) -> Iterator[Outstanding]:
        if team.shared_at is None:
            text = "Ask the council for its view of the team"
            yield Outstanding("council_view", text, self.url("share"), act="teams.change_team")
        if any(awaits_decision(comment) for comment in comments):
            yield self.by_the_lga(
                "objection",
                "Decide on the council's objection",
                self.url("detail"),
                read="teams.view_council_comments",
                act="teams.decide_comment",
            )

    def of_declared(self, members: list[TeamMember]) -> Iterator[Outstanding]:
        undecided = [member for member in members if member.has_undecided]  # type: ignore[attr-defined]
        for member in sorted(undecided, key=lambda each: (each.user.full_name, each.pk)):
            text = f"Decide on what {member.user.full_name} declared"
            address = self.url("member-declared", pk=member.pk)
            yield self.by_the_lga("conflict", text, address, act="teams.decide_conflict")

    def of_talks(self, team: Team, consultations: Iterable[GroupConsultation] | None) -> Iterator[Outstanding]:
        kind = row_of(self.case.kind)
        if kind.asks_groups and (missing := groups_to_ask(self.case, team, consultations)):
            address = self.url("consultation-add")
            yield self.by_the_lga("group_leaders", missing, address, public="The LGA asks group leaders")
        if kind.leaders_talk and team.talk_on is None:
            text = "Record that the leader has talked to the lead member peer"
            yield Outstanding("leader_talk", text, self.url("talk"), "Council", act="teams.tick_leader_talk")

    def of_confirming(self, team: Team, members: list[TeamMember]) -> Iterator[Outstanding]:
        anyone = has_peers(self.case)
        if not anyone or team.confirmed_at is None or newcomers(members):
            address = self.url("confirm")
            yield Outstanding("confirmed", "Confirm the team", address, waivable=anyone, act="teams.confirm_team")


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

    team = team or team_of(case)
    members = [
        member for member in (members_of_team(team) if considered is None else considered) if member.state in STANDING
    ]
    lines = Lines(case)
    return [
        *lines.of_roles(members),
        *lines.of_answers(members),
        *lines.of_needs(team, members),
        *lines.of_new_dates(members),
        *lines.of_council(team, comments_of(team) if comments is None else comments),
        *lines.of_declared(members),
        *lines.of_talks(team, consultations),
        *lines.of_confirming(team, members),
    ]


register_event("team_confirmed", confirmed_on)
register_stage(StagePlugin(stage=Stage.TEAM_COMPOSITION, outstanding=outstanding, on_enter=open_team, row="team"))
