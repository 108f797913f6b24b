"""The pipeline and my work: reads only, a fixed number of statements whatever the number of cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, ExpressionWrapper, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.base_views import address_of
from cpc.cases.models import (
    COUNCIL_CASE_ROLES,
    PEER_CASE_ROLES,
    Case,
    CaseMembership,
    CaseRole,
    CaseState,
    StageEntry,
    onsite_text_of,
    title_of,
)
from cpc.cases.stages import ROW_OF, STAGES, USUAL_KIND, row_of
from cpc.components.arrays import is_among
from cpc.components.list_sql import rows_of_each
from cpc.components.search import words_match
from cpc.components.shown import gdate
from cpc.deadlines.models import Deadline, DeadlineState

RUNNING = [CaseState.ACTIVE, CaseState.POSTPONED, CaseState.PAUSED]
ORDERS = {
    "onsite": ("onsite_start_on", "pk"),
    "council": ("council__name", "pk"),
    "deadline": ("next_due", "pk"),
}


@dataclass(frozen=True)
class PipelineFilter:
    """What the pipeline is narrowed to. Empty strings narrow nothing."""

    q: str = ""
    stage: str = ""
    state: str = "running"
    late: bool = False
    mine: bool = False
    manager: int = 0
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
        partners = Case.joint_councils.through.objects.filter(words_match(chosen.q, "council__name_folded"))
        cases = cases.filter(
            words_match(chosen.q, "council__name_folded", plain=("reference",)) | Q(pk__in=partners.values("case_id"))
        )
    if chosen.stage:
        cases = cases.filter(stage=chosen.stage)
    if chosen.mine:
        mine = CaseMembership.objects.in_force().filter(user=user).values("case_id")
        cases = cases.filter(pk__in=mine)
    if chosen.manager:
        cases = cases.filter(pk__in=_managers().filter(user=chosen.manager).values("case_id"))
    if chosen.late:
        late = Deadline.objects.filter(state="open", due_on__lt=today).values("case_id")
        cases = cases.filter(pk__in=late, state=CaseState.ACTIVE)
    if chosen.order == "deadline":
        cases = with_row_facts(cases)
    return cases.order_by(*ORDERS[chosen.order])


# Change at every sign-in, and no list hangs on them.
UNREAD = {"password", "last_login"}


def person_and_day(user: User) -> tuple[Any, ...]:
    """What a list of one person hangs on beside what they asked for (see cpc.components.list_sql): all that their row says."""
    facts = (getattr(user, field.attname) for field in User._meta.concrete_fields if field.name not in UNREAD)
    return (*facts, timezone.localdate())


def _managers() -> QuerySet[CaseMembership]:
    """Who manages cases at present."""
    return CaseMembership.objects.filter(role=CaseRole.PEER_CHALLENGE_MANAGER, removed_at__isnull=True).order_by()


@lru_cache(maxsize=1)
def row_facts() -> dict[str, Any]:
    """What a row shows beside the case itself. Made once: each use of it is a copy, and nothing in it hangs on the day."""
    # A case has one manager at a time (a constraint), so no order is needed.
    managers = _managers().filter(case=OuterRef("pk"))
    # One entry of a case is open at a time (a constraint).
    entries = StageEntry.objects.filter(case=OuterRef("pk"), left_at__isnull=True).order_by()
    partners = Case.joint_councils.through.objects.filter(case=OuterRef("pk")).order_by("council__name", "council")
    return {
        "partners": ArraySubquery(partners.values("council__name")),
        "manager_name": Subquery(managers.values("user__full_name")[:1]),
        "manager_id": Subquery(managers.values("user")[:1]),
        "stage_since": Subquery(entries.values("entered_at")[:1]),
    }


def with_row_facts(cases: Any) -> Any:
    """Adds them to the cases, in the same statement."""
    return cases.with_next_due().annotate(**row_facts())


class PipelineRow(NamedTuple):
    """One line of the pipeline, in words."""

    href: str
    title: str
    kind: str  # empty for a corporate peer challenge: nearly every row is one
    stage: str
    days: int | None  # for which it has been there; none where nobody knows
    state: str  # empty while the case is under way
    onsite: str
    manager: str
    manager_id: int | None
    due: str
    late: bool


ROW_FIELDS = (
    "reference",
    "council__name",
    "partners",
    "kind",
    "stage",
    "state",
    "onsite_start_on",
    "onsite_end_on",
    "onsite_precision",
    "manager_name",
    "manager_id",
    "stage_since",
    "next_due",
)


def pipeline_page(
    user: User, chosen: PipelineFilter, *, start: int, end: int
) -> tuple[list[dict[str, Any]], list[PipelineRow]]:
    """How many running cases stand at each stage, and the cases from `start` to `end` in words.

    One question to the database, and no objects: the page is read more often than any other.
    """
    person = person_and_day(user)
    counted, found = rows_of_each(
        (("stage counts", *person), lambda: _stage_counts(user)),
        (
            ("pipeline", *person, chosen, start, end),
            lambda: with_row_facts(pipeline(user, chosen)).values_list(*ROW_FIELDS)[start:end],
        ),
    )
    return stage_counts(counted), pipeline_rows(found)


def pipeline_rows(found: Iterable[tuple[Any, ...]]) -> list[PipelineRow]:
    today = timezone.localdate()
    rows = []
    for row in found:
        reference, council, partners, kind, stage, state, start_on, end_on, precision, manager, number, since, due = row
        due_on = date.fromisoformat(due[0]) if due else None
        rows.append(
            PipelineRow(
                href=address_of(reference),
                title=title_of(council, partners),
                kind="" if kind == USUAL_KIND else row_of(kind).label,
                stage=ROW_OF[stage].staff_name,
                days=(today - timezone.localtime(since).date()).days if since else None,
                state="" if state == CaseState.ACTIVE else CaseState(state).label,
                onsite=onsite_text_of(start_on, end_on, precision),
                manager=manager or "Not named yet",
                manager_id=number,
                due=f"{gdate(due_on)}: {due[1]}" if due_on else "None",
                late=due_on is not None and due_on < today and state == CaseState.ACTIVE,
            )
        )
    return rows


def _stage_counts(user: User) -> Any:
    """Stage, cases under way there, and those of them that are late. By state as well: in the order of the index, nothing
    has to be sorted. Late promises are found first: they are few, which PostgreSQL does not expect of a plain IN."""
    late = Deadline.objects.filter(state=DeadlineState.OPEN, due_on__lt=timezone.localdate()).order_by()
    is_late = Q(is_among("pk", ArraySubquery(late.values("case_id"))), state=CaseState.ACTIVE)
    cases = Case.objects.visible_to(user).filter(state__in=RUNNING).order_by()
    counted = cases.values("state", "stage").annotate(number=Count("*"), late=Count("pk", filter=is_late))
    return counted.values_list("stage", "number", "late")


def stage_counts(counted: Iterable[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """Every stage in the order of the process, also those where no case stands."""
    numbers: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for stage, number, late_number in counted:
        numbers[stage] += number
        late[stage] += late_number
    return [
        {"stage": row.stage, "name": row.staff_name, "number": numbers[row.stage], "late": late[row.stage]}
        for row in STAGES
    ]


def owner_sides(user: User) -> dict[str, frozenset[str]]:
    """Deadline owner -> the case roles that make it this person's turn."""
    return {
        "LGA": frozenset({CaseRole.PEER_CHALLENGE_MANAGER, CaseRole.SUPPORT_OFFICER}),
        "Council": frozenset(COUNCIL_CASE_ROLES - {CaseRole.CONTRIBUTOR}),
        "Peer team": frozenset(PEER_CASE_ROLES),
    }


