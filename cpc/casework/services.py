"""Moving a case: one door per change, each locks, checks, saves, records and tells."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.services import record
from cpc.cases import access
from cpc.cases.errors import GateRefused, StageClosed
from cpc.cases.in_force import broken
from cpc.cases.models import (
    PEER_CASE_ROLES,
    SINGLE_CASE_ROLES,
    Case,
    CaseMembership,
    CaseRole,
    CaseState,
    GateOverride,
    StageEntry,
)
from cpc.cases.roles import successor_kind
from cpc.cases.stages import (
    PLUGINS,
    USUAL_KIND,
    Outstanding,
    Stage,
    latest_template,
    next_stage,
    row_of,
    send_backs,
    shown_to,
)
from cpc.casework.held_days import days_held, one_team_a_day, release_days
from cpc.casework.messages import tell_members
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.components.versioned import check_version
from cpc.deadlines.services import cancel_deadlines, meet_asked_deadline, move_clocks


def lock_case(case: Case | int) -> Case:
    """The case, locked until the transaction ends. Every service that writes for a case begins with this."""
    pk = case if isinstance(case, int) else case.pk
    # Locked without its joins: a council row must not be held for the time of a case's change.
    return Case.objects.select_for_update(of=("self",)).select_related("council").get(pk=pk)


def require_stage_open(case: Case, stage: str) -> None:
    """Raises StageClosed with the reason when this stage of the case cannot be changed now."""
    reason = access.why_not_writable(case, stage)
    if reason:
        raise StageClosed(reason)


def lock_for_stage(case: Case | int, stage: str) -> Case:
    """lock_case and require_stage_open in one: the usual first line of a stage's service."""
    locked = lock_case(case)
    require_stage_open(locked, stage)
    return locked


def outstanding_in(case: Case) -> list[Outstanding]:
    """What is missing before the case may leave its stage, whoever asks."""
    return PLUGINS[case.stage].outstanding(case, None)


def lock_council(council: Council) -> Council:
    """The council's row, locked, so that two cases of one council cannot take one reference."""
    return lock_councils([council])[0]


