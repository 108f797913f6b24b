"""Readings of a team: who is on it, what it still needs, what speaks for a second look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from councils.models import Council
from councils.near import near
from councils.politics import Politics, any_in_no_overall_control, politics_of
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.commitments import Commitment, commitments
from cpc.cases.in_force import councils_too_near
from cpc.cases.models import LEAD_PEER_ROLES, Case, CaseMembership, CaseRole, CaseState
from cpc.cases.stages import POSITION, Stage, row_of
from teams.composition.models import (
    MEMBER_PEER_ROLES,
    OFFICER_PEER_ROLES,
    STANDING,
    CommentKind,
    ConflictDeclaration,
    ConflictKind,
    CouncilComment,
    MemberState,
    Team,
    TeamMember,
    TeamMemberQuerySet,
)
from teams.peers.models import PeerProfile

# X8: a peer who was onsite elsewhere this recently is pointed out, so that the pool is widened.
RECENT = timedelta(days=365)


def team_of(case: Case) -> Team:
    """The case's team; an unsaved empty one for a case that never had one here, such as past cases."""
    teams = Team.objects.filter(case=case).select_related("confirmed_by", "shared_by", "talk_by")
    return access.read_once(case, "team", teams.first) or Team(case=case)


def confirmed_on(case: Case) -> date | None:
    """The day on which the team was confirmed; None while it is open. Read anew: services ask in the midst of a change."""
    team = Team.objects.filter(case=case, confirmed_at__isnull=False).first()
    return timezone.localdate(team.confirmed_at) if team else None


def why_team_closed(case: Case, *, replacing: bool = False) -> str:
    """Why nobody can be asked onto this team now; empty when they can.

    One peer may be replaced until the last onsite day, also when the team has been signed off.
    """
    reason = access.why_not_writable(case, Stage.TEAM_COMPOSITION)
    if not reason or not replacing:
        return reason
    if case.state not in {CaseState.ACTIVE, CaseState.POSTPONED}:
        return reason
    if POSITION[case.stage] > POSITION[Stage.ONSITE] or (
        case.onsite_end_on is not None and case.onsite_end_on < timezone.localdate()
    ):
        return "The team has been onsite, so no one on it can be replaced."
    return ""


def members_of_team(team: Team) -> TeamMemberQuerySet:
    """Everybody ever considered, leads first, with what a card shows.

    `has_access`: they are on the case in this role. `has_undecided`: they declared something that nobody has decided on.
    `awaits_objection`: the council has objected to the team, and nobody has decided on that.
    """
    if team.pk is None:
        return TeamMember.objects.none()
    return (
        TeamMember.objects.filter(team=team)
        .select_related("team", "user", "user__council", "user__peer_profile", "proposed_by", "withdrawn_by")
        .annotate(
            has_access=Exists(_places_held()),
            has_undecided=Exists(_undecided().filter(case=OuterRef("team__case"), user=OuterRef("user"))),
            awaits_objection=Exists(open_objections(OuterRef("team"))),
        )
        .in_order()
    )


def standing_of(case: Case) -> list[TeamMember]:
    """Everybody of members_of_team who is on the team or may come onto it: asked once for a page."""
    return access.read_once(case, "standing", lambda: list(members_of_team(team_of(case)).standing()))


def _places_held() -> QuerySet[CaseMembership]:
    """The membership of a team's row: of the same person in the same role."""
    return CaseMembership.objects.standing().filter(
        case=OuterRef("team__case"), user=OuterRef("user"), role=OuterRef("role")
    )


def _undecided() -> QuerySet[ConflictDeclaration]:
    return ConflictDeclaration.objects.filter(replaced_at__isnull=True, decision="").exclude(kind=ConflictKind.NONE)


def accepted_members(case: Case) -> QuerySet[TeamMember]:
    """Who said yes and is still on the team, leads first: what a report prints."""
    return (
        TeamMember.objects.filter(team__case=case)
        .accepted()
        .select_related("user", "user__council", "user__peer_profile")
        .in_order()
    )