# Case -> what somebody is in it.
Roles = dict[int, list[CaseRole]]


def my_roles(user: User) -> Roles:
    """Everything I belong to, in one statement. The lists of my work are drawn from it: asking for it inside each of
    them would have the database look through everybody's memberships."""
    held: Roles = {}
    mine = CaseMembership.objects.in_force().filter(user=user).order_by("role")
    for case_id, role in mine.values_list("case_id", "role"):
        held.setdefault(case_id, []).append(CaseRole(role))
    return held


def my_deadlines(user: User, roles: Roles) -> QuerySet[Deadline]:
    """Open deadlines of my running cases that wait for my side, soonest first."""
    wanted = Q(pk__in=[])
    for side, mine in owner_sides(user).items():
        on_my_side = [case_id for case_id, held in roles.items() if not mine.isdisjoint(held)]
        wanted |= Q(is_among("case_id", on_my_side), owner_role=side)
    return _open_deadlines(wanted)


def awaited_deadlines(user: User, roles: Roles) -> QuerySet[Deadline]:
    """Open deadlines of my running cases that wait for another side, soonest first. Whoever writes one section only is
    told of nothing else (R30)."""
    wanted = Q(pk__in=[])
    for side, mine in owner_sides(user).items():
        others = [
            case_id for case_id, held in roles.items() if mine.isdisjoint(held) and set(held) - {CaseRole.CONTRIBUTOR}
        ]
        wanted |= Q(is_among("case_id", others), owner_role=side)
    return _open_deadlines(wanted)


