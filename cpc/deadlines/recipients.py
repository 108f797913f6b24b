"""Who a reminder goes to. Deadlines lie below cases, so cases say who is who."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from cpc.accounts.models import User
from cpc.accounts.roles import Role

Resolver = Callable[[Any, str], list[User]]
_resolver: list[Resolver] = []

SIDE_NAMES = {"LGA": "the LGA", "Council": "the council", "Peer team": "the peer team"}


def register_resolver(resolver: Resolver) -> None:
    """`resolver(case, role)` gives the active people of that side of the case."""
    _resolver[:] = [resolver]


def recipients_of(case: Any, role: str) -> list[User]:
    return _resolver[0](case, role) if _resolver else []


@dataclass(frozen=True)
class Reached:
    """Whom a reminder reaches; `instead` says why they get what was meant for another side, and is empty otherwise."""

    people: list[User]
    instead: str = ""


def people_of_side(case: Any, role: str, today: date) -> Reached:
    """The people of one side who can still act. With none of them, `instead` says why.

    A council that was abolished keeps no promises (DOMAIN 1.7): its people are not asked any more. Of a joint
    challenge those of the other council are.
    """
    people = recipients_of(case, role)
    if role == "Council":
        hosts = [case.council, *case.joint_councils.all()]
        ended = {council.pk: council for council in hosts if council.end_on and council.end_on < today}
        people = [person for person in people if person.council_id not in ended]
        if len(ended) == len(hosts):
            last = max(hosts, key=lambda council: council.end_on)
            return Reached([], f"{last.name} ceased to exist after {last.end_on:%-d %B %Y}")
    return Reached(people, "" if people else f"Nobody of {SIDE_NAMES.get(role, role)} is on this case")


def reached_by(case: Any, role: str, today: date) -> Reached:
    """Whom a reminder to this side reaches. No promise is left without anybody who hears of it: with nobody on its
    side the LGA's people of the case are told, with none of those the programme managers."""
    side = people_of_side(case, role, today)
    if side.people:
        return side
    stand_ins = people_of_side(case, "LGA", today).people if role != "LGA" else []
    if not stand_ins:
        stand_ins = list(User.objects.filter(role=Role.PROGRAMME_MANAGER, is_active=True).order_by("pk"))
    return Reached(stand_ins, side.instead)
