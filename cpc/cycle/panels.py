"""What the cycle adds to a council's page."""

from __future__ import annotations

from typing import Any

from councils.pages import register_panel
from cpc.cycle.journey_queries import adviser_posts_for
from cpc.cycle.queries import open_prompts
from cpc.deadlines.pause_queries import lasting_pauses


def advisers_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """R90: who looks after the council, and who did."""
    if not user.is_lga_staff:
        return None
    return {"template": "cpc/cycle/advisers_panel.html", "posts": adviser_posts_for(council, user, 25)}


def journey_panel(council: Any, user: Any) -> dict[str, Any]:
    """R70: the way to the page of the improvement journey, for whoever reads the council's page."""
    return {"template": "cpc/cycle/journey_panel.html"}


def prompts_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """R3 to R7: what prompts a talk with the council now."""
    prompts = open_prompts(council) if user.is_lga_staff else {}
    return {"template": "cpc/cycle/prompts_panel.html", "prompts": list(prompts.items())} if prompts else None


def pauses_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """Whether reminders about the council are paused, for the LGA; and the way to pause them, for whom it is."""
    if not user.is_lga_staff:
        return None
    found = list(lasting_pauses().filter(council=council)[:5])
    notices = [f"Reminders are paused until {pause.ends_on:%-d %B %Y}: {pause.reason}" for pause in found]
    return {"template": "cpc/cycle/pauses_panel.html", "pauses": found, "notices": notices}


register_panel(prompts_panel)
register_panel(journey_panel)
register_panel(advisers_panel)
register_panel(pauses_panel)
