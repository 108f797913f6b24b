"""The LGA asks peers, and peers answer for themselves: places, new dates, conflicts of interest (X2)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseRole, CaseState
from cpc.casework.services import lock_case
from cpc.components.errors import AlreadyMoved, Refused
from teams.composition import messages
from teams.composition.models import ConflictDeclaration, ConflictKind, MemberState, TeamMember
from teams.composition.queries import accepted_without_new_dates, why_team_closed
from teams.composition.steps import (
    check_person,
    clear_talk,
    end_access,
    lock_for_place,
    lock_member,
    lock_team,
    needed,
    touch,
)

# How long an invited peer has to answer, unless the LGA sets another day.
DAYS_TO_ANSWER = 14


# ------------------------------------------------------------------ asking


def default_answer_day(case: Case) -> date:
    """Two weeks, but before the team is onsite."""
    day = timezone.localdate() + timedelta(days=DAYS_TO_ANSWER)
    if case.onsite_start_on:
        day = min(day, case.onsite_start_on - timedelta(days=1))
    return max(day, timezone.localdate())


@transaction.atomic
def invite_member(*, member: TeamMember, answer_by_on: date | None = None, by: User) -> TeamMember:
    """Ask a proposed peer by mail. They see one page only until the team is confirmed."""
    case = lock_for_place(member)
    team = lock_team(case)
    member = lock_member(member)
    if member.state != MemberState.PROPOSED:
        raise AlreadyMoved(f"{member.user.full_name} has already been invited.")
    if case.onsite_start_on is None:
        raise Refused("Agree the onsite dates before you invite peers.")
    check_person(case, member.user, member.role)
    answer_by_on = answer_by_on or default_answer_day(case)
    if answer_by_on < timezone.localdate():
        raise Refused("The day to answer by must be today or in the future", field="answer_by_on")
    latest = case.onsite_end_on if member.replaces_id else case.onsite_start_on
    if latest and answer_by_on > latest:
        raise Refused("The day to answer by must be before the team is onsite", field="answer_by_on")
    member.state = MemberState.INVITED
    member.invited_at = timezone.now()
    member.answer_by_on = answer_by_on
    member.version += 1
    member.save(update_fields=["state", "invited_at", "answer_by_on", "version"])
    touch(team)
    record(
        verb="peer_invited",
        by=by,
        case=case,
        data={"name": member.user.full_name, "role": member.get_role_display()},
        audience="lga",
    )
    messages.mail_invitation(member, case)
    return member


@transaction.atomic
def remind_member(*, member: TeamMember, by: User) -> None:
    """Ask again for an answer; once a day is enough."""
    case = lock_for_place(member)
    member = lock_member(member)
    if member.state != MemberState.INVITED:
        raise AlreadyMoved(f"{member.user.full_name} has already answered, or is no longer asked.")
    if messages.mail_invitation(member, case, again=True) is None:
        raise AlreadyMoved(f"{member.user.full_name} was already asked again today.")
    record(verb="peer_reminded", by=by, case=case, data={"name": member.user.full_name}, audience="lga")


@transaction.atomic
def ask_about_new_dates(*, case: Case, by: User) -> list[TeamMember]:
    """Mail those who said yes to other dates than the case has now; each once a day. Returns who was asked."""
    case = lock_case(case)
    if case.state not in {CaseState.ACTIVE, CaseState.POSTPONED}:
        raise StageClosed("This peer challenge is not under way.")
    asked = [m for m in accepted_without_new_dates(case) if messages.mail_new_dates(m, case) is not None]
    if not asked:
        raise AlreadyMoved("Everyone has said yes to these dates, or was already asked today.")
    record(
        verb="peers_asked_about_dates",
        by=by,
        case=case,
        data={"names": ", ".join(member.user.full_name for member in asked)},
        audience="lga",
    )
    return asked


# ------------------------------------------------------------------ the peer's own answers


def _own(member: TeamMember, by: User) -> None:
    if member.user_id != by.pk:
        raise Refused("Only the person invited can answer.")


def _require_answerable(case: Case, member: TeamMember) -> None:
    if why_team_closed(case, replacing=member.replaces_id is not None):
        raise StageClosed("This team is no longer being put together. Ask the LGA if you think that this is wrong.")


def _require_dates_seen(case: Case, dates_seen: str) -> None:
    """`dates_seen` are the days that stood on the page, as dates_key() writes them."""
    if dates_seen != dates_key(case):
        raise Refused("The onsite dates changed while you were reading. Look at the new dates, then answer.")


def dates_key(case: Case) -> str:
    return f"{case.onsite_start_on or ''}/{case.onsite_end_on or ''}"


@transaction.atomic
def accept_invitation(
    *, member: TeamMember, conflicts: list[str], conflict_text: str, dates_seen: str, by: User
) -> TeamMember:
    """The peer says yes, to these dates, and declares conflicts or that there are none.

    Gives no access: that comes with the team's confirmation.
    """
    case = lock_case(member.team.case_id)
    team = lock_team(case)
    member = lock_member(member)
    _own(member, by)
    if member.state == MemberState.ACCEPTED:
        raise AlreadyMoved("You have already said yes.")
    if member.state != MemberState.INVITED:
        raise Refused("This invitation is no longer open.")
    _require_answerable(case, member)
    _require_dates_seen(case, dates_seen)
    check_person(case, member.user, member.role)
    _store_conflicts(case, by, conflicts, conflict_text)
    member.state = MemberState.ACCEPTED
    member.answered_at = timezone.now()
    member.dates_agreed_start, member.dates_agreed_end = case.onsite_start_on, case.onsite_end_on
    member.version += 1
    member.save(update_fields=["state", "answered_at", "dates_agreed_start", "dates_agreed_end", "version"])
    touch(team)
    record(
        verb="peer_accepted",
        by=by,
        case=case,
        data={"role": member.get_role_display()},
        audience="lga",
    )
    messages.tell_of_answer(member, case, answer="has accepted a place on the peer team", by=by)
    return member


@transaction.atomic
def decline_invitation(*, member: TeamMember, reason: str, by: User) -> TeamMember:
    """The peer says no, at first or later; later, any access ends. The reason is read by the LGA alone."""
    case = lock_case(member.team.case_id)
    team = lock_team(case)
    member = lock_member(member)
    _own(member, by)
    if member.state == MemberState.DECLINED:
        raise AlreadyMoved("You have already said no.")
    if member.state not in {MemberState.INVITED, MemberState.ACCEPTED}:
        raise Refused("This invitation is no longer open.")
    if case.is_over:
        raise StageClosed("This peer challenge is over.")
    reason = needed(reason, "Enter why you cannot take part", "reason")
    had_accepted = member.state == MemberState.ACCEPTED
    member.state = MemberState.DECLINED
    member.answered_at = timezone.now()
    member.decline_reason = reason
    member.version += 1
    member.save(update_fields=["state", "answered_at", "decline_reason", "version"])
    end_access(member, case, by=by)
    if member.role == CaseRole.LEAD_MEMBER_PEER:
        clear_talk(team, case, by=by)
    touch(team)
    record(
        verb="peer_declined",
        by=by,
        case=case,
        data={"role": member.get_role_display(), "reason": reason},
        audience="lga",
    )
    messages.tell_of_answer(
        member, case, answer="can no longer come" if had_accepted else "has declined a place on the peer team", by=by
    )
    return member


@transaction.atomic
def agree_new_dates(*, member: TeamMember, dates_seen: str, by: User) -> TeamMember:
    """The peer says yes to dates that changed after they had accepted."""
    case = lock_case(member.team.case_id)
    team = lock_team(case)
    member = lock_member(member)
    _own(member, by)
    if member.state != MemberState.ACCEPTED:
        raise Refused("You are not on this team.")
    if case.is_over:
        raise StageClosed("This peer challenge is over.")
    _require_dates_seen(case, dates_seen)
    if member.agreed_to(case.onsite_start_on, case.onsite_end_on):
        raise AlreadyMoved("You have already said yes to these dates.")
    member.dates_agreed_start, member.dates_agreed_end = case.onsite_start_on, case.onsite_end_on
    member.version += 1
    member.save(update_fields=["dates_agreed_start", "dates_agreed_end", "version"])
    touch(team)
    record(
        verb="peer_dates_agreed",
        by=by,
        case=case,
        data={"dates": case.onsite_text},
        audience="lga",
    )
    messages.tell_of_answer(member, case, answer="can come on the new dates", by=by)
    return member


def _store_conflicts(case: Case, user: User, kinds: list[str], text: str) -> None:
    """A new declaration replaces the old one, which stays on record (X2)."""
    chosen = list(dict.fromkeys(ConflictKind(kind) for kind in kinds))
    if not chosen:
        raise Refused("Choose what you have to declare, or that there is nothing", field="conflicts")
    if ConflictKind.NONE in chosen and len(chosen) > 1:
        raise Refused("Choose either what you have to declare or that there is nothing", field="conflicts")
    text = text.strip()
    if chosen != [ConflictKind.NONE] and not text:
        raise Refused("Enter what the LGA should know about it", field="conflict_text")
    now = timezone.now()
    ConflictDeclaration.objects.filter(case=case, user=user, replaced_at__isnull=True).update(replaced_at=now)
    ConflictDeclaration.objects.bulk_create(
        ConflictDeclaration(case=case, user=user, kind=kind, text=text, declared_at=now) for kind in chosen
    )
    record(
        verb="peer_conflicts_declared",
        by=user,
        case=case,
        data={"kinds": "; ".join(str(kind.label) for kind in chosen)},
        audience="lga",
    )


@transaction.atomic
def declare_conflicts(*, member: TeamMember, conflicts: list[str], conflict_text: str, by: User) -> None:
    """Something has come up, or was forgotten: allowed as long as the case is not over."""
    case = lock_case(member.team.case_id)
    member = lock_member(member)
    _own(member, by)
    if case.is_over:
        raise StageClosed("This peer challenge is over.")
    if member.state != MemberState.ACCEPTED:
        raise Refused("You are not on this team.")
    team = lock_team(case)
    standing = ConflictDeclaration.objects.filter(case=case, user=by, replaced_at__isnull=True)
    if {(row.kind, row.text) for row in standing} == {(kind, conflict_text.strip()) for kind in conflicts}:
        # The same post again: what stands already is the answer.
        return
    _store_conflicts(case, by, conflicts, conflict_text)
    touch(team)
