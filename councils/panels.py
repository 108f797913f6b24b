"""What packages above add to a council's page. The register knows nobody; they register themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# A panel is called with (council, user) and gives {"template": ..., **context}, or None to show nothing.
# Its "ending_note", a sentence, stands where the page says that the council ends; its "notices", sentences, at the top.
PANELS: list[Callable[[Any, Any], dict[str, Any] | None]] = []


def register_panel(panel: Callable[[Any, Any], dict[str, Any] | None]) -> None:
    if panel not in PANELS:
        PANELS.append(panel)
