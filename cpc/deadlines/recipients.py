"""Who a reminder goes to. Deadlines lie below cases, so cases say who is who."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cpc.accounts.models import User

Resolver = Callable[[Any, str], list[User]]
_resolver: list[Resolver] = []


def register_resolver(resolver: Resolver) -> None:
    """`resolver(case, role)` gives the active people of that side of the case."""
    _resolver[:] = [resolver]


def recipients_of(case: Any, role: str) -> list[User]:
    return _resolver[0](case, role) if _resolver else []
