"""What happened to people, recorded. Accounts lie below audit and announce; this listens."""

from __future__ import annotations

from typing import Any

from cpc.accounts.events import register_listener
from cpc.audit.presenters import register_verbs
from cpc.audit.services import record

register_verbs(
    {
        "person_invited": "invited {name} as {role}",
        "invitation_resent": "sent the invitation to {name} again",
        "invitation_withdrawn": "withdrew the invitation to {name}",
        "invitation_accepted": "accepted the invitation",
        "person_deactivated": "deactivated the account of {name}",
        "person_reactivated": "reactivated the account of {name}",
        "role_changed": "changed the role of {name} from {from_role} to {role}",
        "profile_changed": "changed their own details",
    }
)

# What a record of a person holds. A token or an address has no place in a record that is never deleted.
RECORDED = ("name", "role", "from_role", "invitation_id")


def record_account_event(verb: str, *, by: Any, user: Any, data: dict[str, Any]) -> None:
    kept = {name: data[name] for name in RECORDED if name in data}
    record(verb=verb, by=by, data=kept | ({"user_id": user.pk} if user else {}), audience="lga")


register_listener(record_account_event)
