"""What happens at the door, announced: who, when, from which address. The event is written by whoever listens."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest

from cpc.accounts.events import announce
from cpc.accounts.models import User
from cpc.accounts.sign_in.client import client_address
from cpc.components.text import plain_address

NO_ACCOUNT = "an address that has no account"
LOCKED_SECONDS = 300
HOW = {
    "password": "a password",
    "code": "a code sent by email",
    "password_reset": "a link to set a password",
    "totp": "an authenticator app",
    "recovery_codes": "a recovery code",
    "webauthn": "a passkey",
}
STEPS = {"totp": "an authenticator app", "recovery_codes": "recovery codes", "webauthn": "a passkey"}


def account_in_words(user: User | None) -> str:
    """The address that somebody typed stands in no record: it may be anybody's, or a password in the wrong field."""
    return f"the account of {user.full_name}" if user is not None else NO_ACCOUNT


def record_own(verb: str, *, request: HttpRequest | None, user: User, **data: Any) -> None:
    """Something that a person did with their own sign-in."""
    announce(verb, by=user, user=user, data={"name": user.full_name, "client": client_address(request), **data})


def record_at_door(verb: str, *, request: HttpRequest | None, user: User | None, **data: Any) -> None:
    """Something that anybody may have done: it is about the account, and nobody knows by whom."""
    data = {"account": account_in_words(user), "client": client_address(request), **data}
    announce(verb, by=None, user=user, data=data)


def record_locked(request: HttpRequest | None) -> None:
    """Once a while for a client: whoever goes on trying does not fill the record."""
    client = client_address(request)
    if cache.add(f"sign-in-locked:{client}", 1, LOCKED_SECONDS):
        announce("sign_in_locked", by=None, user=None, data={"client": client})


def account_of(email: Any) -> User | None:
    return User.objects.filter(email=plain_address(email)).first() if isinstance(email, str) and email else None


def how_in_words(records: list[dict[str, Any]]) -> str:
    """The steps by which somebody has just signed in, such as "a password and an authenticator app"."""
    found = [HOW.get(str(each.get("type") or each.get("method")), str(each.get("method"))) for each in records]
    return " and ".join(dict.fromkeys(found)) or "an unknown way"
