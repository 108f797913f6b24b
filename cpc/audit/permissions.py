"""Events of a case are read on its history; those of accounts, sign-in and the register by administrators."""

from collections.abc import Callable
from typing import Any


def reads_events(user: Any, obj: Any = None) -> bool:
    return user.role == "administrator"


RULES: dict[str, Callable[[Any, Any], bool]] = {"cpc.view_events": reads_events}
