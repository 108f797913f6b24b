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

ON_ASKING = "Anyone who needs it can ask for a new one on the sign-in page"


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


SIGN_IN, NEW_PASSWORD = "/accounts/login/", "/accounts/password/reset/"
OWN_ACCOUNT = "You are getting this email because it is about your account."
TYPED = "You are getting this email because someone entered your address on the sign-in page."


def _kind(code: str, label: str, subject: str, fields: tuple[str, ...], **options: Any) -> None:
    register(
        Kind(
            code=code,
            staff_label=label,
            subject=subject,
            template=f"emails/accounts/{code}.txt",
            fields=fields,
            **options,
        )
    )


_kind(
    "sign_in_code",
    "Sign-in code",
    "Your code to sign in to Critical Friend",
    ("code", "minutes"),
    why=TYPED,
    secret=frozenset({"code"}),
    still_applies=code_still_works,
    why_no_repeat=ON_ASKING,
)
_kind(
    "password_reset",
    "Link to set a new password",
    "Set a new password for Critical Friend",
    ("url", "hours"),
    button="Set a new password",
    why="You are getting this email because someone, most likely you, asked for it on the sign-in page.",
    secret=frozenset({"url"}),
    still_applies=link_still_works,
    why_no_repeat=ON_ASKING,
)
_kind(
    "unknown_account",
    "Answer to an address without an account",
    "No account at Critical Friend with this address",
    (),
    button="Go to the sign-in page",
    opens=SIGN_IN,
    why=TYPED,
    forgets_address=True,
    still_applies=is_an_answer,
    why_no_repeat=ON_ASKING,
)
_kind(
    "sign_in_changed",
    "Notice that someone's sign-in changed",
    "Your sign-in to Critical Friend was changed",
    ("what", "when", "client", "browser"),
    button="Set a new password",
    opens=NEW_PASSWORD,
    why=OWN_ACCOUNT,
    still_applies=is_news,
)


_kind(
    "address_change_asked",
    "Notice that a new email address was asked for",
    "Someone asked to change your email address at Critical Friend",
    ("new_email", "client", "until"),
    button="Set a new password",
    opens=NEW_PASSWORD,
    why=OWN_ACCOUNT,
    still_applies=is_news,
)
_kind(
    "address_change_confirm",
    "Link to confirm a new email address",
    "Confirm your email address for Critical Friend",
    ("url", "until"),
    button="Confirm your email address",
    why="You are getting this email because this address was entered as the new one of an account.",
    secret=frozenset({"url"}),
    forgets_address=True,
    still_applies=address_link_still_works,
    why_no_repeat=ON_ASKING,
)
_kind(
    "address_taken",
    "Answer to an address that has an account already",
    "This email address has an account at Critical Friend",
    (),
    button="Sign in",
    opens=SIGN_IN,
    why="You are getting this email because this address was entered as the new one of another account.",
    forgets_address=True,
    still_applies=is_an_answer,
    why_no_repeat=ON_ASKING,
)
_kind(
    "address_changed",
    "Notice that an email address was changed",
    "Your email address at Critical Friend was changed",
    ("new_email", "client"),
    why=OWN_ACCOUNT,
    still_applies=is_news,
)


def queue_wanted(sender: Any, *, kind: str, to: User | None, email: str, values: dict[str, Any], **kwargs: Any) -> None:
    queue_notification(kind=kind, to=to, email=email, subject_key=f"{kind}:{uuid4()}", context=values)


mail_wanted.connect(queue_wanted, dispatch_uid="queue-wanted-mail")