def _open_deadlines(wanted: Q) -> QuerySet[Deadline]:
    return (
        Deadline.objects.filter(wanted, state="open", case__state__in=[CaseState.ACTIVE, CaseState.POSTPONED])
        .select_related("case__council")
        .prefetch_related(Prefetch("case__joint_councils", Council.objects.only("name")))
        .only(
            "kind",
            "label",
            "state",
            "due_on",
            "owner_role",
            "case__reference",
            "case__stage",
            "case__state",
            "case__council__name",
        )
        .order_by("due_on", "pk")
    )


def _is_late(today: date) -> Q:
    """A promise of a postponed case waits for its new dates: it is late for nobody."""
    return Q(due_on__lt=today, case__state=CaseState.ACTIVE)


def end_of_week(today: date) -> date:
    """The Sunday of this week."""
    return today + timedelta(days=6 - today.weekday())


def numbers_of(deadlines: QuerySet[Deadline]) -> dict[str, int]:
    """How many are late, due by the end of this week, and due later; in one statement."""
    today = timezone.localdate()
    late, soon = _is_late(today), Q(due_on__lte=end_of_week(today))
    return deadlines.order_by().aggregate(
        late=Count("pk", filter=late), week=Count("pk", filter=soon & ~late), later=Count("pk", filter=~soon & ~late)
    )


def group_of(deadline: Deadline, today: date) -> str:
    """In which of them a deadline stands."""
    if deadline.due_on < today and deadline.case.state == CaseState.ACTIVE:
        return "late"
    return "week" if deadline.due_on <= end_of_week(today) else "later"


def my_cases(roles: Roles) -> Any:
    """Cases that I belong to: first where a team is onsite today, then those that run by their onsite days, then those that
    are over."""
    today = timezone.localdate()
    is_onsite = Q(onsite_start_on__lte=today, onsite_end_on__gte=today, state__in=RUNNING)
    return (
        Case.objects.filter(is_among("pk", roles))
        .annotate(
            is_past=ExpressionWrapper(~Q(state__in=RUNNING), output_field=BooleanField()),
            is_onsite=ExpressionWrapper(is_onsite, output_field=BooleanField()),
        )
        .select_related("council")
        .prefetch_related(Prefetch("joint_councils", Council.objects.only("name")))
        .only("reference", "stage", "state", "onsite_start_on", "onsite_end_on", "onsite_precision", "council__name")
        .order_by("is_past", F("is_onsite").desc(nulls_last=True), "onsite_start_on", "pk")
    )


OWED_BY_LGA, OWED_BY_OTHERS = Q(owner_role="LGA"), ~Q(owner_role="LGA")


class ManagersWork(NamedTuple):
    """How much one manager's cases owe."""

    pk: int
    name: str
    number: int
    late: int


def _of_managers(user: User, owed: Q) -> Any:
    """Open deadlines on running cases that this person may know of, each with the manager of its case."""
    manager = _managers().filter(case=OuterRef("case"))
    waits = Q(case__in=Case.objects.visible_to(user))
    return _open_deadlines(waits & owed).annotate(
        manager_id=Subquery(manager.values("user")[:1]), manager=Subquery(manager.values("user__full_name")[:1])
    )


def everybodys_deadlines(user: User, whose: int | str, *, owed: Q = OWED_BY_LGA) -> Any:
    """What is due from the LGA, soonest first, or what others owe: on all cases, or on those of one manager by number."""
    found = _of_managers(user, owed)
    return found.filter(manager_id=whose) if isinstance(whose, int) else found


def work_by_manager(user: User) -> list[ManagersWork]:
    """How much is due from each manager and how much of it is late, by name; in one statement."""
    late = Count("pk", filter=_is_late(timezone.localdate()))
    found = (
        _of_managers(user, OWED_BY_LGA)
        .prefetch_related(None)
        .filter(manager_id__isnull=False)
        .order_by("manager", "manager_id")
    )
    counted = found.values("manager_id", "manager").annotate(number=Count("pk"), late=late)
    return [ManagersWork(*row) for row in counted.values_list("manager_id", "manager", "number", "late")]


def lands_on_pipeline(user: User) -> bool:
    return user.role in {Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER, Role.PRINCIPAL_ADVISER}
