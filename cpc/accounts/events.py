"""What happened to people and invitations, told to whoever listens.

Audit, notifications and cases stand above accounts and may not be imported here; they register a listener each.
Listeners run inside the transaction of the service: if one of them refuses, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.dispatch import Signal

# listener(verb, *, by, user, data); `user` is the person it happened to, None while there is only an invitation.
Listener = Callable[..., None]
LISTENERS: list[Listener] = []


def register_listener(listener: Listener) -> None:
    if listener not in LISTENERS:
        LISTENERS.append(listener)


def announce(verb: str, *, by: Any, user: Any, data: dict[str, Any]) -> None:
    for listener in LISTENERS:
        listener(verb, by=by, user=user, data=data)


# A mail about somebody's account: `kind` of message, `to` a person or None, `email`, `values`. Sent inside the transaction.
mail_wanted = Signal()
