"""Peers: an account, its council and its profile."""

from __future__ import annotations

from typing import Any

from cpc.accounts.models import User
from teams.peers.models import PeerProfile
from tests.factories.accounts import make_user
from tests.factories.councils import make_council


def make_peer(kind: str = "officer", *, user: User | None = None, **overrides: Any) -> PeerProfile:
    """An officer peer by default. `council` and `full_name` go to the account, everything else to the profile."""
    if user is None:
        account = {
            name: overrides.pop(name) for name in ("full_name", "council", "email", "phone") if name in overrides
        }
        account.setdefault("council", make_council())
        user = make_user("peer", **account)
    values: dict[str, Any] = {"kind": kind, "current_post": "Director of Finance"}
    if kind == "member":
        values |= {"current_post": "Cabinet member", "party": "labour", "is_senior_member": True}
    return PeerProfile.objects.create(user=user, **(values | overrides))


def make_chief_executive(**overrides: Any) -> PeerProfile:
    return make_peer("officer", **({"current_post": "Chief Executive", "is_chief_executive": True} | overrides))


def make_leader(**overrides: Any) -> PeerProfile:
    values = {"current_post": "Leader", "is_council_leader": True, "is_senior_member": False}
    return make_peer("member", **(values | overrides))
