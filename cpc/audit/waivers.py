"""R102: which core steps of a challenge were changed, by whom, when and why: in one place of the case.

A waiver is an event, so it stays for good whatever becomes of the row that it was about. Each package names the verbs of
its waivers here, and the fields that keep their reasons; a test finds verbs and fields that nobody named.
"""

from __future__ import annotations

from typing import Any

from cpc.audit.models import Event
from cpc.audit.presenters import VERBS, sentence
from cpc.audit.queries import events_for

# Verb -> the fields of models, as app.Model.field, that hold what was waived or why.
WAIVERS: dict[str, tuple[str, ...]] = {}


def register_waivers(verbs: dict[str, tuple[str, ...]]) -> None:
    """Each verb must have its sentence, with {reason}. Raises ValueError otherwise."""
    for verb, fields in verbs.items():
        if "{reason}" not in VERBS.get(verb, ""):
            raise ValueError(f"The waiver {verb} has no sentence with its reason.")
        WAIVERS[verb] = fields


def waivers_of(case: Any, user: Any, *, but: str = "") -> list[Event]:
    """What was waived on this case, as far as this person may read it, the first first; each has `.text`, its sentence."""
    found = list(events_for(case, user).filter(verb__in=set(WAIVERS) - {but}).order_by("at", "pk"))
    for event in found:
        event.text = sentence(event.verb, event.data)  # type: ignore[attr-defined]
    return found