def lock_councils(councils: list[Council]) -> list[Council]:
    """Several councils' rows, locked in one order whatever order they came in, so that nobody waits in a circle."""
    wanted = {council.pk for council in councils}
    locked = {each.pk: each for each in Council.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    return [locked[council.pk] for council in councils]


def next_reference(council: Council, year: int) -> str:
    """gateshead-2026, then gateshead-2026-2. The council row is locked by the caller, so the count cannot race."""
    base = f"{council.slug}-{year}"
    taken = set(Case.objects.filter(reference__startswith=base).values_list("reference", flat=True))
    number, reference = 1, base
    while reference in taken:
        number += 1
        reference = f"{base}-{number}"
    return reference


# receiver(sender, *, council, kind, on): a sentence that says why a case would begin out of turn, or nothing.
case_starting = Signal()
# receiver(sender, *, case, by): a case has just started; in the same transaction.
case_started = Signal()


def _reason_out_of_turn(councils: list[Council], kind: str, on: date, reason: str) -> str:
    """R2: the window advises and does not lock. Out of turn, a reason is needed; in turn there is none to keep."""
    asked = [case_starting.send(sender=Case, council=council, kind=kind, on=on) for council in councils]
    early = [sentence for answers in asked for _, sentence in answers if sentence]
    if early and not reason.strip():
        raise Refused(f"{early[0]} Enter why this peer challenge is held now.", field="off_cycle_reason")
    return reason.strip() if early else ""


@transaction.atomic
def start_case(
    *,
    council: Council,
    by: User,
    joint_councils: list[Council] | None = None,
    kind: str = USUAL_KIND,
    off_cycle_reason: str = "",
) -> Case:
    """A new case at scheduling.

    Refuses a council that does not exist today, and one that already has a case of this kind under way, alone or
    as a partner in a joint one. One that is held out of turn needs `off_cycle_reason`.
    """
    council, *partners = lock_councils([council, *(each for each in joint_councils or [] if each.pk != council.pk)])
    today = timezone.localdate()
    for each in [council, *partners]:
        field = "council" if each.pk == council.pk else "joint_council"
        if each.end_on and each.end_on < today:
            raise Refused(f"{each.name} ceased to exist. Choose a council that exists today.", field=field)
        if each.start_on and each.start_on > today:
            raise Refused(f"{each.name} does not exist yet. Choose a council that exists today.", field=field)
        if row_of(kind).offered_only and not each.in_programme:
            raise Refused(f"{each.name} is not offered this kind of peer challenge.", field=field)
        running = (
            Case.objects.under_way().filter(Q(council=each) | Q(joint_councils=each), kind=kind).order_by("pk").first()
        )
        if running:
            raise Refused(
                f"{each.name} already has a {running.get_kind_display()} under way ({running.reference}).",
                field=field,
            )
    off_cycle_reason = _reason_out_of_turn([council, *partners], kind, today, off_cycle_reason)
    case = Case.objects.create(
        reference=next_reference(council, today.year),
        council=council,
        kind=kind,
        template_version=latest_template(kind),
        off_cycle_reason=off_cycle_reason,
        created_by=by,
        stage=Stage.SCHEDULING,
    )
    case.joint_councils.set(partners)
    StageEntry.objects.create(case=case, stage=case.stage, entered_by=by)
    record(verb="case_started", by=by, case=case)
    if off_cycle_reason:
        record(verb="off_cycle_reason_given", by=by, case=case, data={"reason": off_cycle_reason})
    if by.is_lga_staff and by.role in {
        Role.PEER_CHALLENGE_MANAGER,
        Role.PRINCIPAL_ADVISER,
        Role.SUPPORT_OFFICER,
    }:
        # Whoever starts a case must be able to see it.
        add_member(case=case, user=by, role=CaseRole(by.role), by=by)
    PLUGINS[case.stage].on_enter(case, by)
    case_started.send(sender=Case, case=case, by=by)
    return case


def _move(case: Case, to_stage: str, *, by: User, note: str = "") -> None:
    now = timezone.now()
    StageEntry.objects.filter(case=case, left_at__isnull=True).update(left_at=now, left_by=by, note=note)
    StageEntry.objects.create(case=case, stage=to_stage, entered_at=now, entered_by=by)
    case.stage = to_stage
    case.version += 1
    case.save(update_fields=["stage", "version"])


@transaction.atomic
def advance_case(*, case: Case, from_stage: str, by: User, override_reason: str = "") -> Case:
    """Sign off `from_stage` and open the next.

    Raises AlreadyMoved when the case is no longer at `from_stage` (a second click), StageClosed when it is not
    under way, GateRefused when something is outstanding. With `override_reason` a programme manager passes what
    is waivable; that is recorded on the case for good (R102). The last stage closes the case.
    """
    case = lock_case(case)
    if case.stage != from_stage or case.is_over:
        raise AlreadyMoved(f"This peer challenge has already moved: it is now at {case.get_stage_display()}.")
    if case.state != CaseState.ACTIVE:
        raise StageClosed(f"This peer challenge is {case.get_state_display().lower()}. Resume it first.")
    outstanding = outstanding_in(case)
    firm = [item for item in outstanding if not item.waivable]
    if outstanding and (firm or not override_reason.strip()):
        raise GateRefused(shown_to(by, case, outstanding))
    if outstanding and by.role != Role.PROGRAMME_MANAGER:
        raise Refused("Only a programme manager can finish a stage with things still to do.")
    if outstanding:
        GateOverride.objects.create(
            case=case,
            stage=case.stage,
            outstanding=[
                {"code": item.code, "text": item.text, "read": item.read, "public": item.public} for item in outstanding
            ],
            reason=override_reason.strip(),
            made_by=by,
        )
    to_stage = next_stage(case.kind, case.template_version, case.stage)
    if to_stage is None:
        if outstanding:
            record(
                verb="case_advanced_with_override",
                by=by,
                case=case,
                data={
                    "from_stage": Stage(from_stage).label,
                    "to_stage": "closed",
                    "reason": override_reason.strip(),
                },
            )
        return _close(case, by=by)
    _move(case, to_stage, by=by)
    record(
        verb="case_advanced_with_override" if outstanding else "case_advanced",
        by=by,
        case=case,
        data={
            "from_stage": Stage(from_stage).label,
            "to_stage": Stage(to_stage).label,
            "reason": override_reason.strip(),
        },
    )
    PLUGINS[to_stage].on_enter(case, by)
    return case


@transaction.atomic
def send_back_case(*, case: Case, from_stage: str, to_stage: str, reason: str, by: User) -> Case:
    """Take the case back to an earlier stage, by the few legal returns, with a reason that is kept."""
    case = lock_case(case)
    if case.stage != from_stage or case.is_over:
        raise AlreadyMoved(f"This peer challenge has already moved: it is now at {case.get_stage_display()}.")
    if case.state == CaseState.PAUSED:
        raise StageClosed("This peer challenge is paused. Resume it first.")
    if to_stage not in send_backs(case.kind, case.template_version, case.stage):
        raise Refused(
            f"A peer challenge cannot go back from {case.get_stage_display()} to {Stage(to_stage).label}.",
            field="to_stage",
        )
    reason = _needed(reason, "Enter why the peer challenge goes back", "reason")
    left = case.get_stage_display()
    _move(case, to_stage, by=by, note=reason)
    record(
        verb="case_sent_back",
        by=by,
        case=case,
        data={"from_stage": left, "to_stage": Stage(to_stage).label, "reason": reason},
    )
    PLUGINS[to_stage].on_enter(case, by)
    tell_members(case, change=f"has gone back to {Stage(to_stage).label}", by=by)
    return case


def _needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(message, field=field)
    return text


def _set_state(
    case: Case, state: str, *, by: User, reason: str = "", new_on: date | None = None, agreed_with: str = ""
) -> None:
    case.state = state
    case.state_reason = reason
    case.state_new_on = new_on
    case.state_agreed_with = agreed_with
    case.state_changed_at = timezone.now()
    case.state_changed_by = by
    case.version += 1
    case.save(
        update_fields=[
            "state", "state_reason", "state_new_on", "state_agreed_with", "state_changed_at", "state_changed_by", "version",
        ]
    )  # fmt: skip


def _require_state(case: Case, *states: str) -> None:
    if case.state not in states:
        raise AlreadyMoved(f"This peer challenge is now {case.get_state_display().lower()}, so nothing was changed.")


@transaction.atomic
def postpone_case(*, case: Case, reason: str, new_on: date, agreed_with: str, by: User) -> Case:
    """Put off to a new agreed date; work goes on meanwhile. Dates already agreed stay until changed."""
    case = lock_case(case)
    _require_state(case, CaseState.ACTIVE, CaseState.PAUSED, CaseState.POSTPONED)
    reason = _needed(reason, "Enter why the peer challenge is postponed", "reason")
    agreed_with = _needed(agreed_with, "Enter who agreed the new date", "agreed_with")
    if new_on <= timezone.localdate():
        raise Refused("The new date must be in the future", field="new_on")
    # Postponed again to another date is normal; the same once more is a second click.
    if case.state == CaseState.POSTPONED and (case.state_reason, case.state_new_on, case.state_agreed_with) == (
        reason,
        new_on,
        agreed_with,
    ):
        raise AlreadyMoved(f"This peer challenge is already postponed to {new_on:%-d %B %Y}, so nothing was changed.")
    _set_state(case, CaseState.POSTPONED, by=by, reason=reason, new_on=new_on, agreed_with=agreed_with)
    record(
        verb="case_postponed",
        by=by,
        case=case,
        data={"reason": reason, "new_on": f"{new_on:%-d %B %Y}", "agreed_with": agreed_with},
    )
    tell_members(case, change=f"has been postponed to {new_on:%-d %B %Y}", by=by)
    return case


@transaction.atomic
def pause_case(*, case: Case, reason: str, by: User) -> Case:
    """Stop all work and all reminders until somebody resumes (X29)."""
    case = lock_case(case)
    _require_state(case, CaseState.ACTIVE, CaseState.POSTPONED)
    reason = _needed(reason, "Enter why the peer challenge is paused", "reason")
    _set_state(case, CaseState.PAUSED, by=by, reason=reason)
    record(verb="case_paused", by=by, case=case, data={"reason": reason})
    tell_members(case, change="has been paused", by=by)
    return case


@transaction.atomic
def resume_case(*, case: Case, by: User) -> Case:
    case = lock_case(case)
    _require_state(case, CaseState.PAUSED, CaseState.POSTPONED)
    _set_state(case, CaseState.ACTIVE, by=by)
    record(verb="case_resumed", by=by, case=case)
    tell_members(case, change="is under way again", by=by)
    return case


@transaction.atomic
def cancel_case(*, case: Case, reason: str, is_told: bool = True, by: User) -> Case:
    """End the case without finishing it. Its record stays; its open deadlines fall away; it cannot be undone. Nobody is
    told of a case that nobody knew of (`is_told`)."""
    case = lock_case(case)
    _require_state(case, CaseState.ACTIVE, CaseState.POSTPONED, CaseState.PAUSED)
    reason = _needed(reason, "Enter why the peer challenge is cancelled", "reason")
    # Told first: once it is over, nobody is a member who would be told.
    if is_told:
        tell_members(case, change="has been cancelled", by=by)
    _set_state(case, CaseState.CANCELLED, by=by, reason=reason)
    StageEntry.objects.filter(case=case, left_at__isnull=True).update(left_at=timezone.now(), left_by=by, note=reason)
    cancel_deadlines(case=case, by=by)
    record(verb="case_cancelled", by=by, case=case, data={"reason": reason})
    release_days(case)
    _end_peers_access(case)
    return case


def _close(case: Case, *, by: User) -> Case:
    StageEntry.objects.filter(case=case, left_at__isnull=True).update(left_at=timezone.now(), left_by=by)
    case.closed_on = timezone.localdate()
    case.save(update_fields=["closed_on"])
    _set_state(case, CaseState.CLOSED, by=by)
    cancel_deadlines(case=case, by=by)
    record(verb="case_closed", by=by, case=case)
    _end_peers_access(case)
    return case


def _end_peers_access(case: Case) -> None:
    """Peers keep access for a while after the end."""
    last = timezone.localdate() + timedelta(days=settings.PEER_ACCESS_DAYS_AFTER_END)
    CaseMembership.objects.in_force().of_peers().filter(case=case, ends_on__isnull=True).update(ends_on=last)


# ------------------------------------------------------------------ people


def _check_member(membership: CaseMembership) -> None:
    """Whether what it rests on holds, by the rule that every question about access asks (in_force.py)."""
    condition = broken(membership, timezone.localdate())
    if condition:
        user = membership.user
        raise Refused(
            condition.refusal.format(
                name=user.full_name,
                title=membership.case.title,
                account=user.get_role_display().lower(),
                role=membership.get_role_display(),
            ),
            field="user",
        )


@transaction.atomic
def add_member(
    *,
    case: Case,
    user: User,
    role: str,
    by: User,
    starts_on: date | None = None,
    double_booking_reason: str = "",
) -> CaseMembership:
    """Give somebody access to a case in one role. Adding the same again returns what stands (second click).

    A single role (the peer challenge manager, the two leads) that somebody else holds is refused: take them off first.
    A peer who is on another team on the same days is refused without `double_booking_reason` (held_days.py).
    """
    case = lock_case(case)
    role = CaseRole(role)
    if case.is_over and role in PEER_CASE_ROLES:
        raise Refused(f"This peer challenge is {case.get_state_display().lower()}: no one can join its team.")
    standing = CaseMembership.objects.filter(case=case, user=user, role=role, removed_at__isnull=True).first()
    if standing:
        return standing
    if role in SINGLE_CASE_ROLES:
        holder = (
            CaseMembership.objects.filter(case=case, role=role, removed_at__isnull=True).select_related("user").first()
        )
        if holder:
            raise Refused(
                f"{holder.user.full_name} is the {role.label} of this peer challenge. Take them off first.",
                field="role",
            )
    first, last = days_held(case) if role in PEER_CASE_ROLES else (None, None)
    with one_team_a_day(case=case, people=[user.pk], from_on=first, to_on=last, by=by):
        membership = CaseMembership.objects.create(
            case=case,
            user=user,
            role=role,
            starts_on=starts_on or timezone.localdate(),
            added_by=by,
            onsite_start_on=first,
            onsite_end_on=last,
            double_booking_reason=double_booking_reason,
        )
    _check_member(membership)
    access.forget_roles(user)
    record(verb="member_added", by=by, case=case, data={"name": user.full_name, "role": role.label})
    meet_asked_deadline(case=case, kind=successor_kind(role), by=by)
    return membership


@transaction.atomic
def remove_member(*, membership: CaseMembership, reason: str, by: User) -> None:
    """Take somebody off the case; their access ends now. A case under way keeps a peer challenge manager (R22)."""
    case = lock_case(membership.case_id)
    membership = CaseMembership.objects.select_for_update(of=("self",)).select_related("user").get(pk=membership.pk)
    if membership.removed_at:
        raise AlreadyMoved(f"{membership.user.full_name} was already removed from this peer challenge.")
    if membership.role == CaseRole.PEER_CHALLENGE_MANAGER and not case.is_over and case.stage != Stage.SCHEDULING:
        raise Refused("After scheduling, a peer challenge always has a peer challenge manager. Hand it over instead.")
    reason = _needed(reason, "Enter why they leave the peer challenge", "reason")
    _remove(membership, by=by)
    record(
        verb="member_removed",
        by=by,
        case=case,
        data={"name": membership.user.full_name, "role": membership.get_role_display(), "reason": reason},
    )


def _remove(membership: CaseMembership, *, by: User) -> None:
    membership.removed_at = timezone.now()
    membership.removed_by = by
    membership.save(update_fields=["removed_at", "removed_by"])
    access.forget_roles(membership.user)


@transaction.atomic
def hand_over_case(*, case: Case, role: str, to: User, version: int | None = None, by: User) -> CaseMembership:
    """Pass a single LGA role (usually the peer challenge manager's) to a colleague in one step.

    `version` is the id of the membership that stood on the page, 0 for nobody.
    """
    case = lock_case(case)
    role = CaseRole(role)
    holder = CaseMembership.objects.filter(case=case, role=role, removed_at__isnull=True).select_related("user").first()
    if holder and holder.user_id == to.pk:
        return holder
    if version is not None and version != (holder.pk if holder else 0):
        raise Stale
    if holder:
        _remove(holder, by=by)
        record(
            verb="case_handed_over",
            by=by,
            case=case,
            data={"from_name": holder.user.full_name, "to_name": to.full_name},
        )
    return add_member(case=case, user=to, role=role, by=by)


@transaction.atomic
def change_cycle_start(*, case: Case, on: date, reason: str, version: int, by: User) -> Case:
    """Correct the day from which the four clocks and the next five years are counted (it is a stored field).

    Deadlines that are open follow; what is met, and a new date that somebody agreed, stays. The history names both.
    """
    case = lock_case(case)
    if case.cycle_start_on == on:
        raise AlreadyMoved(f"The five-year cycle already starts on {on:%-d %B %Y}, so nothing was changed.")
    check_version(case, version)
    reason = _needed(reason, "Enter why the day changes", "reason")
    if on > timezone.localdate():
        raise Refused("The day must not be in the future", field="on")
    case.cycle_start_on = on
    case.version += 1
    case.save(update_fields=["cycle_start_on", "version"])
    record(
        verb="cycle_start_changed",
        by=by,
        case=case,
        data={"on": f"{on:%-d %B %Y}", "reason": reason},
        audience="lga",
    )
    move_clocks(case=case, start="onsite_end", on=on, by=by)
    return case
