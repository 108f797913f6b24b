"""The outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

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
    return [
        (name, "(not shown)" if name in secret else _plain(value)) for name, value in sorted(message.context.items())
    ]


def _plain(value: Any) -> Any:
    """Of several things in one mail, what each is about."""
    if isinstance(value, list):
        return "; ".join(str(each.get("subject", each)) if isinstance(each, dict) else str(each) for each in value)
    return value


def troubles() -> int:
    """How many messages of the last 30 days did not reach anybody and wait for somebody to look at them."""
    lately = timezone.now() - timedelta(days=30)
    return Message.objects.filter(
        state__in=[MessageState.FAILED, MessageState.CAME_BACK], queued_at__gte=lately
    ).count()
