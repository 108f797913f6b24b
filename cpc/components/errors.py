"""How a service says no: one family, so that every page shows every refusal in the same way."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """Nothing was saved. `message` is a sentence for the person who asked; `field` names the form field it belongs
    beside, empty for the form as a whole. `is_error` marks the refusal that is more than a warning."""

    is_error = False

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class AlreadyMoved(Refused):
    """What was asked for is done, or was overtaken: a second click, or somebody was faster."""


class Stale(Refused):
    """Somebody saved first, so the page shows both texts. `now` is the row as it stands, where the service has it."""

    def __init__(
        self,
        message: str = "Someone else saved this while you were writing. Nothing you typed is lost.",
        *,
        now: Any = None,
    ) -> None:
        super().__init__(message)
        self.now = now
