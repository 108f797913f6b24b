"""People who can sign in, and invitations."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress

from cpc.accounts.events import account_changed
from cpc.accounts.models import Invitation, User
from cpc.accounts.roles import COUNCIL_ROLES, Role
from cpc.accounts.services import invite_user
from cpc.components.text import plain_address
from tests.factories.councils import make_council

PASSWORD = "demo-Password-1"
_numbers = count(1)


def make_user(role: str = "programme_manager", **overrides: Any) -> User:
    """Somebody with a confirmed address and PASSWORD; people of a council get one made when none is given."""
    (user,) = make_users([{"role": role} | overrides])
    return user


def make_users(people: Iterable[dict[str, Any]]) -> list[User]:
    """Several of them, with as many statements as one; `role` is among what is said of each."""
    users = []
    for overrides in people:
        number, role = next(_numbers), overrides["role"]
        if role in COUNCIL_ROLES and "council" not in overrides:
            overrides = overrides | {"council": make_council()}
        values: dict[str, Any] = {
            "email": f"{role.replace('_', '.')}.{number}@example.org",
            "password": PASSWORD,
            "full_name": f"{Role(role).label} {number}",
        }
        values |= overrides
        password, email = values.pop("password"), plain_address(values.pop("email"))
        user = User(email=email, **values)
        user.set_password(password)
        users.append(user)
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    return users


def make_invitation(role: str = "contributor", **overrides: Any) -> tuple[Invitation, str]:
    """An invitation made by the service, and the token of its link."""
    by = overrides.pop("by", None) or make_user("administrator")
    if role in COUNCIL_ROLES and "council" not in overrides:
        overrides["council"] = make_council()
    tokens: list[str] = []

    def catch(sender: Any, *, data: dict[str, Any], **kwargs: Any) -> None:
        tokens.extend(data[name] for name in ("token",) if name in data)

    account_changed.connect(catch)
    try:
        values = {"email": f"invited.{next(_numbers)}@example.org", "full_name": "Ivy Invited", "role": role}
        invitation = invite_user(**(values | overrides), by=by)
    finally:
        account_changed.disconnect(catch)
    return invitation, tokens[0]
