"""Changes at stage 2. The LGA proposes and decides, peers answer for themselves, the council comments (R14-R19, X2)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import LGA_STAFF, Role
from cpc.audit.services import record
from cpc.cases import access
from cpc.cases.errors import AlreadyMoved, CaseError, NotAllowed, StageClosed, StaleEdit
from cpc.cases.models import (
    LEAD_PEER_ROLES,
    PEER_CASE_ROLES,
    Case,
    CaseMembership,
    CaseRole,
    CaseState,
)
from cpc.cases.services import add_member, lock_case, lock_for_stage, remove_member
from cpc.cases.stages import POSITION, Stage
from cpc.cases.versions import save_if_unchanged
from cpc.deadlines.services import meet_deadline, unmeet_deadline
from teams.composition import messages
from teams.composition.models import (
    MEMBER_PEER_ROLES,
    STANDING,
    TALK_ROLES,
    CommentDecision,
    CommentKind,
    ConflictDeclaration,
    ConflictKind,
    CouncilComment,
    GroupConsultation,
    MemberState,
    Team,
    TeamMember,
)
from teams.composition.queries import (
    accepted_members,
    accepted_without_access,
    accepted_without_new_dates,
    hosts_of,
    needs_of,
)
from teams.peers.models import PeerKind, PeerProfile

# How long an invited peer has to answer, unless the LGA sets another day.
DAYS_TO_ANSWER = 14


# ------------------------------------------------------------------ shared steps


def open_team(case: Case, by: User) -> None:
    """on_enter: the team's row. Entering twice changes nothing."""
    Team.objects.get_or_create(case=case)


def _team(case: Case) -> Team:
    """The case's team, locked. The case is locked by the caller, so two first writers cannot meet."""
    Team.objects.get_or_create(case=case)
    return Team.objects.select_for_update().get(case=case)


def _member(member: TeamMember) -> TeamMember:
    return TeamMember.objects.select_for_update(of=("self",)).select_related("user", "user__council").get(pk=member.pk)


def _touch(team: Team) -> None:
    """A page that shows the whole team is stale once anything about it changed."""
    Team.objects.filter(pk=team.pk).update(version=F("version") + 1)
    team.version += 1


def _needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise CaseError(message, field=field)
    return text


def _require_open(team: Team) -> None:
    if team.confirmed_at:
        raise NotAllowed("The team is confirmed. Reopen it before you change it.")


def _check_person(case: Case, user: User, role: str) -> PeerProfile:
    """Whether this person may hold this role here at all (R48, X2). Raises NotAllowed naming the field."""
    if not user.is_active:
        raise NotAllowed(f"{user.full_name} no longer has an account.", field="user")
    if user.role in LGA_STAFF:
        raise NotAllowed(f"{user.full_name} works for the LGA and cannot be a peer.", field="user")
    if user.council_id in {council.pk for council in hosts_of(case)}:
        raise NotAllowed(f"{user.full_name} is of the host council and cannot be on its peer team.", field="user")
    profile = PeerProfile.objects.filter(user=user).first()
    if profile is None:
        raise NotAllowed(f"{user.full_name} is not in the pool of peers. Add them to the pool first.", field="user")
    if role in MEMBER_PEER_ROLES and profile.kind != PeerKind.MEMBER:
        raise NotAllowed(f"{user.full_name} is an officer peer. Choose an officer's role.", field="role")
    if role in {CaseRole.LEAD_OFFICER_PEER, CaseRole.SENIOR_OFFICER_PEER} and profile.kind != PeerKind.OFFICER:
        raise NotAllowed(f"{user.full_name} is a member peer. Choose a member's role.", field="role")
    return profile


def _check_role_free(team: Team, role: str, *, but: int | None = None) -> None:
    if role not in LEAD_PEER_ROLES:
        return
    standing = TeamMember.objects.filter(team=team, role=role).standing().select_related("user")
    holder = next((member for member in standing if member.pk != but), None)
    if holder:
        raise NotAllowed(
            f"{holder.user.full_name} already holds this place: {holder.get_role_display()}. "
            "Take them off first, or choose another role.",
            field="role",
        )


