"""What team composition keeps of a peer challenge that is entered while it is under way."""

from __future__ import annotations

from typing import Any

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import Stage
from cpc.casework.services import add_member
from cpc.casework.under_way.parts import Fact, Facts, Part, at_noon, register_part
from cpc.casework.under_way.services import person_of
from cpc.components.errors import Refused
from teams.composition.models import PEER_ROLES, MemberState, Team, TeamMember
from teams.composition.queries import needs_of

ROLES = {text.casefold(): role for role in PEER_ROLES for text in (role.value, role.label)}
FACTS = (
    Fact(
        "team",
        "Peer team",
        "One person per line: role; email address of the account; post as the report prints it. Such as "
        "Lead Member Peer; name@council.gov.uk; Leader, Breckland Council",
        kind="lines",
        longest=4000,
    ),
    Fact("team_shared", "Council asked for its view of the team", kind="day"),
    Fact("leader_talk", "Leader talked with the lead member peer", kind="day"),
    Fact("team_confirmed", "Peer team confirmed", kind="day"),
)


def _read(line: str) -> tuple[CaseRole, User, str]:
    cells = [cell.strip() for cell in line.split(";")]
    if len(cells) not in {2, 3} or not cells[1]:
        raise Refused(f"Write role; email address; post in the line {line.strip()!r}", field="team")
    role = ROLES.get(cells[0].casefold())
    if role is None:
        raise Refused(f"{cells[0]!r} is no role of a peer. Use {', '.join(r.label for r in PEER_ROLES)}", field="team")
    user = person_of(cells[1], "team")
    profile = getattr(user, "peer_profile", None)
    post = (cells[2] if len(cells) == 3 else "") or (profile.post_as_printed if profile else "")
    if not post:
        raise Refused(f"Enter the post of {user.full_name} as the report prints it", field="team")
    return role, user, post


def make(case: Case, told: Facts, by: Any) -> None:
    team = Team.objects.select_for_update().get(case=case)
    lines = [line for line in told.get("team", "").splitlines() if line.strip()]
    confirmed = told.get("team_confirmed")
    if bool(lines) != bool(confirmed):
        missing = "team_confirmed" if lines else "team"
        raise Refused("Enter the team and the day on which it was confirmed, or neither", field=missing)
    if told.get("team_shared"):
        team.shared_at, team.shared_by = at_noon(told["team_shared"]), by
    if told.get("leader_talk"):
        team.talk_on, team.talk_by = told["leader_talk"], by
    people = [_read(line) for line in lines]
    for role, user, post in people:
        _add(case, team, role, user, post, told, by)
    if confirmed:
        team.confirmed_at, team.confirmed_by = at_noon(confirmed), by
        needs = needs_of(case)
        team.waived_needs = [need.code for need in needs]
        team.waiver_reason = "Confirmed before it was entered here." if team.waived_needs else ""
    team.version += 1
    team.save()
    if confirmed:
        names = ", ".join(user.full_name for _, user, _ in people)
        record(verb="team_confirmed", by=by, case=case, data={"names": names})
        if needs:
            data = {"needs": "; ".join(need.text for need in needs), "reason": team.waiver_reason}
            record(verb="team_needs_waived", by=by, case=case, data=data, audience="lga")


def _add(case: Case, team: Team, role: CaseRole, user: User, post: str, told: Facts, by: Any) -> None:
    on = told["team_confirmed"]
    try:
        add_member(case=case, user=user, role=role, starts_on=on, by=by)
    except Refused as error:
        raise Refused(error.message, field="team") from error
    TeamMember.objects.create(
        team=team,
        user=user,
        role=role,
        state=MemberState.ACCEPTED,
        post_printed=post,
        proposed_at=at_noon(on),
        proposed_by=by,
        invited_at=at_noon(on),
        answered_at=at_noon(on),
        dates_agreed_start=case.onsite_start_on,
        dates_agreed_end=case.onsite_end_on,
    )


register_part(
    Part(Stage.TEAM_COMPOSITION, FACTS, make, clocks={"team_confirmed": "team_confirmed"}, left_by=("team_confirmed",))
)
