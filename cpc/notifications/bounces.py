"""What became of a mail after it was taken: read from a delivery report, or asked of GOV.UK Notify."""

from __future__ import annotations

import html
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
    return _reported(mail) or in_plain_words(mail)


def _reported(mail: Mail) -> tuple[Message, str] | None:
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
    message = _named_in(texts)
    return (message, why) if message is not None else None


def _named_in(texts: list[str]) -> Message | None:
    """The message whose Message-ID stands in one of the texts."""
    for text in texts:
        for match in OWN_ID.finditer(text):
            message = Message.objects.filter(pk=int(match[1])).first()
            # The whole of it: a number alone could be anybody's guess.
            if message is not None and message_id(message) == match[0]:
                return message
    return None


# ------------------------------------------------------------------ reports in plain words, as some servers write them

# Who writes them: a mail server, and nobody who answers.
SERVER = re.compile(r"mailer-daemon|postmaster|mail delivery|mail administrator", re.IGNORECASE)
DID_NOT_ARRIVE = re.compile(
    r"undeliver|not be delivered|wasn't able to deliver|unable to deliver|delivery (?:has )?failed|delivery failure|"
    r"failure notice|returned to sender|(?:user|recipient|mailbox|address) (?:is )?(?:unknown|unavailable|not found)|"
    r"no such (?:user|recipient|mailbox)|\b5\d\d[ -]5?\.?\d",
    re.IGNORECASE,
)
NOT_YET = re.compile(
    r"\bdelay|not yet been delivered|will (?:keep|be) (?:trying|retried)|still being retried|will retry", re.IGNORECASE
)


def in_plain_words(mail: Mail) -> tuple[Message, str] | None:
    """A server's own words instead of a report: "I'm afraid I wasn't able to deliver your message", with our mail's
    Message-ID below. Not what says that it goes on trying, nor an answer of somebody who quotes us."""
    if mail.get_content_type() == "multipart/report" or not SERVER.search(str(mail.get("From", ""))):
        return None
    bodies = [_text_of(part) for part in mail.walk() if part.get_content_maintype() == "text"]
    # Of the copy of our own mail that is quoted, nothing is a reason: what stands before its Message-ID is read.
    said = [str(mail.get("Subject", "")), *(OWN_ID.split(body)[0] for body in bodies)]
    if any(NOT_YET.search(text) for text in said) or not any(DID_NOT_ARRIVE.search(text) for text in said):
        return None
    quoted = [*bodies, *(str(part.get("Message-ID", "")) for part in mail.walk() if part is not mail)]
    message = _named_in(quoted)
    if message is None:
        return None
    lines = [line.strip() for text in [*said[1:], said[0]] for line in text.splitlines() if DID_NOT_ARRIVE.search(line)]
    return message, (lines[0] if lines else "The mail server said so")[:500]


def _text_of(part: Mail) -> str:
    raw = part.get_payload(decode=True)
    text = raw.decode(part.get_content_charset() or "utf-8", "replace") if isinstance(raw, bytes) else ""
    return html.unescape(text) if part.get_content_subtype() == "html" else text


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
