"""Readings of a team: who is on it, what it still needs, what speaks for a second look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from councils.models import Council, Neighbour, PoliticalControl
from cpc.accounts.models import User
from cpc.cases import access
from cpc.cases.models import LEAD_PEER_ROLES, PEER_CASE_ROLES, Case, CaseMembership, CaseRole, CaseState
from cpc.cases.stages import CaseKind
from teams.composition.models import (
    MEMBER_PEER_ROLES,
    OFFICER_PEER_ROLES,
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

# DOMAIN 1.3: four to five peers on average, seven seen.
USUAL_SIZE = (4, 7)
# X8: a peer who was onsite elsewhere this recently is pointed out, so that the pool is widened.
RECENT = timedelta(days=365)
# As registers write it, and as people do.
NO_OVERALL_CONTROL = frozenset({"noc", "no overall control"})


def team_of(case: Case) -> Team:
    """The case's team; an unsaved empty one for a case that never had one here, such as past cases."""
    teams = Team.objects.filter(case=case).select_related("confirmed_by", "shared_by", "talk_by")
    return access.read_once(case, "team", teams.first) or Team(case=case)


def confirmed_on(case: Case) -> date | None:
    """The day on which the team was confirmed; None while it is open. Read anew: services ask in the midst of a change."""
    team = Team.objects.filter(case=case, confirmed_at__isnull=False).first()
    return timezone.localdate(team.confirmed_at) if team else None


def members_of_team(team: Team) -> TeamMemberQuerySet:
    """Everybody ever considered, leads first, with what a card shows."""
    if team.pk is None:
        return TeamMember.objects.none()
    return (
        TeamMember.objects.filter(team=team)
        .select_related("team", "user", "user__council", "user__peer_profile", "proposed_by", "withdrawn_by")
        .in_order()
    )


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
    held = CaseMembership.objects.filter(
        case=OuterRef("team__case"), user=OuterRef("user"), role=OuterRef("role"), removed_at__isnull=True
    )
    return accepted_members(case).exclude(Exists(held))


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


def peers_with_access(case: Case) -> set[tuple[int, str]]:
    """(user, role) of the peers who are on the case, whether or not their access has begun or ended by date."""
    held = CaseMembership.objects.filter(case=case, role__in=sorted(PEER_CASE_ROLES), removed_at__isnull=True)
    return access.read_once(case, "peers with access", lambda: set(held.values_list("user_id", "role")))


