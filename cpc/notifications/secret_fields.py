"""Fields that a kind declares `secret`, such as a link that opens an account: encrypted while the mail waits, and no
longer kept once it has gone or will not go."""

from __future__ import annotations

from typing import Any

from cpc.components.encryption import decrypt, encrypt
from cpc.notifications.mail_kinds import KINDS, Kind
from cpc.notifications.models import Message

SEALED = "sealed"
# What stands in the place of an address that is kept for no longer than the mail needs it.
FORGOTTEN = "not-kept@invalid"


def seal(kind: Kind, context: dict[str, Any]) -> dict[str, Any]:
    """The context as it is stored."""
    return {
        name: {SEALED: encrypt(str(value))} if name in kind.secret and value is not None else value
        for name, value in context.items()
    }


def unseal(context: dict[str, Any]) -> dict[str, Any]:
    """The context as the mail needs it. A row of an older version holds its values as they are."""
    return {
        name: decrypt(value[SEALED]) if isinstance(value, dict) and set(value) == {SEALED} else value
        for name, value in context.items()
    }


def is_wiped(message: Message) -> bool:
    """Whether something that the mail needs is no longer kept."""
    kind = KINDS.get(message.kind)
    return kind is not None and (
        message.email == FORGOTTEN or any(message.context.get(name) is None for name in kind.secret)
    )


def wipe(message: Message) -> list[str]:
    """Take the secrets out of the row; returns the columns to save."""
    kind = KINDS[message.kind]
    message.context = message.context | dict.fromkeys(kind.secret)
    if kind.forgets_address:
        message.email = FORGOTTEN
        return ["context", "email"]
    return ["context"]