# ------------------------------------------------------------------ putting the team together


@transaction.atomic
def propose_member(
    *, case: Case, user: User, role: str, post_printed: str = "", fit_note: str = "", challenge_note: str = "", by: User
) -> TeamMember:
    """Put somebody of the pool forward.

    Refuses people of a host council, LGA staff, people outside the pool, somebody already on the team or on the case,
    a lead role that is held, and a team that is confirmed.
    """
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    role = CaseRole(role)
    if role not in PEER_CASE_ROLES:
        raise NotAllowed("Choose a peer's role.", field="role")
    team = _team(case)
    _require_open(team)
    if TeamMember.objects.filter(team=team, user=user).standing().exists():
        raise AlreadyMoved(f"{user.full_name} is already on this team.", field="user")
    other = (
        CaseMembership.objects.filter(case=case, user=user, removed_at__isnull=True)
        .exclude(role__in=sorted(PEER_CASE_ROLES))
        .first()
    )
    if other:
        raise NotAllowed(
            f"{user.full_name} is on this case as {other.get_role_display()} and cannot be on its peer team.",
            field="user",
        )
    profile = _check_person(case, user, role)
    _check_role_free(team, role)
    member = TeamMember.objects.create(
        team=team,
        user=user,
        role=role,
        post_printed=post_printed.strip() or profile.post_as_printed,
        fit_note=fit_note.strip(),
        challenge_note=challenge_note.strip(),
        proposed_by=by,
    )
    _touch(team)
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
    team = _team(case)
    member = _member(member)
    if not member.is_standing:
        raise AlreadyMoved(f"{member.user.full_name} is no longer on this team.")
    role = CaseRole(role)
    if role != member.role:
        _require_open(team)
        _check_person(case, member.user, role)
        _check_role_free(team, role, but=member.pk)
    was_lead = member.role == CaseRole.LEAD_MEMBER_PEER and role != member.role
    if not save_if_unchanged(
        member,
        version=version,
        role=role,
        post_printed=_needed(post_printed, "Enter the post as the report prints it", "post_printed"),
        fit_note=fit_note.strip(),
        challenge_note=challenge_note.strip(),
    ):
        raise StaleEdit()
    if was_lead:
        _clear_talk(team, case, by=by)
    _touch(team)
    record(
        verb="peer_place_changed",
        by=by,
        case=case,
        data={"name": member.user.full_name, "role": role.label},
        audience="lga",
    )
    return member


def default_answer_day(case: Case) -> date:
    """Two weeks, but before the team is onsite."""
    day = timezone.localdate() + timedelta(days=DAYS_TO_ANSWER)
    if case.onsite_start_on:
        day = min(day, case.onsite_start_on - timedelta(days=1))
    return max(day, timezone.localdate())


@transaction.atomic
def invite_member(*, member: TeamMember, answer_by_on: date | None = None, by: User) -> TeamMember:
    """Ask a proposed peer by mail. They see one page only until the team is confirmed."""
    case = lock_for_stage(member.team.case_id, Stage.TEAM_COMPOSITION)
    team = _team(case)
    member = _member(member)
    if member.state != MemberState.PROPOSED:
        raise AlreadyMoved(f"{member.user.full_name} has already been invited.")
    if case.onsite_start_on is None:
        raise NotAllowed("Agree the onsite dates before you invite peers.")
    _check_person(case, member.user, member.role)
    answer_by_on = answer_by_on or default_answer_day(case)
    if answer_by_on < timezone.localdate():
        raise CaseError("The day to answer by must be today or in the future", field="answer_by_on")
    if answer_by_on > case.onsite_start_on:
        raise CaseError("The day to answer by must be before the team is onsite", field="answer_by_on")
    member.state = MemberState.INVITED
    member.invited_at = timezone.now()
    member.answer_by_on = answer_by_on
    member.version += 1
    member.save(update_fields=["state", "invited_at", "answer_by_on", "version"])
    _touch(team)
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
    case = lock_for_stage(member.team.case_id, Stage.TEAM_COMPOSITION)
    member = _member(member)
    if member.state != MemberState.INVITED:
        raise AlreadyMoved(f"{member.user.full_name} has already answered, or is no longer asked.")
    if messages.mail_invitation(member, case, again=True) is None:
        raise AlreadyMoved(f"{member.user.full_name} was already asked again today.")
    record(verb="peer_reminded", by=by, case=case, data={"name": member.user.full_name}, audience="lga")