def newcomers(members: Iterable[TeamMember], with_access: set[tuple[int, str]]) -> list[TeamMember]:
    """accepted_without_access among members that have been read already."""
    return [
        member
        for member in members
        if member.state == MemberState.ACCEPTED and (member.user_id, member.role) not in with_access
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
    if case.kind != CaseKind.CORPORATE:
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


@dataclass
class Facts:
    """What is known of the host and of the people considered, read in a fixed number of statements."""

    hosts: list[Council] = field(default_factory=list)
    neighbours: set[int] = field(default_factory=set)
    is_noc: bool = False
    earlier: dict[int, list[int]] = field(default_factory=dict)
    last_served: dict[int, date] = field(default_factory=dict)
    own_council_last: dict[int, date] = field(default_factory=dict)
    conflicts: dict[int, list[ConflictDeclaration]] = field(default_factory=dict)


def hosts_of(case: Case) -> list[Council]:
    return [case.council, *case.joint_councils.all()]


def facts_about(case: Case, users: Iterable[User]) -> Facts:
    people = list(users)
    hosts = hosts_of(case)
    councils_of_people = {user.council_id for user in people if user.council_id}
    facts = Facts(hosts=hosts)
    host_ids = {host.pk for host in hosts}
    challenged = Case.objects.filter(council=OuterRef("pk"), onsite_end_on__isnull=False).exclude(
        state=CaseState.CANCELLED
    )
    control = PoliticalControl.objects.filter(council=OuterRef("pk")).order_by("-year")
    for council in (
        Council.objects.filter(pk__in=host_ids | councils_of_people)
        .order_by()
        .values("pk")
        .annotate(
            is_neighbour=Exists(Neighbour.objects.filter(council__in=hosts, neighbour=OuterRef("pk"), set="any")),
            last_on=Subquery(challenged.order_by("-onsite_end_on").values("onsite_end_on")[:1]),
            control=Subquery(control.values("control")[:1]),
        )
    ):
        if council["pk"] in host_ids:
            # R19: the latest control on record counts.
            facts.is_noc |= (council["control"] or "").strip().lower() in NO_OVERALL_CONTROL
        if council["pk"] in councils_of_people:
            if council["is_neighbour"]:
                facts.neighbours.add(council["pk"])
            if council["last_on"]:
                facts.own_council_last[council["pk"]] = council["last_on"]
    served: dict[int, list[int]] = defaultdict(list)
    today = timezone.localdate()
    for row in (
        CaseMembership.objects.filter(
            user__in=people,
            role__in=sorted(PEER_CASE_ROLES),
            removed_at__isnull=True,
            case__onsite_start_on__isnull=False,
        )
        .exclude(case=case)
        .exclude(case__state=CaseState.CANCELLED)
        .values("user_id", "case__council_id", "case__onsite_start_on", "case__onsite_end_on")
        .order_by("case__onsite_start_on")
    ):
        start_on, end_on = row["case__onsite_start_on"], row["case__onsite_end_on"]
        if start_on and row["case__council_id"] in host_ids:
            served[row["user_id"]].append(start_on.year)
        if end_on and end_on <= today:
            facts.last_served[row["user_id"]] = end_on
    facts.earlier = dict(served)
    declared: dict[int, list[ConflictDeclaration]] = defaultdict(list)
    for declaration in ConflictDeclaration.objects.filter(case=case, user__in=people, replaced_at__isnull=True):
        declared[declaration.user_id].append(declaration)
    facts.conflicts = dict(declared)
    return facts


def warnings_about_team(
    case: Case, members: Iterable[TeamMember], facts: Facts, *, with_people: bool = True
) -> list[str]:
    """Sentences read before a team is confirmed. They warn and never refuse (R19, X6, X8, DOMAIN 1.3)."""
    team = [m for m in members if m.is_standing and m.role != CaseRole.SHADOW_PEER]
    if not team:
        return []
    found = []
    least, most = USUAL_SIZE
    if case.kind == CaseKind.CORPORATE and not least <= len(team) <= most:
        noun = "person" if len(team) == 1 else "people"
        found.append(f"The team has {len(team)} {noun}; teams usually have {least} to {most}.")
    politicians = [m for m in team if m.role in MEMBER_PEER_ROLES]
    parties = {p.get_party_display() for m in politicians if (p := getattr(m.user, "peer_profile", None)) and p.party}
    if case.kind == CaseKind.CORPORATE and len(politicians) == 1:
        found.append("There is only one member peer. The LGA aims for more than one, of different parties.")
    if len(politicians) > 1 and len(parties) == 1:
        found.append(f"All member peers are of one party ({parties.pop()}).")
    elif facts.is_noc and len(parties) == 1:
        found.append("The council is in no overall control and the team has members of one party only.")
    if facts.is_noc and not any("noc" in p.skills for m in politicians if (p := getattr(m.user, "peer_profile", None))):
        found.append("The council is in no overall control and no member peer has led in no overall control.")
    for member in team if with_people else []:
        found += warnings_about_person(case, member.user, facts)
    return found


def warnings_about_person(case: Case, user: User, facts: Facts) -> list[str]:
    """What is worth knowing before this person joins. Having served there before is not among it (R21)."""
    found = []
    name = user.full_name
    if user.council_id and user.council:
        if user.council_id in facts.neighbours:
            found.append(f"{name} is of a neighbouring council ({user.council.name}).")
        elif user.council.region and user.council.region in {host.region for host in facts.hosts}:
            found.append(f"{name} is of the same region ({user.council.region}).")
    last = facts.last_served.get(user.pk)
    if last and last > timezone.localdate() - RECENT:
        found.append(f"{name} was on another team that ended on {last:%-d %B %Y}.")
    if any(declaration.kind != ConflictKind.NONE for declaration in facts.conflicts.get(user.pk, [])):
        found.append(f"{name} has declared something about this council. Read it before you decide.")
    return found


# ------------------------------------------------------------------ the council's view


def comments_of(team: Team) -> QuerySet[CouncilComment]:
    if team.pk is None:
        return CouncilComment.objects.none()
    return CouncilComment.objects.filter(team=team).select_related("made_by", "decided_by", "member__user")


def open_objections(team: Team) -> QuerySet[CouncilComment]:
    return comments_of(team).filter(kind="objection", decision="")


def awaits_decision(comment: CouncilComment) -> bool:
    """open_objections for a comment that has been read already."""
    return comment.kind == CommentKind.OBJECTION and not comment.decision


def pool_for(case: Case, peers: QuerySet[PeerProfile]) -> QuerySet[PeerProfile]:
    """Those of the pool who may be proposed: nobody of a host council, nobody already on the team (R48)."""
    hosts = [case.council_id, *case.joint_councils.values_list("pk", flat=True)]
    standing = TeamMember.objects.filter(team__case=case).standing().values("user")
    return peers.exclude(Q(user__council__in=hosts) | Q(user__in=standing))


def lead_roles_open(members: Iterable[TeamMember]) -> set[CaseRole]:
    """Lead roles that nobody holds who is proposed, invited or accepted."""
    held = {member.role for member in members if member.is_standing}
    return {role for role in LEAD_PEER_ROLES if role not in held}
