"""A kind of deadline that no event keeps is found at start, not when somebody waits for it to be met."""

from __future__ import annotations

from typing import Any

from django.core.checks import Error, register

from cpc.deadlines.clocks import DEFAULT_RULES
from cpc.deadlines.events import DAYS, EVENTS


@register()
def every_deadline_has_its_event(app_configs: Any, **kwargs: Any) -> list[Error]:
    kinds = [row["kind"] for row in DEFAULT_RULES]
    return [
        Error(
            f"Nothing meets deadlines of the kind {kind}.",
            hint="Name its event in cpc/deadlines/events.py and call register_event() where that event is recorded.",
            id="deadlines.E001",
        )
        for kind in kinds
        if kind not in EVENTS or kind not in DAYS
    ]
