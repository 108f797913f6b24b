"""The pipeline and my work: reads only, a fixed number of statements whatever the number of cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.models import COUNCIL_CASE_ROLES, PEER_CASE_ROLES, Case, CaseMembership, CaseRole, CaseState
from cpc.cases.stages import STAGES
from cpc.deadlines.models import Deadline

RUNNING = [CaseState.ACTIVE, CaseState.POSTPONED, CaseState.PAUSED]
ORDERS = {
    "onsite": ("onsite_start_on", "pk"),
    "council": ("council__name", "pk"),
    "deadline": ("next_due_on", "pk"),
}


@dataclass(frozen=True)
class PipelineFilter:
    """What the pipeline is narrowed to. Empty strings narrow nothing."""

    q: str = ""
    stage: str = ""
    state: str = "running"
    late: bool = False
    mine: bool = False
    order: str = "onsite"


def _states(chosen: str) -> list[str]:
    if chosen in CaseState.values:
        return [chosen]
    return list(CaseState.values) if chosen == "all" else list(RUNNING)


def pipeline(user: User, chosen: PipelineFilter) -> Any:
    """Cases as rows: council, where it stands, manager's name, next open deadline."""
    today = timezone.localdate()
    cases = Case.objects.visible_to(user).filter(state__in=_states(chosen.state))
    if chosen.q:
        # A joint challenge is found by the name of any of its councils.
        partners = Case.joint_councils.through.objects.filter(council__name__icontains=chosen.q)
        cases = cases.filter(
            Q(council__name__icontains=chosen.q)
            | Q(reference__icontains=chosen.q)
            | Q(pk__in=partners.values("case_id"))
        )
    if chosen.stage:
        cases = cases.filter(stage=chosen.stage)
    if chosen.mine:
        mine = CaseMembership.objects.active().filter(user=user).values("case_id")
        cases = cases.filter(pk__in=mine)
    if chosen.late:
        late = Deadline.objects.filter(state="open", due_on__lt=today).values("case_id")
        cases = cases.filter(pk__in=late, state=CaseState.ACTIVE)
    if chosen.order == "deadline":
        cases = with_row_facts(cases)
    return cases.order_by(*ORDERS[chosen.order])


def with_row_facts(cases: Any) -> Any:
    """Adds what a row shows beside the case itself, in the same statement."""
    managers = CaseMembership.objects.filter(
        case=OuterRef("pk"), role=CaseRole.PEER_CHALLENGE_MANAGER, removed_at__isnull=True
    ).values("user__full_name")[:1]
    following = Deadline.objects.filter(case=OuterRef("pk"), state="open").order_by("due_on", "pk")
    return cases.with_council().annotate(  # type: ignore[attr-defined]
        manager_name=Subquery(managers),
        next_due_on=Subquery(following.values("due_on")[:1]),
        next_label=Subquery(following.values("label")[:1]),
    )


def stage_counts(user: User) -> list[dict[str, Any]]:
    """How many running cases stand at each stage, in the order of the process; one statement."""
    today = timezone.localdate()
    late = Deadline.objects.filter(state="open", due_on__lt=today).values("case_id")
    counted = {
        row["stage"]: row
        for row in Case.objects.visible_to(user)
        .filter(state__in=RUNNING)
        .order_by()
        .values("stage")
        .annotate(number=Count("pk"), late=Count("pk", filter=Q(state=CaseState.ACTIVE, pk__in=late)))
    }
    return [
        {
            "stage": row.stage,
            "name": row.staff_name,
            "number": counted.get(row.stage, {}).get("number", 0),
            "late": counted.get(row.stage, {}).get("late", 0),
        }
        for row in STAGES
    ]


def owner_sides(user: User) -> dict[str, frozenset[str]]:
    """Deadline owner -> the case roles that make it this person's turn."""
    return {
        "LGA": frozenset({CaseRole.PEER_CHALLENGE_MANAGER, CaseRole.SUPPORT_OFFICER}),
        "Council": frozenset(COUNCIL_CASE_ROLES - {CaseRole.CONTRIBUTOR}),
        "Peer team": frozenset(PEER_CASE_ROLES),
    }


def my_deadlines(user: User) -> QuerySet[Deadline]:
    """Open deadlines of my running cases that wait for my side, soonest first."""
    mine = CaseMembership.objects.active().filter(user=user)
    wanted = Q(pk__in=[])
    for side, roles in owner_sides(user).items():
        wanted |= Q(owner_role=side, case__in=mine.filter(role__in=roles).values("case_id"))
    return (
        Deadline.objects.filter(wanted, state="open", case__state__in=[CaseState.ACTIVE, CaseState.POSTPONED])
        .select_related("case__council")
        .prefetch_related("case__joint_councils")
        .order_by("due_on", "pk")
    )


def my_cases(user: User) -> QuerySet[CaseMembership]:
    """My memberships of running cases, soonest onsite first."""
    return (
        CaseMembership.objects.active()
        .filter(user=user, case__state__in=RUNNING)
        .select_related("case__council")
        .prefetch_related("case__joint_councils")
        .order_by("case__onsite_start_on", "pk")
    )


def lands_on_pipeline(user: User) -> bool:
    return user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER, Role.PRINCIPAL_ADVISER}
