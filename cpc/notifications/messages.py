"""Mails about signing in. Accounts lie below notifications and say what is wanted; this queues it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from cpc.accounts.events import mail_wanted
from cpc.accounts.models import User
from cpc.notifications.mail_kinds import Kind, register
from cpc.notifications.models import Message
from cpc.notifications.services import queue_notification

ON_ASKING = "Whoever needs it asks for a new one on the sign-in page"


def code_still_works(message: Message) -> bool:
    """A code that came too late would only be tried in vain."""
    return timezone.now() - message.queued_at < timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


def link_still_works(message: Message) -> bool:
    return timezone.now() - message.queued_at < timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


def address_link_still_works(message: Message) -> bool:
    return timezone.now() - message.queued_at < timedelta(hours=settings.ADDRESS_CHANGE_HOURS)


def is_an_answer(message: Message) -> bool:
    """To somebody who is waiting for it: after an hour nobody is."""
    return timezone.now() - message.queued_at < timedelta(hours=1)


def is_news(message: Message) -> bool:
    """A notice stays true; after two weeks it only puzzles."""
    return timezone.now() - message.queued_at < timedelta(days=14)


def _kind(code: str, label: str, subject: str, fields: tuple[str, ...], **options: Any) -> None:
    register(
        Kind(
            code=code,
            staff_label=label,
            subject=subject,
            text_template=f"emails/accounts/{code}.txt",
            html_template=f"emails/accounts/{code}.html",
            fields=fields,
            **options,
        )
    )


_kind(
    "sign_in_code",
    "Sign-in code",
    "Your code to sign in to Critical Friend",
    ("code", "minutes"),
    secret=frozenset({"code"}),
    still_applies=code_still_works,
    why_no_repeat=ON_ASKING,
)
_kind(
    "password_reset",
    "Link to set a new password",
    "Set a new password for Critical Friend",
    ("url", "hours"),
    secret=frozenset({"url"}),
    still_applies=link_still_works,
    why_no_repeat=ON_ASKING,
)
_kind(
    "unknown_account",
    "Answer to an address without an account",
    "No account at Critical Friend with this address",
    (),
    forgets_address=True,
    still_applies=is_an_answer,
    why_no_repeat=ON_ASKING,
)
_kind(
    "sign_in_changed",
    "Notice that somebody's sign-in changed",
    "Your sign-in to Critical Friend was changed",
    ("what", "when", "client", "browser"),
    still_applies=is_news,
)


_kind(
    "address_change_asked",
    "Notice that a new e-mail address was asked for",
    "Somebody asked to change your e-mail address at Critical Friend",
    ("new_email", "client", "until"),
    still_applies=is_news,
)
_kind(
    "address_change_confirm",
    "Link to confirm a new e-mail address",
    "Confirm your e-mail address for Critical Friend",
    ("url", "until"),
    secret=frozenset({"url"}),
    forgets_address=True,
    still_applies=address_link_still_works,
    why_no_repeat=ON_ASKING,
)
_kind(
    "address_taken",
    "Answer to an address that has an account already",
    "This e-mail address has an account at Critical Friend",
    (),
    forgets_address=True,
    still_applies=is_an_answer,
    why_no_repeat=ON_ASKING,
)
_kind(
    "address_changed",
    "Notice that an e-mail address was changed",
    "Your e-mail address at Critical Friend was changed",
    ("new_email", "client"),
    still_applies=is_news,
)


def queue_wanted(sender: Any, *, kind: str, to: User | None, email: str, values: dict[str, Any], **kwargs: Any) -> None:
    queue_notification(kind=kind, to=to, email=email, subject_key=f"{kind}:{uuid4()}", context=values)


mail_wanted.connect(queue_wanted, dispatch_uid="queue-wanted-mail")
