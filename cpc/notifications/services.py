"""Queueing and delivering. Claimed once by a unique row, delivered under a lock, offered again until it is sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.core.mail import get_connection
from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record, record_each
from cpc.cases.models import Case
from cpc.components.errors import Refused
from cpc.components.text import email_address
from cpc.notifications.mail_kinds import KINDS, check_context
from cpc.notifications.models import Message, MessageState
from cpc.notifications.queries import Again, choose_again, label_of, why_no_repeat
from cpc.notifications.rendering import mail_of
from cpc.notifications.secret_fields import seal, wipe

# Minutes until the next attempt; after the last one the message has failed and staff see it.
BACKOFF_MINUTES = [1, 2, 5, 15, 60, 180, 720]
RESENT = ["email", "state", "attempts", "next_attempt_at", "resent_by", "came_back_at"]


def queue_notification(
    *,
    kind: str,
    to: User | None,
    subject_key: str,
    context: dict[str, Any],
    email: str = "",
    case: Case | None = None,
) -> Message | None:
    """Claim one message to one person about one thing; None when it was claimed before.

    Nothing leaves before the transaction commits. Raises ValueError when the context does not fit the kind, or
    when there is nobody to send it to.
    """
    declared = KINDS[kind]
    check_context(declared, context)
    if not email.strip() and to is None:
        raise ValueError("A message needs a recipient.")
    address = email_address(email or cast(User, to).email)
    claimed = Message.objects.bulk_create(
        [Message(kind=kind, subject_key=subject_key, to=to, email=address, case=case, context=seal(declared, context))],
        ignore_conflicts=True,
    )
    # With ignore_conflicts the row's id is not told; the claim is ours if nobody's older row answers.
    message = Message.objects.filter(kind=kind, subject_key=subject_key, email=address).first()
    if message is None or message.queued_at != claimed[0].queued_at:
        return None
    transaction.on_commit(partial(hint, message.pk))
    return message


def hint(pk: int) -> None:
    """Tell a worker that a message waits. A broker that is down loses nothing: the sweep offers it again."""
    for sender in HINTS:
        sender(pk)


# Filled by tasks.py: services do not import the queue.
HINTS: list[Any] = []


def _still_applies(message: Message) -> bool:
    """Asked just before sending. Somebody whose account was closed gets no mail, whatever its kind."""
    if message.to is not None and not message.to.is_active:
        return False
    return KINDS[message.kind].still_applies(message)


def deliver(pk: int) -> bool:
    """Send one waiting message; False when there is nothing to do (sent, dropped, held back, or in another worker's
    hands)."""
    return _offer(pk) and _send(pk)


def _in_hand(pk: int) -> Message | None:
    return (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("to", "case__council")
        .filter(pk=pk, state=MessageState.WAITING)
        .first()
    )


@transaction.atomic(durable=True)
def _offer(pk: int) -> bool:
    """Whether the message may leave now. That it is about to is committed before the mail server hears of it: of a
    message that was never offered it is certain that nobody has it."""
    message = _in_hand(pk)
    if message is None:
        return False
    try:
        with transaction.atomic():
            until = KINDS[message.kind].held_until(message)
    except Exception as error:  # as when it is sent
        _keep_failure(message, error)
        return False
    if until is not None:
        message.next_attempt_at = until
        message.save(update_fields=["next_attempt_at"])
        return False
    if message.offered_at is None:
        message.offered_at = timezone.now()
        message.save(update_fields=["offered_at"])
    return True


@transaction.atomic(durable=True)
def _send(pk: int) -> bool:
    """Sent and committed under the row's lock: a worker that dies before the commit leaves the message waiting."""
    message = _in_hand(pk)
    if message is None:
        return False
    try:
        # A savepoint: a statement that fails while the mail is made must not take the stored failure with it.
        with transaction.atomic():
            applies = _still_applies(message)
            if applies:
                message.context |= KINDS[message.kind].renew(message)
                mail_of(message).send()
    except Exception as error:  # every failure is stored on the row and shown to staff, whatever its kind
        _keep_failure(message, error)
        return False
    message.attempts += 1
    if not applies:
        message.state = MessageState.DROPPED
        message.save(update_fields=["state", *wipe(message)])
        KINDS[message.kind].dropped(message)
        return False
    message.state = MessageState.SENT
    message.sent_at = timezone.now()
    message.failure = ""
    wiped = wipe(message)
    message.save(update_fields=["attempts", "failure", "state", "sent_at", *wiped])
    return True


