"""Recording what happened, in the same transaction as the thing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cpc.audit.models import Audience, Event
from cpc.audit.presenters import VERBS, missing_from


def record(
    *,
    verb: str,
    by: Any,
    case: Any = None,
    council: Any = None,
    data: dict[str, Any] | None = None,
    audience: str = Audience.CASE,
) -> Event:
    """Write one event. Raises ValueError for a verb that no package registered, an audience that does not exist, or data
    that lack a name of the verb's sentence: what is written is read for years, and cannot be mended."""
    _check(verb, data or {})
    return Event.objects.create(
        verb=verb, by=by, case=case, council=council, data=data or {}, audience=Audience(audience)
    )


def record_each(
    *, verb: str, by: Any, cases: Sequence[Any], data: Sequence[dict[str, Any]], audience: str = Audience.CASE
) -> None:
    """The same done to several things: an event for each, with its case and its data, in one statement."""
    for each in data:
        _check(verb, each)
    Event.objects.bulk_create(
        Event(verb=verb, by=by, case=case, data=each, audience=Audience(audience))
        for case, each in zip(cases, data, strict=True)
    )


def _check(verb: str, data: dict[str, Any]) -> None:
    if verb not in VERBS:
        raise ValueError(f"No sentence is registered for the verb {verb}.")
    if missing := missing_from(verb, data):
        raise ValueError(f"An event “{verb}” needs {', '.join(missing)} for its sentence.")
