"""Memberships whose ground is gone are ended, with an event, and somebody is asked to find a successor.

Access does not wait for this: it is refused the moment the rule of in_force.py no longer holds. What is done here makes
the end known, and keeps what was lost from coming back by itself when the ground does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from councils.models import Council, Tenure
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases import access
from cpc.cases.in_force import broken
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.cases.roles import NEED_A_SUCCESSOR, successor_kind
from cpc.casework.services import lock_case
from cpc.components.folding import folded
from cpc.deadlines.services import ask_by

# Sent in the transaction that ended a membership: membership, case, by (None when the passing of time ended it).
membership_ended = Signal()

LOST_POST = "their time as {post} has ended"


@transaction.atomic
def end_memberships(*, users: Iterable[User] | None = None, by: User | None) -> list[CaseMembership]:
    """End every standing membership, or those of these people, that rests on nothing today."""
    rows = CaseMembership.objects.resting_on_nothing()
    if users is not None:
        rows = rows.filter(user__in=[user.pk for user in users])
    ended = []
    # In the order of the cases, as everybody locks several.
    for pk, case_id in rows.order_by("case", "pk").values_list("pk", "case"):
        case = lock_case(case_id)
        membership = _standing(pk)
        condition = membership and broken(membership, timezone.localdate())
        if membership and condition:
            membership.case = case
            ended.append(_end(membership, because=condition.ended, by=by))
    return ended


@transaction.atomic
def end_with_tenures(*, council: Council | None = None, by: User | None) -> list[CaseMembership]:
    """End the place of a leader or chief executive whose last day the register knows, when no later time of theirs
    in that post does. Found by the council, the post and the name."""
    posts = {CaseRole.LEADER, CaseRole.CHIEF_EXECUTIVE}
    today = timezone.localdate()
    rows = CaseMembership.objects.standing().filter(role__in=sorted(posts), user__council__isnull=False)
    if council is not None:
        rows = rows.filter(user__council=council)
    held = list(rows.select_related("user").order_by("case", "pk"))
    tenures: dict[tuple[int, str, str], list[Tenure]] = {}
    for tenure in Tenure.objects.filter(council__in={row.user.council_id for row in held}, post__in=sorted(posts)):
        tenures.setdefault((tenure.council_id, tenure.post, folded(tenure.person_name)), []).append(tenure)
    ended = []
    for row in held:
        known = tenures.get((row.user.council_id or 0, row.role, folded(row.user.full_name)), [])
        # The last day itself is still theirs. What ended before somebody put them on the case, that person knew.
        lost = known and all(each.ended_on and row.starts_on <= each.ended_on < today for each in known)
        if not lost:
            continue
        case = lock_case(row.case_id)
        membership = _standing(row.pk)
        if membership:
            membership.case = case
            ended.append(_end(membership, because=LOST_POST.format(post=row.get_role_display().lower()), by=by))
    return ended


def ask_for_successor(case: Case, role: CaseRole, *, by: User | None) -> None:
    """The LGA finds somebody for a place that stands empty; adding them meets the promise."""
    if role in NEED_A_SUCCESSOR and not case.is_over:
        due_on = timezone.localdate() + timedelta(days=settings.SUCCESSOR_DAYS)
        label = f"Find a successor: {role.label}"
        ask_by(case=case, kind=successor_kind(role), label=label, due_on=due_on, owner_role="LGA", by=by)


def _standing(pk: int) -> CaseMembership | None:
    rows = CaseMembership.objects.standing().select_for_update(of=("self",))
    return rows.select_related("user").filter(pk=pk).first()


def _end(membership: CaseMembership, *, because: str, by: User | None) -> CaseMembership:
    case, role = membership.case, CaseRole(membership.role)
    membership.removed_at, membership.removed_by, membership.ended_because = timezone.now(), by, because
    membership.save(update_fields=["removed_at", "removed_by", "ended_because"])
    access.forget_roles(membership.user)
    data = {"name": membership.user.full_name, "role": role.label, "reason": because}
    record(verb="membership_ended", by=by, case=case, data=data)
    ask_for_successor(case, role, by=by)
    membership_ended.send(sender=CaseMembership, membership=membership, case=case, by=by)
    return membership
