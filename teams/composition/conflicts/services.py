"""The LGA decides, by name, on what a peer declared about the host council (X2)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases import access
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import Stage
from cpc.casework.services import lock_case
from cpc.components.errors import AlreadyMoved, Stale
from teams.composition.models import ConflictDecision, TeamMember
from teams.composition.queries import undecided_conflicts
from teams.composition.services import withdraw_member
from teams.composition.steps import lock_member, lock_team, needed, touch


def why_not_decidable(case: Case) -> str:
    """Something may come up at any stage of a case that is under way; empty then."""
    if case.state in {CaseState.ACTIVE, CaseState.POSTPONED}:
        return ""
    return access.why_not_writable(case, Stage.TEAM_COMPOSITION)


@transaction.atomic
def decide_conflicts(*, member: TeamMember, decision: str, reason: str, seen: str, by: User) -> None:
    """Everything that this person declared and that waits for a decision is decided together.

    `seen` is the key of the declarations that stood on the page: one made meanwhile is read first. Who cannot be on the
    team is taken off it. A decision stays with the declaration; what is declared later waits for one of its own.
    """
    case = lock_case(member.team.case_id)
    if why_not := why_not_decidable(case):
        raise StageClosed(why_not)
    team = lock_team(case)
    member = lock_member(member)
    decision = ConflictDecision(decision)
    reason = needed(reason, "Enter the reason for your decision", "reason")
    rows = list(undecided_conflicts(case).filter(user=member.user_id).select_for_update(of=("self",)))
    if not rows:
        raise AlreadyMoved("Nothing that they declared waits for a decision.")
    if seen != declarations_key(rows):
        raise Stale("They declared something else while you were reading. Read it, then decide.")
    now = timezone.now()
    for row in rows:
        row.decision, row.decision_reason, row.decided_at, row.decided_by = decision, reason, now, by
        row.save(update_fields=["decision", "decision_reason", "decided_at", "decided_by"])
    touch(team)
    data = {"name": member.user.full_name, "kinds": "; ".join(row.get_kind_display() for row in rows), "reason": reason}
    if decision == ConflictDecision.WAIVED:
        record(verb="conflict_waived", by=by, case=case, data=data, audience="lga")
    else:
        record(verb="conflict_blocked", by=by, case=case, data=data, audience="lga")
        withdraw_member(member=member, reason=f"A conflict of interest: {reason}", by=by)


def declarations_key(rows: list) -> str:
    """The declarations that stand, for a form that is about them and no others."""
    return ",".join(str(row.pk) for row in sorted(rows, key=lambda row: row.pk))