def invitations_awaiting(user: User) -> QuerySet[TeamMember]:
    """Invitations that wait for this person's answer, and places whose dates have changed since: for my work."""
    places = TeamMember.objects.addressed_to(user).filter(team__case__state__in=[CaseState.ACTIVE, CaseState.POSTPONED])
    waiting = places.filter(state=MemberState.INVITED)
    redated = places.filter(pk__in=_with_old_dates(places.accepted()))
    return (
        (waiting | redated)
        .select_related("team__case__council")
        .prefetch_related("team__case__joint_councils")
        .order_by("answer_by_on", "pk")
    )


def _with_old_dates(members: QuerySet[TeamMember]) -> QuerySet[TeamMember]:
    """Accepted members whose days are not those of the case. Once the team is onsite the question is idle."""
    case = Case.objects.filter(
        pk=OuterRef("team__case"),
        onsite_start_on__isnull=False,
        onsite_end_on__gte=timezone.localdate(),
        state__in=[CaseState.ACTIVE, CaseState.POSTPONED],
    )
    same = case.filter(onsite_start_on=OuterRef("dates_agreed_start"), onsite_end_on=OuterRef("dates_agreed_end"))
    return members.filter(Exists(case)).exclude(Exists(same))


def accepted_without_new_dates(case: Case) -> QuerySet[TeamMember]:
    """Members who said yes to other days than those the case has now."""
    return _with_old_dates(accepted_members(case))


def accepted_without_access(case: Case) -> QuerySet[TeamMember]:
    """Members who said yes and are not on the case: access comes with the team's confirmation."""
    return accepted_members(case).exclude(Exists(_places_held()))


def with_old_dates(case: Case, members: Iterable[TeamMember]) -> list[TeamMember]:
    """accepted_without_new_dates among members that have been read already."""
    if (
        case.onsite_start_on is None
        or case.onsite_end_on is None
        or case.onsite_end_on < timezone.localdate()
        or case.state not in {CaseState.ACTIVE, CaseState.POSTPONED}
    ):
        return []
    return [
        member
        for member in members
        if member.state == MemberState.ACCEPTED and not member.agreed_to(case.onsite_start_on, case.onsite_end_on)
    ]


def newcomers(members: Iterable[TeamMember]) -> list[TeamMember]:
    """accepted_without_access among members that members_of_team has read."""
    return [
        member
        for member in members
        if member.state == MemberState.ACCEPTED and not member.has_access  # type: ignore[attr-defined]
    ]


# ------------------------------------------------------------------ what a team needs (R15)


@dataclass(frozen=True)
class Need:
    code: str
    text: str


CHIEF_EXECUTIVE = Need("chief_executive", "No chief executive has accepted a place as officer peer")
SENIOR_MEMBER = Need(
    "senior_member", "No council leader or other senior councillor has accepted a place as member peer"
)


def needs_of(case: Case, members: Iterable[TeamMember] | None = None) -> list[Need]:
    """R15: at least one chief executive, and one leader or senior member, who have both accepted. Shadow peers do not count.

    A one-day peer support visit needs neither (R94).
    """
    if not row_of(case.kind).needs_senior_peers:
        return []
    accepted = [m for m in (accepted_members(case) if members is None else members) if m.state == MemberState.ACCEPTED]

    def held(roles: frozenset[CaseRole], *flags: str) -> bool:
        return any(
            member.role in roles and any(getattr(profile, flag) for flag in flags)
            for member in accepted
            if (profile := getattr(member.user, "peer_profile", None))
        )

    found = []
    if not held(OFFICER_PEER_ROLES, "is_chief_executive"):
        found.append(CHIEF_EXECUTIVE)
    if not held(MEMBER_PEER_ROLES, "is_council_leader", "is_senior_member"):
        found.append(SENIOR_MEMBER)
    return found


# ------------------------------------------------------------------ what speaks for a second look (warnings, never refusals)


def politics_of_hosts(case: Case) -> dict[int, Politics]:
    return access.read_once(case, "politics of hosts", lambda: politics_of([host.pk for host in case.hosts]))


