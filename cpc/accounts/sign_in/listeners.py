"""Every signal of the sign-in library, with who listens to it or why nobody does; a test asks for one that is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa_signals
from allauth.usersessions import signals as session_signals
from django.contrib.auth import signals as django_signals
from django.dispatch import Signal

from cpc.accounts.sign_in.records import STEPS, account_of, how_in_words, record_at_door, record_own


def signed_in(sender: Any, *, request: Any, user: Any, **kwargs: Any) -> None:
    record_own("signed_in", request=request, user=user, how=how_in_words(get_authentication_records(request, user)))


def signed_out(sender: Any, *, request: Any, user: Any, **kwargs: Any) -> None:
    if user is not None and user.is_authenticated:
        record_own("signed_out", request=request, user=user)


def password_refused(sender: Any, *, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    typed = credentials.get("email") or credentials.get("username")
    account = account_of(typed)
    is_closed = account is not None and not account.is_active
    why = "the account is deactivated" if is_closed else "wrong address or password"
    record_at_door("sign_in_refused", request=request, user=account, why=why)


def code_refused(sender: Any, *, request: Any, user: Any, last_attempt: bool, **kwargs: Any) -> None:
    record_at_door("sign_in_refused", request=request, user=user, why="wrong code")


def second_step_refused(sender: Any, *, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    record_at_door("sign_in_refused", request=request, user=user, why="wrong second step")


def password_changed(sender: Any, *, request: Any, user: Any, **kwargs: Any) -> None:
    record_own("password_changed", request=request, user=user)


def password_reset(sender: Any, *, request: Any, user: Any, **kwargs: Any) -> None:
    record_own("password_reset_done", request=request, user=user)


def second_step_added(sender: Any, *, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    record_own("second_step_added", request=request, user=user, step=STEPS[authenticator.type])


def second_step_removed(sender: Any, *, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    record_own("second_step_removed", request=request, user=user, step=STEPS[authenticator.type])


def second_step_renewed(sender: Any, *, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    record_own("second_step_renewed", request=request, user=user, step=STEPS[authenticator.type])


NO_SIGN_UP = "No one signs up: people come by invitation, which is recorded."
OWN_ADDRESSES = "Addresses are confirmed by our own invitation and change of address, which are recorded; none of the library's pages for it is published."

# Module of the signal, its name -> the listener, or why there is none.
WATCHED: dict[Any, dict[str, Callable[..., None] | str]] = {
    account_signals: {
        "user_logged_in": signed_in,
        "user_logged_out": signed_out,
        "user_signed_up": NO_SIGN_UP,
        "password_set": password_changed,
        "password_changed": password_changed,
        "password_reset": password_reset,
        "email_confirmed": OWN_ADDRESSES,
        "email_confirmation_sent": OWN_ADDRESSES,
        "email_changed": OWN_ADDRESSES,
        "email_added": OWN_ADDRESSES,
        "email_removed": OWN_ADDRESSES,
        "_add_email": OWN_ADDRESSES,
        "email_verification_code_rejected": OWN_ADDRESSES,
        "authentication_step_completed": "A step alone signs no one in; user_logged_in names all of them.",
        "login_code_rejected": code_refused,
        "password_reset_code_rejected": "A password is set anew by a link, not by a code.",
    },
    mfa_signals: {
        "authenticator_added": second_step_added,
        "authenticator_removed": second_step_removed,
        "authenticator_reset": second_step_renewed,
        "authenticator_used": "A step alone signs no one in; user_logged_in names all of them.",
        "authentication_failed": second_step_refused,
    },
    session_signals: {
        "session_client_changed": "Sent only when each request is tracked (USERSESSIONS_TRACK_ACTIVITY), which we do not.",
    },
    django_signals: {
        "user_logged_in": "The library sends its own after it, when every step is done.",
        "user_logged_out": signed_out,
        "user_login_failed": password_refused,
    },
}


def connect() -> None:
    for module, names in WATCHED.items():
        for name, listener in names.items():
            if callable(listener):
                signal: Signal = getattr(module, name)
                signal.connect(listener, dispatch_uid=f"sign-in:{name}")


connect()
