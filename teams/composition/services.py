"""Who is on the team: the LGA proposes, takes off and confirms (R14-R16)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.services import record
from cpc.cases.commitments import Commitment
from cpc.cases.models import LEAD_PEER_ROLES, PEER_CASE_ROLES, Case, CaseMembership, CaseRole
from cpc.cases.stages import Stage
from cpc.casework.held_days import days_held, double_booked, refuse_or_waive
from cpc.casework.services import add_member, lock_case, lock_for_stage, remove_member
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import check_version, save_versioned
from cpc.deadlines.services import settle_deadline
from teams.composition import messages
from teams.composition.models import MemberState, Team, TeamMember
from teams.composition.queries import (
    accepted_members,
    accepted_without_access,
    needs_of,
    open_objections,
    undecided_conflicts,
)
from teams.composition.steps import (
    check_person,
    clear_talk,
    end_access,
    lock_member,
    lock_team,
    needed,
    require_team_open,
    touch,
)


def open_team(case: Case, by: User) -> None:
    """on_enter: the team's row. Entering twice changes nothing."""
    Team.objects.get_or_create(case=case)


def _require_open(team: Team) -> None:
    if team.confirmed_at:
        raise Refused("The team is confirmed. Reopen it before you change it.")


def _check_role_free(team: Team, role: str, *, but: int | None = None) -> None:
    if role not in LEAD_PEER_ROLES:
        return
    standing = TeamMember.objects.filter(team=team, role=role).standing().select_related("user")
    holder = next((member for member in standing if member.pk != but), None)
    if holder:
        raise Refused(
            f"{holder.user.full_name} already holds this place: {holder.get_role_display()}. "
            "Take them off first, or choose another role.",
            field="role",
        )


# ------------------------------------------------------------------ putting the team together


@transaction.atomic
def propose_member(
    *,
    case: Case,
    user: User,
    role: str,
    post_printed: str = "",
    fit_note: str = "",
    challenge_note: str = "",
    replaces: TeamMember | None = None,
    by: User,
) -> TeamMember:
    """Put somebody of the pool forward.

    Refuses people of a host council, LGA staff, people outside the pool, somebody already on the team or on the case,
    a lead role that is held, and a team that is confirmed unless they take the place of `replaces`.
    """
    case = lock_case(case)
    require_team_open(case, replacing=replaces is not None)
    role = CaseRole(role)
    if role not in PEER_CASE_ROLES:
        raise Refused("Choose a peer's role.", field="role")
    team = lock_team(case)
    if replaces is None:
        _require_open(team)
    if TeamMember.objects.filter(team=team, user=user).standing().exists():
        raise AlreadyMoved(f"{user.full_name} is already on this team.", field="user")
    other = (
        CaseMembership.objects.filter(case=case, user=user, removed_at__isnull=True)
        .exclude(role__in=sorted(PEER_CASE_ROLES))
        .first()
    )
    if other:
        raise Refused(
            f"{user.full_name} is on this peer challenge as {other.get_role_display()} and cannot be on its peer team.",
            field="user",
        )
    profile = check_person(case, user, role)
    _check_role_free(team, role)
    member = TeamMember.objects.create(
        team=team,
        user=user,
        role=role,
        post_printed=post_printed.strip() or profile.post_as_printed,
        fit_note=fit_note.strip(),
        challenge_note=challenge_note.strip(),
        replaces=replaces,
        proposed_by=by,
    )
    touch(team)
    record(
        verb="peer_proposed",
        by=by,
        case=case,
        data={"name": user.full_name, "role": role.label},
        audience="lga",
    )
    return member