@dataclass
class Facts:
    """What is known of the host and of the people considered, read in a fixed number of statements."""

    case: Case
    hosts: list[Council]
    # Council -> in what way it is near a host, in words that follow a name.
    near: dict[int, str] = field(default_factory=dict)
    earlier: dict[int, list[int]] = field(default_factory=dict)
    last_served: dict[int, date] = field(default_factory=dict)
    # The last day of a team not long before this case's own days (X8).
    served_shortly_before: dict[int, date] = field(default_factory=dict)
    conflicts: dict[int, list[ConflictDeclaration]] = field(default_factory=dict)
    # What keeps them from being onsite on this case's days.
    committed: dict[int, list[Commitment]] = field(default_factory=dict)

    def commitments_of(self, user_id: int) -> list[str]:
        """The same as sentences, as the reader may know it."""
        return [each.sentence for each in self.committed.get(user_id, [])]

    @cached_property
    def politics(self) -> dict[int, Politics]:
        """Read when it is asked for: what one person brings does not depend on it."""
        return politics_of_hosts(self.case)

    @property
    def is_noc(self) -> bool:
        """R19: the latest control on record counts."""
        return any_in_no_overall_control(self.politics.values())

    @property
    def control_unknown(self) -> list[Council]:
        """Hosts of which the register does not say who runs them."""
        return [host for host in self.hosts if not self.politics[host.pk].control]


def facts_about(case: Case, users: Iterable[User], reader: User | None = None) -> Facts:
    people = list(users)
    hosts = case.hosts
    councils_of_people = {user.council_id for user in people if user.council_id}
    facts = Facts(case, hosts)
    facts.near = near(hosts, councils_of_people) if councils_of_people else {}
    _read_service(facts, case, people, {host.pk for host in hosts})
    declared: dict[int, list[ConflictDeclaration]] = defaultdict(list)
    for declaration in ConflictDeclaration.objects.filter(case=case, user__in=people, replaced_at__isnull=True):
        declared[declaration.user_id].append(declaration)
    facts.conflicts = dict(declared)
    if not is_over_onsite(case):
        ids = [user.pk for user in people]
        facts.committed = commitments(ids, case.onsite_start_on, case.onsite_end_on, but=case, reader=reader)
    return facts


def is_over_onsite(case: Case) -> bool:
    """The team has been onsite, or never will be: nothing speaks for a second look any more."""
    return case.is_over or (case.onsite_end_on is not None and case.onsite_end_on < timezone.localdate())


def _read_service(facts: Facts, case: Case, people: list[User], host_ids: set[int]) -> None:
    """Teams that these people have served on: those that ended before today."""
    earlier: dict[int, list[int]] = defaultdict(list)
    before = case.onsite_start_on or timezone.localdate()
    for user, council, start_on, end_on in (
        CaseMembership.objects.served()
        .filter(user__in=people)
        .exclude(case=case)
        .order_by("case__onsite_start_on")
        .values_list("user_id", "case__council_id", "case__onsite_start_on", "case__onsite_end_on")
    ):
        if council in host_ids:
            earlier[user].append(start_on.year)
        facts.last_served[user] = max(end_on, facts.last_served.get(user, end_on))
        if before - RECENT < end_on < before:
            facts.served_shortly_before[user] = max(end_on, facts.served_shortly_before.get(user, end_on))
    facts.earlier = dict(earlier)


