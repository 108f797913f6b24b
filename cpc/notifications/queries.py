"""The outbox."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from cpc.notifications.kinds import KINDS
from cpc.notifications.models import Message, MessageState


def outbox(*, state: str = "", q: str = "") -> QuerySet[Message]:
    messages = Message.objects.select_related("to", "case__council")
    if state in MessageState.values:
        messages = messages.filter(state=state)
    if q:
        messages = messages.filter(email__icontains=q)
    return messages.order_by("-queued_at", "-pk")


def shown_context(message: Message) -> list[tuple[str, Any]]:
    """The values of a message that staff may read; secrets are named, not shown."""
    kind = KINDS.get(message.kind)
    secret = kind.secret if kind else frozenset(message.context)
    return [(name, "(not shown)" if name in secret else value) for name, value in sorted(message.context.items())]
