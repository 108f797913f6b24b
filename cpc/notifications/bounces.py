"""What became of a mail after it was taken: read from a delivery report, or asked of GOV.UK Notify."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import Message as Mail

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cpc.notifications.backends import notify_client, taken
from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id

OWN_ID = re.compile(r"<message-(\d{1,18})\.\d+@[^<>\s]+>")
# What Notify says when a mail did not arrive, in words.
CAME_BACK = {
    "permanent-failure": "There is no such address, or its server refuses all mail.",
    "temporary-failure": "The address could not be reached for three days: a full inbox, or its server was away.",
    "technical-failure": "Notify and the address's mail server did not understand each other.",
}
NOTIFY_BACKEND = "cpc.notifications.backends.NotifyEmailBackend"
ASKED_FOR = timedelta(days=5)


@transaction.atomic
def mark_came_back(*, pk: int, reason: str) -> bool:
    """The mail was taken and did not arrive; staff see it in the outbox. False when it is known already, or the message
    was never sent."""
    message = Message.objects.select_for_update(of=("self",)).filter(pk=pk, state=MessageState.SENT).first()
    if message is None:
        return False
    message.state, message.came_back_at = MessageState.CAME_BACK, timezone.now()
    message.failure = reason.replace("\x00", "")[:2000]
    message.save(update_fields=["state", "came_back_at", "failure"])
    return True


# ------------------------------------------------------------------ delivery reports (RFC 3464)


def came_back(mail: Mail) -> tuple[Message, str] | None:
    """The message that a delivery report is about, and why it came back. None for anything else: a report of a delay,
    a mail that arrived, an answer of somebody on leave, a mail that is not ours."""
    statuses = [
        part
        for report in mail.walk()
        if report.get_content_type() == "message/delivery-status" and isinstance(report.get_payload(), list)
        for part in report.get_payload()
        if isinstance(part, Mail)
    ]
    failed = [part for part in statuses if str(part.get("Action", "")).strip().lower() == "failed"]
    if not failed:
        return None
    why = " ".join(str(failed[0].get("Diagnostic-Code") or failed[0].get("Status") or "No reason given").split())
    headers = ["Message-ID", "Original-Message-ID", "In-Reply-To", "References"]
    texts = [str(part.get(name, "")) for part in mail.walk() for name in headers]
    texts += [str(part.get_payload()) for part in mail.walk() if part.get_content_type() == "text/rfc822-headers"]
    for text in texts:
        for match in OWN_ID.finditer(text):
            message = Message.objects.filter(pk=int(match[1])).first()
            # The whole of it: a number alone could be anybody's guess.
            if message is not None and message_id(message) == match[0]:
                return message, why
    return None


# ------------------------------------------------------------------ asking Notify


def ask_notify(limit: int = 200) -> int:
    """Ask about mails of the last days of which nothing final is known; returns how many came back."""
    if settings.EMAIL_BACKEND != NOTIFY_BACKEND:
        return 0
    waiting = Message.objects.filter(
        state=MessageState.SENT, arrived_at__isnull=True, sent_at__gte=timezone.now() - ASKED_FOR
    ).order_by("sent_at", "pk")[:limit]
    client, found = None, 0
    for message in waiting:
        client = client or notify_client()
        known = taken(client, message_id(message), message.email)
        status = known.get("status", "") if known else ""
        if status in CAME_BACK:
            found += mark_came_back(pk=message.pk, reason=CAME_BACK[status])
        elif status == "delivered":
            Message.objects.filter(pk=message.pk, state=MessageState.SENT).update(arrived_at=timezone.now())
    return found
