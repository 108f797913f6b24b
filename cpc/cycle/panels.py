"""What the cycle adds to a council's page, for the LGA alone."""

from __future__ import annotations

from typing import Any

from councils.pages import register_panel
from cpc.cycle.journey_queries import adviser_posts


def advisers_panel(council: Any, user: Any) -> dict[str, Any] | None:
    """R90: who looks after the council, and who did."""
    if not user.is_lga_staff:
        return None
    return {"template": "cpc/cycle/advisers_panel.html", "posts": list(adviser_posts(council)[:25])}


register_panel(advisers_panel)
