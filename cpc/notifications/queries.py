"""The outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from cpc.accounts.models import User
from cpc.components.search import words_match
from cpc.notifications.mail_kinds import KINDS
from cpc.notifications.models import Message, MessageState
from cpc.notifications.secret_fields import is_wiped


def outbox(*, state: str = "", q: str = "") -> QuerySet[Message]:
    messages = Message.objects.select_related("to", "case__council")
    if state in MessageState.values:
        messages = messages.filter(state=state)
    if q:
        messages = messages.filter(words_match(q, "to__full_name_folded", plain=("email",)))
    return messages.order_by("-queued_at", "-pk")


def shown_context(message: Message) -> list[tuple[str, Any]]:
    """The values of a message that staff may read; secrets are named, not shown."""
    kind = KINDS.get(message.kind)
    secret = kind.secret if kind else frozenset(message.context)
    return [
        (name, "(not shown)" if name in secret else _plain(value)) for name, value in sorted(message.context.items())
    ]


def _plain(value: Any) -> Any:
    """Of several things in one mail, what each is about."""
    if isinstance(value, list):
        return "; ".join(str(each.get("subject", each)) if isinstance(each, dict) else str(each) for each in value)
    return value


@dataclass(frozen=True)
class Again:
    """A message that somebody wants sent again: to which address it would go, or why it cannot."""

    message: Message
    label: str
    address: str
    why_not: str


def label_of(message: Message) -> str:
    return KINDS[message.kind].staff_label if message.kind in KINDS else message.kind


def choose_again(messages: Sequence[Message]) -> list[Again]:
    """Each to its reader's present address; the old one is tried once more where the new one was told already."""
    present = {each.pk: each.to.email if each.to else each.email for each in messages}
    told = Message.objects.filter(
        kind__in={each.kind for each in messages},
        subject_key__in={each.subject_key for each in messages},
        email__in=set(present.values()),
    )
    taken = set(told.values_list("kind", "subject_key", "email"))
    found = []
    for each in messages:
        claim = (each.kind, each.subject_key, present[each.pk])
        address = each.email if claim in taken else present[each.pk]
        taken.add((each.kind, each.subject_key, address))
        found.append(Again(each, label_of(each), address, _why_not(each)))
    return found


def _why_not(message: Message) -> str:
    if message.state not in {MessageState.FAILED, MessageState.CAME_BACK}:
        return "This message has not failed"
    return why_cannot_leave(message)


def why_cannot_leave(message: Message) -> str:
    """Why a message could not be sent now, whatever became of it before."""
    if message.kind not in KINDS:
        return "Emails of this kind are no longer sent"
    if message.to is not None and not message.to.is_active:
        return f"The account of {message.to.full_name} is closed"
    if is_wiped(message):
        return "The link or code in it is not kept once it has gone; a new one has to be asked for or sent"
    return ""


def why_no_repeat(message: Message) -> str:
    """Why a mail that was sent is not sent once more; empty when it can be."""
    if message.state != MessageState.SENT:
        return "This message has not been sent"
    if why_not := why_cannot_leave(message):
        return why_not
    if why_not := KINDS[message.kind].why_no_repeat:
        return why_not
    if not KINDS[message.kind].still_applies(message):
        return "What it says no longer holds, or its reader may no longer read it"
    return ""


DID_NOT_ARRIVE = Q(state__in=[MessageState.FAILED, MessageState.CAME_BACK])
LATELY = timedelta(days=30)


def troubles() -> int:
    """How many messages of the last 30 days did not reach anybody and wait for somebody to look at them."""
    return Message.objects.filter(DID_NOT_ARRIVE, queued_at__gte=timezone.now() - LATELY).count()


def does_not_reach(user: User) -> bool:
    """Whether mail to somebody's present address lately failed or came back, and none has arrived since. A mail that
    comes back does so within hours: one that was sent a day ago has arrived."""
    now = timezone.now()
    arrived = Q(state=MessageState.SENT) & (Q(arrived_at__isnull=False) | Q(sent_at__lt=now - timedelta(days=1)))
    last = Message.objects.filter(to=user, email=user.email, queued_at__gte=now - LATELY).aggregate(
        failed_at=Max(Coalesce("came_back_at", "next_attempt_at"), filter=DID_NOT_ARRIVE),
        arrived_at=Max("sent_at", filter=arrived),
    )
    return last["failed_at"] is not None and (last["arrived_at"] is None or last["arrived_at"] < last["failed_at"])