def _keep_failure(message: Message, error: Exception) -> None:
    message.attempts += 1
    forgets = message.kind in KINDS and KINDS[message.kind].forgets_address
    # What a mail server answers names the address.
    said = type(error).__name__ if forgets else f"{type(error).__name__}: {error}"
    message.failure = said.replace("\x00", "")[:2000]
    wiped: list[str] = []
    if message.attempts > len(BACKOFF_MINUTES):
        message.state = MessageState.FAILED
        wiped = wipe(message) if message.kind in KINDS else []
    else:
        message.next_attempt_at = timezone.now() + timedelta(minutes=BACKOFF_MINUTES[message.attempts - 1])
    message.save(update_fields=["attempts", "failure", "state", "next_attempt_at", *wiped])


def waiting_messages(limit: int = 500) -> list[int]:
    """Ids of messages whose turn has come, longest waiting first."""
    due = Message.objects.filter(state=MessageState.WAITING, next_attempt_at__lte=timezone.now())
    return list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:limit])


def resend(*, message: Message, by: User) -> bool:
    """False when it has not failed (a second click), or cannot be sent any more."""
    return not resend_messages(ids=[message.pk], by=by)[0].why_not


@transaction.atomic
def resend_messages(*, ids: Collection[int], by: User) -> list[Again]:
    """Offer messages that failed or came back again, at once and to each person's present address. Those that cannot be
    are named with the reason and keep no other from it."""
    # Always in the same order: two people at once must not wait for each other in a circle.
    rows = Message.objects.select_for_update(of=("self",)).select_related("to", "case__council").filter(pk__in=ids)
    found = choose_again(list(rows.order_by("pk")))
    again = [each for each in found if not each.why_not]
    if not again:
        return found
    for each in again:
        each.message.email = each.address
        each.message.state = MessageState.WAITING
        each.message.attempts = 0
        each.message.next_attempt_at = timezone.now()
        each.message.resent_by = by
        each.message.came_back_at = None
    Message.objects.bulk_update([each.message for each in again], RESENT)
    # An address has no place in a record that is never deleted; the message itself keeps it.
    record_each(
        verb="message_resent",
        by=by,
        cases=[each.message.case for each in again],
        data=[
            {
                "message_id": each.message.pk,
                "label": each.label,
                "name": each.message.to.full_name if each.message.to else "someone without an account",
            }
            for each in again
        ],
        audience="lga",
    )
    for each in again:
        transaction.on_commit(partial(hint, each.message.pk))
    return found


class NotRepeated(Refused):
    """A mail that is not sent once more, with the reason in words."""


@transaction.atomic
def repeat_message(*, message: Message, reason: str, seen: int, by: User) -> Message:
    """Send a mail that was sent once more, to its reader's present address. `seen` is how many copies the page showed:
    a second click makes no other. Raises NotRepeated."""
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise NotRepeated("Enter why it is sent again")
    first = Message.objects.select_for_update(of=("self",)).select_related("to", "case__council").get(pk=message.pk)
    if why_not := why_no_repeat(first):
        raise NotRepeated(why_not)
    number = first.repeats.count() + 1
    if seen != number - 1:
        newest = first.repeats.order_by("-pk").first()
        if newest and (newest.repeat_reason, newest.resent_by) == (reason, by):
            return newest
        raise NotRepeated("It has just been sent again")
    copy = Message.objects.create(
        kind=first.kind,
        subject_key=f"{first.subject_key[:180]}:again:{first.pk}.{number}"[:200],
        to=first.to,
        email=first.to.email.lower() if first.to else first.email,
        case=first.case,
        context=first.context,
        repeat_of=first,
        repeat_reason=reason,
        resent_by=by,
    )
    record(
        verb="message_repeated",
        by=by,
        case=first.case,
        data={
            "message_id": copy.pk,
            "label": label_of(first),
            "name": first.to.full_name if first.to else "someone without an account",
            "reason": reason,
        },
        audience="lga",
    )
    transaction.on_commit(partial(hint, copy.pk))
    return copy


def mail_server_answers() -> bool:
    """Whether a connection to the mail server can be opened now; for the health page."""
    try:
        with get_connection():
            return True
    except OSError:
        return False