def _end_access(member: TeamMember, case: Case, *, by: User) -> None:
    """Ends what the team gave. The reason stays with the LGA: everybody on the case reads the case's own event."""
    for membership in CaseMembership.objects.filter(
        case=case, user=member.user_id, role__in=sorted(PEER_CASE_ROLES), removed_at__isnull=True
    ):
        remove_member(membership=membership, reason="No longer on the team", by=by)


def _clear_talk(team: Team, case: Case, *, by: User) -> None:
    """R17 is about one person: with another lead member peer the talk has not taken place."""
    if team.talk_on is None:
        return
    team.talk_on, team.talk_by = None, None
    team.save(update_fields=["talk_on", "talk_by"])
    record(verb="leader_talk_cleared", by=by, case=case)


@transaction.atomic
def withdraw_member(*, member: TeamMember, reason: str, by: User) -> TeamMember:
    """Take somebody off the team, with a reason that is kept. Their access ends now. Possible at any stage and after
    the end of the case; whoever was asked is told, without the reason."""
    case = lock_case(member.team.case_id)
    team = _team(case)
    member = _member(member)
    if not member.is_standing:
        raise AlreadyMoved(f"{member.user.full_name} is no longer on this team.")
    reason = _needed(reason, "Enter why they leave the team", "reason")
    was_asked = member.invited_at is not None
    member.state = MemberState.WITHDRAWN
    member.withdrawn_at = timezone.now()
    member.withdrawn_by = by
    member.withdrawn_reason = reason
    member.version += 1
    member.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_reason", "version"])
    _end_access(member, case, by=by)
    if member.role == CaseRole.LEAD_MEMBER_PEER:
        _clear_talk(team, case, by=by)
    _touch(team)
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
    """Take one person off and propose another for the same place. A confirmed team is reopened by it."""
    case = lock_for_stage(member.team.case_id, Stage.TEAM_COMPOSITION)
    if _team(case).confirmed_at:
        reopen_team(case=case, reason=reason, by=by)
    withdraw_member(member=member, reason=reason, by=by)
    return propose_member(
        case=case,
        user=user,
        role=member.role,
        post_printed=post_printed,
        fit_note=fit_note,
        challenge_note=challenge_note,
        by=by,
    )


# ------------------------------------------------------------------ the peer's own answers


def _own(member: TeamMember, by: User) -> None:
    if member.user_id != by.pk:
        raise NotAllowed("Only the person invited can answer.")


def _require_answerable(case: Case) -> None:
    if access.why_not_writable(case, Stage.TEAM_COMPOSITION):
        raise StageClosed("This team is no longer being put together. Ask the LGA if you think that this is wrong.")


def _require_dates_seen(case: Case, dates_seen: str) -> None:
    """`dates_seen` are the days that stood on the page, as dates_key() writes them."""
    if dates_seen != dates_key(case):
        raise NotAllowed("The onsite dates changed while you were reading. Look at the new dates, then answer.")


def dates_key(case: Case) -> str:
    return f"{case.onsite_start_on or ''}/{case.onsite_end_on or ''}"


