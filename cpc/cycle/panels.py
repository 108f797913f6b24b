"""What the cycle adds to a council's page."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from councils.panels import register_panel
from cpc.cycle.journey.queries import adviser_posts_for
from cpc.cycle.queries import next_of, open_prompts, standing_of
from cpc.reminders.pauses.queries import lasting_pauses


def advisers_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """R90: who looks after the council, and who did."""
    if not user.is_lga_staff:
        return None
    return {"template": "cpc/cycle/advisers_panel.html", "posts": adviser_posts_for(council, user, 25)}


def next_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """R1 to R7: what is next for the council and why; for the LGA also what prompts a talk with it now."""
    row = standing_of(council, timezone.localdate())
    # Most councils have none, and the row knows it.
    prompts = open_prompts(council) if user.is_lga_staff and (row is None or row.is_prompted) else {}
    expected = next_of(row, user)
    if not (expected or prompts):
        return None
    return {"template": "cpc/cycle/next/panel.html", "next": expected, "prompts": list(prompts.items())}


def journey_panel(council: Any, user: Any) -> dict[str, Any]:
    """R70: the way to the page of the improvement journey, for whoever reads the council's page."""
    return {"template": "cpc/cycle/journey/panel.html"}


def pauses_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """Whether reminders about the council are paused, for the LGA; and the way to pause them, for whom it is."""
    if not user.is_lga_staff:
        return None
    found = list(lasting_pauses().filter(council=council)[:5])
    notices = [f"Reminders are paused until {pause.ends_on:%-d %B %Y}: {pause.reason}" for pause in found]
    return {"template": "cpc/cycle/pauses_panel.html", "pauses": found, "notices": notices}


register_panel(next_panel)
register_panel(journey_panel)
register_panel(advisers_panel)
register_panel(pauses_panel)
