"""Kinds of mail: which template, which values, and whether it still applies when its turn comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cpc.notifications.models import Message


def always(message: Message) -> bool:
    return True


def nothing_new(message: Message) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class CalendarEvent:
    """Whole days from the first to the last, or two times. The same `uid` once more replaces the entry that a reader has;
    `is_off` strikes it out."""

    uid: str
    title: str
    starts: date | datetime
    ends: date | datetime
    place: str = ""
    is_off: bool = False


def at_once(message: Message) -> datetime | None:
    return None


def nothing_to_do(message: Message) -> None:
    return None


def no_headers(message: Message) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Kind:
    """`subject`, `button` and `why` are filled from the context; `fields` are the values that must be given: nothing else
    reaches a mail. `template` holds what the mail says, as plain text: greeting, button and the sentence that tells `why`
    somebody gets it are the same in every mail. The button opens `url`, or `opens` where every mail of the kind opens the
    same page; a mail that only tells something has none.

    `renew` gives the values that are true on the day of sending only, such as "due in 7 days".
    `secret` fields, such as a link that signs somebody in, are not shown in the outbox, are encrypted while the message
    waits and are no longer kept afterwards (secret_fields.py). `forgets_address`: nor is the address, of somebody
    whom we do not know. `events` are attached as calendar entries: a kind has them whenever it names days that its
    reader should keep free. `headers` are added to the mail. `held_until` gives the time until which a message is not
    to leave, if any. `why_no_repeat` says why a mail of this kind is not sent once more. `dropped` is told of a message that is not
    sent after all.
    """

    code: str
    staff_label: str
    subject: str
    template: str
    why: str
    fields: tuple[str, ...]
    button: str = ""
    opens: str = ""
    held_until: Callable[[Message], datetime | None] = at_once
    still_applies: Callable[[Message], bool] = always
    renew: Callable[[Message], dict[str, Any]] = nothing_new
    secret: frozenset[str] = frozenset()
    forgets_address: bool = False
    events: Callable[[Message], list[CalendarEvent]] | None = None
    headers: Callable[[Message], dict[str, str]] = no_headers
    dropped: Callable[[Message], None] = nothing_to_do
    why_no_repeat: str = ""


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    KINDS[kind.code] = kind


def check_context(kind: Kind, context: dict[str, Any]) -> None:
    """Raises ValueError when a value is missing or not known to the kind: found where it is queued, not when it is sent."""
    missing, unknown = set(kind.fields) - set(context), set(context) - set(kind.fields)
    if missing or unknown:
        raise ValueError(f"Mail {kind.code}: missing {sorted(missing)}, not known {sorted(unknown)}.")