@transaction.atomic
def accept_invitation(
    *, member: TeamMember, conflicts: list[str], conflict_text: str, dates_seen: str, by: User
) -> TeamMember:
    """The peer says yes, to these dates, and declares conflicts or that there are none (DOMAIN 4).

    Gives no access: that comes with the team's confirmation.
    """
    case = lock_case(member.team.case_id)
    team = _team(case)
    member = _member(member)
    _own(member, by)
    if member.state == MemberState.ACCEPTED:
        raise AlreadyMoved("You have already said yes.")
    if member.state != MemberState.INVITED:
        raise NotAllowed("This invitation is no longer open.")
    _require_answerable(case)
    _require_dates_seen(case, dates_seen)
    _check_person(case, member.user, member.role)
    _store_conflicts(case, by, conflicts, conflict_text)
    member.state = MemberState.ACCEPTED
    member.answered_at = timezone.now()
    member.dates_agreed_start, member.dates_agreed_end = case.onsite_start_on, case.onsite_end_on
    member.version += 1
    member.save(update_fields=["state", "answered_at", "dates_agreed_start", "dates_agreed_end", "version"])
    _touch(team)
    record(
        verb="peer_accepted",
        by=by,
        case=case,
        data={"role": member.get_role_display()},
        audience="lga",
    )
    messages.tell_of_answer(member, case, answer="said yes", by=by)
    return member


@transaction.atomic
def decline_invitation(*, member: TeamMember, reason: str, by: User) -> TeamMember:
    """The peer says no, at first or later; later, any access ends. The reason is read by the LGA alone."""
    case = lock_case(member.team.case_id)
    team = _team(case)
    member = _member(member)
    _own(member, by)
    if member.state == MemberState.DECLINED:
        raise AlreadyMoved("You have already said no.")
    if member.state not in {MemberState.INVITED, MemberState.ACCEPTED}:
        raise NotAllowed("This invitation is no longer open.")
    if case.is_over:
        raise StageClosed("This peer challenge is over.")
    reason = _needed(reason, "Enter why you cannot take part", "reason")
    had_accepted = member.state == MemberState.ACCEPTED
    member.state = MemberState.DECLINED
    member.answered_at = timezone.now()
    member.decline_reason = reason
    member.version += 1
    member.save(update_fields=["state", "answered_at", "decline_reason", "version"])
    _end_access(member, case, by=by)
    if member.role == CaseRole.LEAD_MEMBER_PEER:
        _clear_talk(team, case, by=by)
    _touch(team)
    record(
        verb="peer_declined",
        by=by,
        case=case,
        data={"role": member.get_role_display(), "reason": reason},
        audience="lga",
    )
    messages.tell_of_answer(member, case, answer="can no longer come" if had_accepted else "said no", by=by)
    return member


@transaction.atomic
def agree_new_dates(*, member: TeamMember, dates_seen: str, by: User) -> TeamMember:
    """The peer says yes to dates that changed after they had accepted."""
    case = lock_case(member.team.case_id)
    team = _team(case)
    member = _member(member)
    _own(member, by)
    if member.state != MemberState.ACCEPTED:
        raise NotAllowed("You are not on this team.")
    if case.is_over:
        raise StageClosed("This peer challenge is over.")
    _require_dates_seen(case, dates_seen)
    if member.agreed_to(case.onsite_start_on, case.onsite_end_on):
        raise AlreadyMoved("You have already said yes to these dates.")
    member.dates_agreed_start, member.dates_agreed_end = case.onsite_start_on, case.onsite_end_on
    member.version += 1
    member.save(update_fields=["dates_agreed_start", "dates_agreed_end", "version"])
    _touch(team)
    record(
        verb="peer_dates_agreed",
        by=by,
        case=case,
        data={"dates": messages.dates_text(case)},
        audience="lga",
    )
    messages.tell_of_answer(member, case, answer="can come on the new dates", by=by)
    return member


