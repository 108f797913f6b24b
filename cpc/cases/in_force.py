"""When a membership counts: while what it rests on holds.

One rule, written once as conditions on the rows: lists, permissions and mails ask it through
`CaseMembership.objects.in_force()`; who adds a member is told by the same conditions why somebody cannot be one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.lookups import Exact

from councils.models import Council, Succession
from cpc.accounts.roles import LGA_STAFF, Role
from cpc.cases.roles import ACCOUNTS_FOR, COUNCIL_CASE_ROLES, LGA_CASE_ROLES, PEER_CASE_ROLES, CaseRole


def _outer(expression: Any) -> Any:
    """The same expression, seen from a subquery of the row's statement; a value is what it is everywhere."""
    if isinstance(expression, OuterRef):
        return OuterRef(expression)
    return OuterRef(expression.name) if isinstance(expression, F) else expression  # type: ignore[attr-defined]


def _hosts(council: Any, case: Any, own: Any, on: date) -> Q:
    """The council is one of the case's (its `own` or a partner), or follows one of them that has ended by this day.

    Each part is found by an index of its own: asked of thousands of rows, one condition over several joins takes seconds.
    """
    partners = apps.get_model("cpc", "Case").joint_councils.through.objects
    partner = partners.filter(case=_outer(case), council=_outer(council))
    partner_before = partners.filter(case=_outer(_outer(case)), council=OuterRef("predecessor_id"))
    followed = Succession.objects.filter(successor=_outer(council), on__lte=on, predecessor__end_on__lt=on).filter(
        Q(predecessor=_outer(own)) | Q(Exists(partner_before))
    )
    return Q(Exact(council, own)) | Q(Exists(partner)) | Q(Exists(followed))


def _too_near(council: Any, case: Any, own: Any, on: date) -> Q:
    """It is the case's own, ended or not, or has become one council with it (R48)."""
    merged = Succession.objects.filter(predecessor=_outer(council), predecessor__end_on__lt=on, on__lte=on).filter(
        _hosts(F("successor_id"), _outer(case), _outer(own), on)
    )
    return _hosts(council, case, own, on) | Q(Exists(merged))


def host_councils(case: Any, on: date) -> QuerySet[Council]:
    """The councils whose people host the case on this day."""
    lasting = Q(end_on__isnull=True) | Q(end_on__gte=on)
    return Council.objects.filter(lasting, _hosts(F("pk"), case.pk, case.council_id, on))


def councils_too_near(case: Any, on: date) -> QuerySet[Council]:
    """The councils whose people cannot be peers of the case."""
    return Council.objects.filter(_too_near(F("pk"), case.pk, case.council_id, on))


def _of_rows(rule: Callable[[Any, Any, Any, date], Q], on: date, case: str) -> Q:
    """`rule` asked of the council of the person of a row, whose case is found at `case`."""
    return rule(F("user__council_id"), F(f"{case}_id"), F(f"{case}__council_id"), on)


@dataclass(frozen=True)
class Condition:
    """`holds(day, case)` is asked of rows with a user and one of `roles`, whose case is found at `case`."""

    roles: frozenset[CaseRole]
    holds: Callable[[date, str], Q]
    # Said to whoever would add such a member, and kept where one left because of it.
    refusal: str
    ended: str


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        frozenset(CaseRole),
        lambda on, case: Q(user__is_active=True),
        "{name} no longer has an account.",
        "their account was closed",
    ),
    Condition(
        LGA_CASE_ROLES,
        lambda on, case: Q(user__role__in=sorted(LGA_STAFF)),
        "{name} does not work for the LGA.",
        "their role in this service changed",
    ),
    Condition(
        LGA_CASE_ROLES,
        lambda on, case: ~Q(user__role=Role.ADMINISTRATOR),
        "{name} is an administrator and does not work on peer challenges.",
        "their role in this service changed",
    ),
    Condition(
        COUNCIL_CASE_ROLES,
        lambda on, case: (
            (Q(user__council__end_on__isnull=True) | Q(user__council__end_on__gte=on)) & _of_rows(_hosts, on, case)
        ),
        "{name} is not of {title}.",
        "they are no longer of the council",
    ),
    *(
        Condition(
            frozenset({role}),
            lambda on, case, accounts=accounts: Q(user__role__in=sorted(accounts)),  # type: ignore[misc]
            "{name} has an account as {account} and cannot be this here: {role}. Change the account first.",
            "their role in this service changed",
        )
        for role, accounts in ACCOUNTS_FOR.items()
    ),
    Condition(
        PEER_CASE_ROLES,
        lambda on, case: Q(user__council__isnull=True) | ~_of_rows(_too_near, on, case),
        "{name} is of the host council and cannot be on its peer team.",
        "they are of the host council now",
    ),
    Condition(
        PEER_CASE_ROLES,
        lambda on, case: ~Q(user__role__in=sorted(LGA_STAFF)),
        "{name} works for the LGA and cannot be a peer.",
        "their role in this service changed",
    ),
)


def all_hold(on: date, case: str = "case") -> Q:
    """What memberships, or places on a team, rest on holds on this day. Their own days and removal are asked beside it."""
    found = Q()
    for condition in CONDITIONS:
        holds = condition.holds(on, case)
        everybody = condition.roles == frozenset(CaseRole)
        found &= holds if everybody else ~Q(role__in=sorted(condition.roles)) | holds
    return found


def broken(membership: Any, on: date) -> Condition | None:
    """The first condition that this membership does not meet; None while all hold."""
    asked = [condition for condition in CONDITIONS if membership.role in condition.roles]
    rows = type(membership)._default_manager.filter(pk=membership.pk)
    # Nearly always all hold, which one statement tells.
    if rows.filter(*(condition.holds(on, "case") for condition in asked)).exists():
        return None
    return next((condition for condition in asked if not rows.filter(condition.holds(on, "case")).exists()), None)
