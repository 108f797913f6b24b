"""A kind of deadline that no event keeps is found at start, not when somebody waits for it to be met."""

from __future__ import annotations

from typing import Any

from django.core.checks import Error, register

from cpc.deadlines.events import DAYS
from cpc.deadlines.kinds import KINDS


@register()
def every_deadline_has_its_event(app_configs: Any, **kwargs: Any) -> list[Error]:
    return [
        Error(
            f"Nothing meets deadlines of the kind {kind}.",
            hint="Call register_event() (cpc/deadlines/events.py) where the event that meets it is recorded.",
            id="deadlines.E001",
        )
        for kind in KINDS
        if kind not in DAYS
    ]