@transaction.atomic
def ask_about_new_dates(*, case: Case, by: User) -> list[TeamMember]:
    """Mail those who said yes to other dates than the case has now; each once a day. Returns who was asked."""
    case = lock_case(case)
    if case.state not in {CaseState.ACTIVE, CaseState.POSTPONED}:
        raise StageClosed("This case is not under way.")
    asked = [m for m in accepted_without_new_dates(case) if messages.mail_new_dates(m, case) is not None]
    if not asked:
        raise AlreadyMoved("Everybody has said yes to these dates, or was already asked today.")
    record(
        verb="peers_asked_about_dates",
        by=by,
        case=case,
        data={"names": ", ".join(member.user.full_name for member in asked)},
        audience="lga",
    )
    return asked


def _store_conflicts(case: Case, user: User, kinds: list[str], text: str) -> None:
    """A new declaration replaces the old one, which stays on record (X2)."""
    chosen = list(dict.fromkeys(ConflictKind(kind) for kind in kinds))
    if not chosen:
        raise CaseError("Choose what you have to declare, or that there is nothing", field="conflicts")
    if ConflictKind.NONE in chosen and len(chosen) > 1:
        raise CaseError("Choose either what you have to declare or that there is nothing", field="conflicts")
    text = text.strip()
    if chosen != [ConflictKind.NONE] and not text:
        raise CaseError("Enter what the LGA should know about it", field="conflict_text")
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
    member = _member(member)
    _own(member, by)
    if case.is_over:
        raise StageClosed("This peer challenge is over.")
    if member.state != MemberState.ACCEPTED:
        raise NotAllowed("You are not on this team.")
    team = _team(case)
    standing = ConflictDeclaration.objects.filter(case=case, user=by, replaced_at__isnull=True)
    if {(row.kind, row.text) for row in standing} == {(kind, conflict_text.strip()) for kind in conflicts}:
        # The same post again: what stands already is the answer.
        return
    _store_conflicts(case, by, conflicts, conflict_text)
    _touch(team)


# ------------------------------------------------------------------ the council's view (R17-R19, X2)


@transaction.atomic
def share_team(*, case: Case, by: User) -> Team:
    """Show the proposed team to the council's leadership and ask for their view. Again after changes, once a day."""
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    team = _team(case)
    if not TeamMember.objects.filter(team=team).standing().exists():
        raise NotAllowed("Propose somebody before you show the team to the council.")
    if team.shared_at and timezone.localtime(team.shared_at).date() == timezone.localdate():
        raise AlreadyMoved("The council was already shown the team today.")
    team.shared_at, team.shared_by = timezone.now(), by
    team.save(update_fields=["shared_at", "shared_by"])
    record(verb="team_shared", by=by, case=case, audience="council")
    messages.tell_council_of_team(team, case, by=by)
    return team


@transaction.atomic
def comment_on_team(
    *, case: Case, kind: str, reason: str, member: TeamMember | None = None, form_key: UUID, by: User
) -> CouncilComment:
    """R18: the council says what it thinks, with a reason. `form_key` makes a second press of the button harmless."""
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    team = _team(case)
    standing = CouncilComment.objects.filter(form_key=form_key).first()
    if standing:
        if standing.team_id != team.pk or standing.made_by_id != by.pk:
            raise NotAllowed("Open the form again, then send your view.")
        return standing
    if team.shared_at is None:
        raise NotAllowed("The LGA has not shown you a team yet.")
    if member is not None and (member.team_id != team.pk or member.state not in STANDING):
        raise NotAllowed("This person is no longer on the proposed team.", field="member")
    kind = CommentKind(kind)
    comment = CouncilComment.objects.create(
        team=team,
        member=member,
        kind=kind,
        reason=_needed(reason, "Enter your reason", "reason"),
        made_by=by,
        form_key=form_key,
    )
    record(
        verb="council_objected" if kind == CommentKind.OBJECTION else "council_commented",
        by=by,
        case=case,
        data={"reason": comment.reason},
        audience="council",
    )
    messages.tell_of_comment(comment, case, by=by)
    return comment