@transaction.atomic
def change_member(
    *, member: TeamMember, role: str, post_printed: str, fit_note: str, challenge_note: str, version: int, by: User
) -> TeamMember:
    """Role, printed post and the LGA's notes. A role changes only while the team is open."""
    case = lock_for_stage(member.team.case_id, Stage.TEAM_COMPOSITION)
    team = lock_team(case)
    member = lock_member(member)
    if not member.is_standing:
        raise AlreadyMoved(f"{member.user.full_name} is no longer on this team.")
    role = CaseRole(role)
    if role != member.role:
        _require_open(team)
        check_person(case, member.user, role)
        _check_role_free(team, role, but=member.pk)
    was_lead = member.role == CaseRole.LEAD_MEMBER_PEER and role != member.role
    if not save_versioned(
        member,
        version=version,
        role=role,
        post_printed=needed(post_printed, "Enter the post as the report prints it", "post_printed"),
        fit_note=fit_note.strip(),
        challenge_note=challenge_note.strip(),
    ):
        return member
    if was_lead:
        clear_talk(team, case, by=by)
    touch(team)
    record(
        verb="peer_place_changed",
        by=by,
        case=case,
        data={"name": member.user.full_name, "role": role.label},
        audience="lga",
    )
    return member


@transaction.atomic
def withdraw_member(*, member: TeamMember, reason: str, by: User) -> TeamMember:
    """Take somebody off the team, with a reason that is kept. Their access ends now. Possible at any stage and after
    the end of the case; whoever was asked is told, without the reason."""
    case = lock_case(member.team.case_id)
    team = lock_team(case)
    member = lock_member(member)
    if not member.is_standing:
        raise AlreadyMoved(f"{member.user.full_name} is no longer on this team.")
    reason = needed(reason, "Enter why they leave the team", "reason")
    was_asked = member.invited_at is not None
    member.state = MemberState.WITHDRAWN
    member.withdrawn_at = timezone.now()
    member.withdrawn_by = by
    member.withdrawn_reason = reason
    member.version += 1
    member.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_reason", "version"])
    end_access(member, case, by=by)
    if member.role == CaseRole.LEAD_MEMBER_PEER:
        clear_talk(team, case, by=by)
    touch(team)
    record(
        verb="peer_withdrawn",
        by=by,
        case=case,
        data={"name": member.user.full_name, "role": member.get_role_display(), "reason": reason},
        audience="lga",
    )
    if was_asked:
        messages.mail_withdrawn(member, case)
    return member


@transaction.atomic
def replace_member(
    *,
    member: TeamMember,
    user: User,
    reason: str,
    post_printed: str = "",
    fit_note: str = "",
    challenge_note: str = "",
    by: User,
) -> TeamMember:
    """Take one person off and propose another for the same place, until the last onsite day.

    The others stay confirmed, and the case stays where it is; who comes new gets access when they have said yes and the
    team is confirmed once more.
    """
    case = lock_case(member.team.case_id)
    require_team_open(case, replacing=True)
    withdraw_member(member=member, reason=reason, by=by)
    return propose_member(
        case=case,
        user=user,
        role=member.role,
        post_printed=post_printed,
        fit_note=fit_note,
        challenge_note=challenge_note,
        replaces=member,
        by=by,
    )


# ------------------------------------------------------------------ confirming


def _check_answered(case: Case, team: Team) -> None:
    """What the council objects to and what peers declared is decided first: access comes with the confirmation."""
    if open_objections(team).exists():
        raise Refused("The council has objected. Decide on its objection first, then confirm the team.")
    names = list(dict.fromkeys(row.user.full_name for row in undecided_conflicts(case)))
    if names:
        raise Refused(f"Decide first on what {' and '.join(names)} declared about this council.")


def _let_already(case: Case, people: list[int]) -> dict[int, str]:
    """Person -> why they may be on two teams on one day, as somebody said of their place on this case."""
    return dict(
        CaseMembership.objects.of_peers()
        .filter(case=case, user__in=people, removed_at__isnull=True)
        .exclude(double_booking_reason="")
        .values_list("user_id", "double_booking_reason")
    )


def not_let_yet(case: Case, booked: dict[int, list[Commitment]]) -> dict[int, list[Commitment]]:
    """Of those who are on another confirmed team on this case's days: whom nobody has let pass yet."""
    let = _let_already(case, list(booked)) if booked else {}
    return {person: rows for person, rows in booked.items() if person not in let}


