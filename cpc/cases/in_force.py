"""When a membership counts: while what it rests on holds (DESIGN 6).

One rule, written once as conditions on the rows: lists, permissions and mails ask it through
`CaseMembership.objects.in_force()`; who adds a member is told by the same conditions why somebody cannot be one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from councils.models import Council, Succession
from cpc.accounts.roles import LGA_STAFF, Role
from cpc.cases.roles import ACCOUNTS_FOR, COUNCIL_CASE_ROLES, LGA_CASE_ROLES, PEER_CASE_ROLES, CaseRole


def _is_host(path: str, case: Any, on: date) -> Q:
    """The council at `path` is one of the case's, or follows one of them that has ended by this day."""
    step = f"{path}succeeds__"
    followed = {f"{step}on__lte": on, f"{step}predecessor__end_on__lt": on}
    return (
        Q(**{f"{path}cases": case})
        | Q(**{f"{path}joint_cases": case})
        | Q(**followed, **{f"{step}predecessor__cases": case})
        | Q(**followed, **{f"{step}predecessor__joint_cases": case})
    )


def host_councils(case: Any, on: date) -> QuerySet[Council]:
    """The councils whose people host the case on this day. `case` is one, or an OuterRef."""
    return Council.objects.filter(Q(end_on__isnull=True) | Q(end_on__gte=on), _is_host("", case, on)).distinct()


def councils_too_near(case: Any, on: date) -> QuerySet[Council]:
    """The councils whose people cannot be peers of the case: its own, ended or not, and what became one with them (R48)."""
    inner = OuterRef(case) if isinstance(case, OuterRef) else case
    merged = Succession.objects.filter(
        _is_host("successor__", inner, on), predecessor=OuterRef("pk"), predecessor__end_on__lt=on, on__lte=on
    )
    return Council.objects.filter(_is_host("", case, on) | Exists(merged)).distinct()


def _own_council_among(councils: Callable[[Any, date], QuerySet[Council]], on: date, case: str) -> Exists:
    return Exists(councils(OuterRef(case), on).filter(pk=OuterRef("user__council")))


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
        "{name} is an administrator and does not work on cases.",
        "their role in this service changed",
    ),
    Condition(
        COUNCIL_CASE_ROLES,
        lambda on, case: Q(_own_council_among(host_councils, on, case)),
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
        lambda on, case: Q(user__council__isnull=True) | ~Q(_own_council_among(councils_too_near, on, case)),
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
    rows = type(membership)._default_manager.filter(pk=membership.pk)
    return next(
        (
            condition
            for condition in CONDITIONS
            if membership.role in condition.roles and not rows.filter(condition.holds(on, "case")).exists()
        ),
        None,
    )
