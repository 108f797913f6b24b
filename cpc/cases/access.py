"""Who somebody is in a case. Every rule of every stage is made of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.managers import SEES_EVERY_CASE, CaseQuerySet
from cpc.cases.models import (
    HOST_CASE_ROLES,
    LEAD_PEER_ROLES,
    LGA_CASE_ROLES,
    PEER_CASE_ROLES,
    Case,
    CaseMembership,
    CaseRole,
    CaseState,
)
from cpc.cases.stages import POSITION, ROW_OF, Stage
from cpc.components.arrays import is_among
from cpc.components.list_sql import KeptStatement


def _memberships(user: int, today: date) -> QuerySet[CaseMembership]:
    return CaseMembership.objects.in_force(today).filter(user=user).values_list("case_id", "role")


# Every page of every person asks it; putting the text together took twice as long as the answer.
MEMBERSHIPS = KeptStatement(_memberships, user=int, today=date)


def roles_on(user: User, case: Case) -> frozenset[str]:
    """The roles that this person holds in this case today. Read once per user object, so once per request."""
    return frozenset(_roles_of(user).get(case.pk, ()))


def knows_of(user: User, case_id: int) -> bool:
    """Whether this case is among Case.objects.visible_to(user), asked of many cases without a statement for each."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.role in SEES_EVERY_CASE or case_id in _roles_of(user)


def _roles_of(user: User) -> dict[int, set[str]]:
    held: dict[int, set[str]] | None = getattr(user, "_case_roles", None)
    if held is None:
        held = {}
        for case_id, role in MEMBERSHIPS.rows(user=user.pk, today=timezone.localdate()):
            held.setdefault(case_id, set()).add(role)
        user._case_roles = held  # type: ignore[attr-defined]
    return held


def known_cases(user: User) -> CaseQuerySet:
    """The same cases as Case.objects.visible_to(user), where the person's roles are read anyway: on every page of a case."""
    if not user.is_authenticated or not user.is_active:
        return Case.objects.none()
    return Case.objects.all() if user.role in SEES_EVERY_CASE else Case.objects.filter(is_among("pk", _roles_of(user)))


def forget_roles(user: User) -> None:
    """After a change of memberships: the next question asks the database again."""
    if hasattr(user, "_case_roles"):
        del user._case_roles


Reading = TypeVar("Reading")


def read_once(case: Case, name: str, read: Callable[[], Reading]) -> Reading:
    """What `read` returns, asked of the database once for a page that is being shown; elsewhere every time.

    A page asks several rules the same question. A service must not: what it reads may have changed since.
    """
    held: dict[str, Any] | None = getattr(case, "_readings", None)
    if held is None:
        return read()
    if name not in held:
        held[name] = read()
    return held[name]


def remember_readings(case: Case, brought: Iterable[str] = ()) -> None:
    """From now on read_once remembers; called again it forgets what it knew.

    `brought` names readings that the statement for the case brought along: CaseQuerySet.bringing.
    """
    case._readings = {name: getattr(case, name, None) for name in brought}  # type: ignore[attr-defined]


def is_case_lga(user: User, case: Case) -> bool:
    """Programme managers on every case; other LGA staff on the cases they belong to. Administrators: no content."""
    return user.role == Role.PROGRAMME_MANAGER or (user.is_lga_staff and bool(roles_on(user, case) & LGA_CASE_ROLES))


def manages_case(user: User, case: Case) -> bool:
    """The case's peer challenge manager, or a programme manager."""
    return user.role == Role.PROGRAMME_MANAGER or (
        user.is_lga_staff and CaseRole.PEER_CHALLENGE_MANAGER in roles_on(user, case)
    )


def is_host(user: User, case: Case) -> bool:
    """Leader, chief executive or coordinator of a council of this case."""
    return bool(roles_on(user, case) & HOST_CASE_ROLES)


def is_contributor(user: User, case: Case) -> bool:
    return CaseRole.CONTRIBUTOR in roles_on(user, case)


def is_team(user: User, case: Case) -> bool:
    """A peer on this case's team, while their access lasts."""
    return bool(roles_on(user, case) & PEER_CASE_ROLES)


def is_lead_peer(user: User, case: Case) -> bool:
    return bool(roles_on(user, case) & LEAD_PEER_ROLES)


def sees_overview(user: User, case: Case) -> bool:
    """Where the case stands, its dates and people. Not contributors: they see their section only (R30)."""
    return user.role == Role.ADMINISTRATOR or is_case_lga(user, case) or is_host(user, case) or is_team(user, case)


def stage_has_opened(case: Case, stage: str) -> bool:
    """Whether work on this stage may have begun."""
    row = ROW_OF[stage]
    if not case.has_stage(stage):
        return False
    if row.opens == "always":
        return True
    if row.opens == "dates_agreed":
        return POSITION[case.stage] > POSITION[Stage.SCHEDULING]
    return POSITION[case.stage] >= POSITION[row.opens]


def stage_is_writable(case: Case, stage: str) -> bool:
    """Work may be changed: the stage has opened, the case has not left it, and the case is neither paused nor over."""
    return (
        case.state in {CaseState.ACTIVE, CaseState.POSTPONED}
        and stage_has_opened(case, stage)
        and POSITION[stage] >= POSITION[case.stage]
    )


def why_not_writable(case: Case, stage: str) -> str:
    """A sentence that says why a stage cannot be changed; empty when it can."""
    if stage_is_writable(case, stage):
        return ""
    name = ROW_OF[stage].staff_name
    if case.state == CaseState.PAUSED:
        return "This peer challenge is paused. Resume it before changing anything."
    if case.is_over:
        return f"This peer challenge is {case.get_state_display().lower()}. It can be read, not changed."
    if not stage_has_opened(case, stage):
        return f"{name} has not opened yet."
    return f"{name} is finished. Send the peer challenge back to change it."
