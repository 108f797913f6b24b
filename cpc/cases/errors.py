"""Refusals of the case services. Each text is a sentence for the person who asked."""

from collections.abc import Sequence

from cpc.cases.stages import Outstanding


class CaseError(Exception):
    """Base of all refusals: `message` is shown to the person."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        # The form field the message belongs beside; empty for the form as a whole.
        self.field = field


class AlreadyMoved(CaseError):
    """The case stands elsewhere than the page said: a second click, or somebody was faster."""


class GateRefused(CaseError):
    """Things are outstanding."""

    def __init__(self, outstanding: Sequence[Outstanding]) -> None:
        super().__init__("This stage cannot be signed off yet: " + "; ".join(item.text for item in outstanding))
        self.outstanding = list(outstanding)


class StageClosed(CaseError):
    """A write to a stage that the case has left or not reached, or to a case that is paused or over."""


class StaleEdit(CaseError):
    """Somebody saved first. The page shows both texts."""

    def __init__(
        self, message: str = "Somebody else saved this while you were writing. Nothing you typed is lost."
    ) -> None:
        super().__init__(message)


class NotAllowed(CaseError):
    """Something the rules of the process refuse."""