@transaction.atomic
def confirm_team(
    *,
    case: Case,
    version: int | None = None,
    waiver_reason: str = "",
    double_booking_reason: str = "",
    by: User,
) -> Team:
    """Confirm the team: each accepted peer gets access to the case.

    R15: without a chief executive and a leader or senior member, both accepted, it is refused; a programme manager may
    waive what is missing now, with a reason. So with somebody who is on another confirmed team on the same days. An
    objection or a conflict that nobody has decided on is decided first. Confirming again after somebody accepted later
    gives that person access; a second press with nothing new raises AlreadyMoved. A team that changed since the page was
    shown raises Stale.
    """
    case = lock_case(case)
    newcomers = list(accepted_without_access(case))
    require_team_open(case, replacing=bool(newcomers) and all(member.replaces_id for member in newcomers))
    team = lock_team(case)
    needs = needs_of(case)
    unwaived = [need for need in needs if need.code not in team.waived_needs]
    if team.confirmed_at and not newcomers and not unwaived:
        raise AlreadyMoved("The team is already confirmed.")
    check_version(team, version, "The team changed while you were reading. Look at it again, then confirm it.")
    accepted = list(accepted_members(case))
    if not accepted:
        raise Refused("No one has accepted a place yet.")
    _check_answered(case, team)
    waiver_reason = waiver_reason.strip()
    if needs and not waiver_reason:
        raise Refused(
            "The team cannot be confirmed: " + "; ".join(need.text for need in needs) + ".", field="waiver_reason"
        )
    if needs and by.role != Role.PROGRAMME_MANAGER:
        raise Refused("Only a programme manager may confirm a team that lacks one of these.", field="waiver_reason")
    people = [member.user_id for member in accepted]
    asked = not_let_yet(case, double_booked(people, *days_held(case), but=case, reader=by))
    let = _let_already(case, people)
    let |= dict.fromkeys(asked, refuse_or_waive(asked, case=case, reason=double_booking_reason, by=by))
    is_first = team.confirmed_at is None
    if is_first:
        team.confirmed_at, team.confirmed_by = timezone.now(), by
    team.waived_needs = [need.code for need in needs]
    team.waiver_reason = waiver_reason if needs else ""
    team.version += 1
    team.save(update_fields=["confirmed_at", "confirmed_by", "waived_needs", "waiver_reason", "version"])
    _give_access(case, accepted, let=let, by=by)
    if is_first:
        # Somebody who joins a confirmed team does not make its confirmation late.
        settle_deadline(case=case, kind="team_confirmed", by=by)
    names = ", ".join(member.user.full_name for member in accepted)
    record(verb="team_confirmed", by=by, case=case, data={"names": names})
    if needs:
        record(
            verb="team_needs_waived",
            by=by,
            case=case,
            data={"needs": "; ".join(need.text for need in needs), "reason": waiver_reason},
            audience="lga",
        )
    messages.tell_of_confirmation(team, case, peers=[member.user for member in newcomers], by=by)
    return team


def _give_access(case: Case, accepted: list[TeamMember], *, let: dict[int, str], by: User) -> None:
    """Memberships follow the team: roles that changed end first, so that two leads can swap."""
    wanted = {(member.user_id, member.role) for member in accepted}
    people = [member.user_id for member in accepted]
    for membership in CaseMembership.objects.filter(
        case=case, user__in=people, role__in=sorted(PEER_CASE_ROLES), removed_at__isnull=True
    ):
        if (membership.user_id, membership.role) not in wanted:
            remove_member(membership=membership, reason="Their role on the team changed", by=by)
    for member in accepted:
        reason = let.get(member.user_id, "")
        add_member(case=case, user=member.user, role=member.role, double_booking_reason=reason, by=by)


@transaction.atomic
def reopen_team(*, case: Case, reason: str, by: User) -> Team:
    """Take the confirmation back so that members can change. Those who have access keep it."""
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    team = lock_team(case)
    if team.confirmed_at is None:
        raise AlreadyMoved("The team is already open.")
    reason = needed(reason, "Enter why the team is reopened", "reason")
    team.confirmed_at, team.confirmed_by = None, None
    team.waived_needs, team.waiver_reason = [], ""
    team.version += 1
    team.save(update_fields=["confirmed_at", "confirmed_by", "waived_needs", "waiver_reason", "version"])
    settle_deadline(case=case, kind="team_confirmed", by=by)
    record(verb="team_reopened", by=by, case=case, data={"reason": reason}, audience="lga")
    return team
