"""Permissions from tables: name -> rule(user, obj). No rows, no superuser short cut."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from cpc.components.packages import modules_named

Rule = Callable[[Any, Any], bool]


@lru_cache(maxsize=1)
def permission_table() -> dict[str, Rule]:
    """The RULES of every package's permissions.py, merged. Raises ImproperlyConfigured when a name stands twice."""
    merged: dict[str, Rule] = {}
    for table in modules_named("permissions"):
        for name, rule in table.RULES.items():
            if name in merged:
                raise ImproperlyConfigured(f"Permission {name} has two rules; the second is in {table.__name__}.")
            merged[name] = rule
    return merged


class TablePermissionBackend:
    def authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        return None

    def has_perm(self, user: Any, perm: str, obj: Any = None) -> bool:
        """A name without a rule is a programming error and raises KeyError.

        A refusal is final: PermissionDenied tells Django not to ask the backends below, which would look in the database.
        """
        if user.is_authenticated and user.is_active and permission_table()[perm](user, obj):
            return True
        raise PermissionDenied