@transaction.atomic
def decide_comment(*, comment: CouncilComment, decision: str, reason: str, version: int, by: User) -> CouncilComment:
    """X2: the LGA decides, by name, and says why. A decision can be changed; the first stays in the history."""
    case = lock_for_stage(comment.team.case_id, Stage.TEAM_COMPOSITION)
    comment = CouncilComment.objects.select_for_update(of=("self",)).select_related("made_by").get(pk=comment.pk)
    decision = CommentDecision(decision)
    reason = _needed(reason, "Enter the reason for your decision", "reason")
    if (comment.decision, comment.decision_reason) == (decision, reason):
        raise AlreadyMoved("This decision has already been recorded.")
    if not save_if_unchanged(
        comment,
        version=version,
        decision=decision,
        decision_reason=reason,
        decided_at=timezone.now(),
        decided_by=by,
    ):
        raise StaleEdit()
    record(
        verb="objection_decided",
        by=by,
        case=case,
        data={"decision": decision.label, "reason": reason},
        audience="council",
    )
    messages.tell_of_decision(comment, case, by=by)
    return comment


@transaction.atomic
def record_leader_talk(*, case: Case, on: date, by: User) -> Team:
    """R17: the leader has met or talked to the lead member peer; said by the coordinator, the leader or the peer
    challenge manager alone. Possible until the team has been onsite; recording again corrects the day."""
    case = lock_case(case)
    if case.state not in {CaseState.ACTIVE, CaseState.POSTPONED} or POSITION[case.stage] > POSITION[Stage.ONSITE]:
        raise StageClosed("The team has been onsite. This can no longer be changed.")
    access.forget_roles(by)
    if not access.roles_on(by, case) & TALK_ROLES:
        raise NotAllowed("Only the coordinator, the leader or the peer challenge manager can record this.")
    if not accepted_members(case).filter(role=CaseRole.LEAD_MEMBER_PEER).exists():
        raise NotAllowed("No lead member peer has accepted yet.")
    if on > timezone.localdate():
        raise CaseError("The day of the talk must be today or in the past", field="on")
    team = _team(case)
    if team.talk_on == on:
        raise AlreadyMoved("This has already been recorded.")
    team.talk_on, team.talk_by = on, by
    team.save(update_fields=["talk_on", "talk_by"])
    record(verb="leader_talk_recorded", by=by, case=case, data={"on": f"{on:%-d %B %Y}"})
    return team


@transaction.atomic
def record_consultation(
    *, case: Case, group: str, leader_name: str, consulted_on: date, view: str = "", by: User
) -> GroupConsultation:
    """R19: one line for each political group whose leader was asked."""
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    team = _team(case)
    group = _needed(group, "Enter the political group", "group")
    _check_consulted_on(consulted_on)
    if GroupConsultation.objects.filter(team=team, group__iexact=group).exists():
        raise AlreadyMoved(f"{group} is already recorded. Change that line instead.", field="group")
    consultation = GroupConsultation.objects.create(
        team=team,
        group=group,
        leader_name=_needed(leader_name, "Enter the group leader's name", "leader_name"),
        consulted_on=consulted_on,
        view=view.strip(),
        recorded_by=by,
    )
    record(
        verb="group_leader_consulted",
        by=by,
        case=case,
        data={"name": consultation.leader_name, "group": group},
        audience="lga",
    )
    return consultation


@transaction.atomic
def change_consultation(
    *,
    consultation: GroupConsultation,
    group: str,
    leader_name: str,
    consulted_on: date,
    view: str,
    version: int,
    by: User,
) -> GroupConsultation:
    case = lock_for_stage(consultation.team.case_id, Stage.TEAM_COMPOSITION)
    group = _needed(group, "Enter the political group", "group")
    _check_consulted_on(consulted_on)
    others = GroupConsultation.objects.filter(team=consultation.team_id, group__iexact=group).exclude(
        pk=consultation.pk
    )
    if others.exists():
        raise NotAllowed(f"{group} is already recorded. Change that line instead.", field="group")
    if not save_if_unchanged(
        consultation,
        version=version,
        group=group,
        leader_name=_needed(leader_name, "Enter the group leader's name", "leader_name"),
        consulted_on=consulted_on,
        view=view.strip(),
    ):
        raise StaleEdit()
    record(
        verb="group_leader_consulted",
        by=by,
        case=case,
        data={"name": consultation.leader_name, "group": group},
        audience="lga",
    )
    return consultation


