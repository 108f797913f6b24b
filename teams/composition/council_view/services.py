"""The council's view of the team: it comments, the LGA decides (R17-R19, X2)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases import access
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseRole, CaseState
from cpc.cases.stages import POSITION, Stage
from cpc.casework.services import lock_case, lock_for_stage
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.folding import same_name
from cpc.components.versioned import save_versioned
from teams.composition import messages
from teams.composition.models import (
    STANDING,
    TALK_ROLES,
    CommentDecision,
    CommentKind,
    CouncilComment,
    GroupConsultation,
    Team,
    TeamMember,
)
from teams.composition.queries import accepted_members
from teams.composition.steps import lock_team, needed


@transaction.atomic
def share_team(*, case: Case, by: User) -> Team:
    """Show the proposed team to the council's leadership and ask for their view. Again after changes, once a day."""
    case = lock_for_stage(case, Stage.TEAM_COMPOSITION)
    team = lock_team(case)
    if not TeamMember.objects.filter(team=team).standing().exists():
        raise Refused("Propose someone before you show the team to the council.")
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
    team = lock_team(case)
    standing = CouncilComment.objects.filter(form_key=form_key).first()
    if standing:
        if standing.team_id != team.pk or standing.made_by_id != by.pk:
            raise Refused("Open the form again, then send your view.")
        return standing
    if team.shared_at is None:
        raise Refused("The LGA has not shown you a team yet.")
    if member is not None and (member.team_id != team.pk or member.state not in STANDING):
        raise Refused("This person is no longer on the proposed team.", field="member")
    kind = CommentKind(kind)
    comment = CouncilComment.objects.create(
        team=team,
        member=member,
        kind=kind,
        reason=needed(reason, "Enter your reason", "reason"),
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
    reason = needed(reason, "Enter the reason for your decision", "reason")
    if (comment.decision, comment.decision_reason) == (decision, reason):
        raise AlreadyMoved("This decision has already been recorded.")
    if not save_versioned(
        comment,
        version=version,
        decision=decision,
        decision_reason=reason,
        stamps={"decided_at": timezone.now(), "decided_by": by},
    ):
        return comment
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
        raise Refused("Only the coordinator, the leader or the peer challenge manager can record this.")
    if not accepted_members(case).filter(role=CaseRole.LEAD_MEMBER_PEER).exists():
        raise Refused("No lead member peer has accepted yet.")
    if on > timezone.localdate():
        raise Refused("The day of the talk must be today or in the past", field="on")
    team = lock_team(case)
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
    team = lock_team(case)
    group = needed(group, "Enter the political group", "group")
    _check_consulted_on(consulted_on)
    if any(same_name(group, each.group) for each in GroupConsultation.objects.filter(team=team)):
        raise AlreadyMoved(f"{group} is already recorded. Change that line instead.", field="group")
    consultation = GroupConsultation.objects.create(
        team=team,
        group=group,
        leader_name=needed(leader_name, "Enter the group leader's name", "leader_name"),
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
    group = needed(group, "Enter the political group", "group")
    _check_consulted_on(consulted_on)
    others = GroupConsultation.objects.filter(team=consultation.team_id).exclude(pk=consultation.pk)
    if any(same_name(group, each.group) for each in others):
        raise Refused(f"{group} is already recorded. Change that line instead.", field="group")
    if not save_versioned(
        consultation,
        version=version,
        group=group,
        leader_name=needed(leader_name, "Enter the group leader's name", "leader_name"),
        consulted_on=consulted_on,
        view=view.strip(),
    ):
        return consultation
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
        raise Refused("The day must be today or in the past", field="consulted_on")
