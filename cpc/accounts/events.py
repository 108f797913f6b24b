"""What happened to people and invitations: recorded, and told to the packages above.

Receivers run inside the transaction of the service: if one of them refuses, nothing has happened.
"""

from __future__ import annotations

from typing import Any

from django.dispatch import Signal

from cpc.audit.services import record

# receiver(sender, *, verb, by, user, data). The verbs are those of cpc/accounts/verbs.py; `user` is the person it happened to,
# None while there is only an invitation.
account_changed = Signal()
# A mail about somebody's account: `kind` of message, `to` a person or None, `email`, `values`.
mail_wanted = Signal()

# What a record of a person holds. A token or an address has no place in a record that is never deleted.
RECORDED = ("name", "role", "from_role", "invitation_id", "client", "account", "how", "why", "step")


def announce(verb: str, *, by: Any, user: Any, data: dict[str, Any]) -> None:
    """Records the event and tells whoever receives `account_changed`."""
    kept = {name: data[name] for name in RECORDED if name in data}
    record(verb=verb, by=by, data=kept | ({"user_id": user.pk} if user else {}), audience="lga")
    account_changed.send(sender=None, verb=verb, by=by, user=user, data=data)