def _check_consulted_on(on: date) -> None:
    if on > timezone.localdate():
        raise CaseError("The day must be today or in the past", field="consulted_on")


# ------------------------------------------------------------------ confirming


@transaction.atomic
def confirm_team(*, case: Case, version: int | None = None, waiver_reason: str = "", by: User) -> Team:
    """Confirm the team: each accepted peer gets access to the case.

    R15: without a chief executive and a leader or senior member, both accepted, it is refused; a programme manager may
    waive what is missing now, with a reason. Confirming again after somebody accepted later gives that person access;
    a second press with nothing new raises AlreadyMoved. A team that changed since the page was shown raises StaleEdit.
    """
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    team = _team(case)
    newcomers = list(accepted_without_access(case))
    needs = needs_of(case)
    unwaived = [need for need in needs if need.code not in team.waived_needs]
    if team.confirmed_at and not newcomers and not unwaived:
        raise AlreadyMoved("The team is already confirmed.")
    if version is not None and version != team.version:
        raise StaleEdit("The team changed while you were reading. Look at it again, then confirm it.")
    accepted = list(accepted_members(case))
    if not accepted:
        raise NotAllowed("Nobody has accepted a place yet.")
    waiver_reason = waiver_reason.strip()
    if needs and not waiver_reason:
        raise NotAllowed(
            "The team cannot be confirmed: " + "; ".join(need.text for need in needs) + ".", field="waiver_reason"
        )
    if needs and by.role != Role.PROGRAMME_MANAGER:
        raise NotAllowed("Only a programme manager may confirm a team that lacks one of these.", field="waiver_reason")
    team.confirmed_at, team.confirmed_by = timezone.now(), by
    team.waived_needs = [need.code for need in needs]
    team.waiver_reason = waiver_reason if needs else ""
    team.version += 1
    team.save(update_fields=["confirmed_at", "confirmed_by", "waived_needs", "waiver_reason", "version"])
    _give_access(case, accepted, by=by)
    meet_deadline(case=case, kind="team_confirmed", on=timezone.localdate(), by=by)
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


def _give_access(case: Case, accepted: list[TeamMember], *, by: User) -> None:
    """Memberships follow the team: roles that changed end first, so that two leads can swap."""
    wanted = {(member.user_id, member.role) for member in accepted}
    people = [member.user_id for member in accepted]
    for membership in CaseMembership.objects.filter(
        case=case, user__in=people, role__in=sorted(PEER_CASE_ROLES), removed_at__isnull=True
    ):
        if (membership.user_id, membership.role) not in wanted:
            remove_member(membership=membership, reason="Their role on the team changed", by=by)
    for member in accepted:
        add_member(case=case, user=member.user, role=member.role, by=by)


@transaction.atomic
def reopen_team(*, case: Case, reason: str, by: User) -> Team:
    """Take the confirmation back so that members can change. Those who have access keep it."""
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    team = _team(case)
    if team.confirmed_at is None:
        raise AlreadyMoved("The team is already open.")
    reason = _needed(reason, "Enter why the team is reopened", "reason")
    team.confirmed_at, team.confirmed_by = None, None
    team.waived_needs, team.waiver_reason = [], ""
    team.version += 1
    team.save(update_fields=["confirmed_at", "confirmed_by", "waived_needs", "waiver_reason", "version"])
    unmeet_deadline(case=case, kind="team_confirmed", by=by)
    record(verb="team_reopened", by=by, case=case, data={"reason": reason}, audience="lga")
    return team
