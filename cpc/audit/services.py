"""Recording what happened, in the same transaction as the thing itself (DESIGN 7)."""

from __future__ import annotations

from typing import Any

from cpc.audit.models import Audience, Event
from cpc.audit.presenters import VERBS


def record(
    *,
    verb: str,
    by: Any,
    case: Any = None,
    council: Any = None,
    data: dict[str, Any] | None = None,
    audience: str = Audience.CASE,
) -> Event:
    """Write one event. Raises ValueError for a verb that no package registered, or an audience that does not exist."""
    if verb not in VERBS:
        raise ValueError(f"No sentence is registered for the verb {verb}.")
    return Event.objects.create(
        verb=verb, by=by, case=case, council=council, data=data or {}, audience=Audience(audience)
    )