def warnings_about_team(
    case: Case, members: Iterable[TeamMember], facts: Facts, *, with_people: bool = True
) -> list[str]:
    """Sentences read before a team is confirmed. They warn and never refuse (R19, X6, X8)."""
    team = [m for m in members if m.is_standing and m.role != CaseRole.SHADOW_PEER]
    if not team:
        return []
    found = []
    row = row_of(case.kind)
    least, most = row.usual_team or (0, len(team))
    if not least <= len(team) <= most:
        noun = "person" if len(team) == 1 else "people"
        found.append(f"The team has {len(team)} {noun}; teams usually have {least} to {most}.")
    politicians = [m for m in team if m.role in MEMBER_PEER_ROLES]
    parties = {p.get_party_display() for m in politicians if (p := getattr(m.user, "peer_profile", None)) and p.party}
    if len(politicians) == 1 < row.usual_member_peers:
        found.append("There is only one member peer. The LGA aims for more than one, of different parties.")
    if len(politicians) > 1 and len(parties) == 1:
        found.append(f"All member peers are of one party ({parties.pop()}).")
    elif facts.is_noc and len(parties) == 1:
        found.append("The council is in no overall control and the team has members of one party only.")
    if row.asks_groups and facts.control_unknown:
        names = " and ".join(host.name for host in facts.control_unknown)
        found.append(f"Control of {names} not recorded: no warning about no overall control is possible.")
    if facts.is_noc and not any("noc" in p.skills for m in politicians if (p := getattr(m.user, "peer_profile", None))):
        found.append("The council is in no overall control and no member peer has led in no overall control.")
    for member in team if with_people else []:
        found += warnings_about_person(case, member.user, facts)
    return found


def warnings_about_person(case: Case, user: User, facts: Facts, *, with_commitments: bool = True) -> list[str]:
    """What is worth knowing before this person joins. Having served there before is not among it (R21)."""
    found = []
    name = user.full_name
    if user.council_id and user.council:
        if user.council_id in facts.near:
            found.append(f"{name} {facts.near[user.council_id]}.")
        elif user.council.region and user.council.region in {host.region for host in facts.hosts}:
            found.append(f"{name} is of the same region ({user.council.region}).")
    if with_commitments:
        found += facts.commitments_of(user.pk)
    last = facts.served_shortly_before.get(user.pk)
    if last and not is_over_onsite(case):
        found.append(f"{name} was on another team that ended on {last:%-d %B %Y}.")
    if any(declaration.is_undecided for declaration in facts.conflicts.get(user.pk, [])):
        found.append(f"{name} has declared something about this council. Decide on it before you confirm the team.")
    return found


# ------------------------------------------------------------------ the council's view


def shown_to_council(team: Team, members: Iterable[TeamMember]) -> list[TeamMember]:
    """R18: those whom the LGA has shown the council, and those who have come onto the team since. Whoever is only
    considered after that is not theirs to see until the team is shown again."""
    return [
        member
        for member in members
        if member.state in STANDING
        and (
            (team.shared_at and member.proposed_at <= team.shared_at)
            or (team.confirmed_at and member.state == MemberState.ACCEPTED)
        )
    ]


def comments_of(team: Team) -> QuerySet[CouncilComment]:
    if team.pk is None:
        return CouncilComment.objects.none()
    return CouncilComment.objects.filter(team=team).select_related("made_by", "decided_by", "member__user")


def open_objections(team: Team | OuterRef) -> QuerySet[CouncilComment]:
    return CouncilComment.objects.filter(team=team, kind="objection", decision="")


def undecided_conflicts(case: Case) -> QuerySet[ConflictDeclaration]:
    """What people who may come onto the team declared, and nobody of the LGA has decided on."""
    standing = TeamMember.objects.filter(team__case=case, user=OuterRef("user")).standing()
    return _undecided().filter(Exists(standing), case=case).select_related("user").order_by("user__full_name", "pk")


def awaits_decision(comment: CouncilComment) -> bool:
    """open_objections for a comment that has been read already."""
    return comment.kind == CommentKind.OBJECTION and not comment.decision


def pool_for(case: Case, peers: QuerySet[PeerProfile]) -> QuerySet[PeerProfile]:
    """Those of the pool who may be proposed: nobody of a host council, nobody already on the team (R48)."""
    hosts = councils_too_near(case, timezone.localdate())
    standing = TeamMember.objects.filter(team__case=case).standing().values("user")
    return peers.exclude(Q(user__council__in=hosts) | Q(user__in=standing))


def lead_roles_open(members: Iterable[TeamMember]) -> set[CaseRole]:
    """Lead roles that nobody holds who is proposed, invited or accepted."""
    held = {member.role for member in members if member.is_standing}
    return {role for role in LEAD_PEER_ROLES if role not in held}
