"""Kinds of mail: which template, which values, and whether it still applies when its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def always(message: Message) -> bool:
    return True


def nothing_new(message: Message) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Kind:
    """`subject` is filled from the context. `fields` are the values that must be given: nothing else reaches a mail.

    `renew` gives the values that are true on the day of sending only, such as "due in 7 days".
    `secret` fields, such as a link that signs somebody in, are not shown in the outbox. `event_on` names a field
    with an ISO date for which a calendar entry is attached, `event_until_on` its last day.
    """

    code: str
    staff_label: str
    subject: str
    text_template: str
    html_template: str
    fields: tuple[str, ...]
    still_applies: Callable[[Message], bool] = always
    renew: Callable[[Message], dict[str, Any]] = nothing_new
    secret: frozenset[str] = frozenset()
    event_on: str = ""
    event_until_on: str = ""
    event_title: str = ""


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    KINDS[kind.code] = kind


def check_context(kind: Kind, context: dict[str, Any]) -> None:
    """Raises ValueError when a value is missing or not known to the kind: found where it is queued, not when it is sent."""
    missing, unknown = set(kind.fields) - set(context), set(context) - set(kind.fields)
    if missing or unknown:
        raise ValueError(f"Mail {kind.code}: missing {sorted(missing)}, not known {sorted(unknown)}.")
