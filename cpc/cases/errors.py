"""Refusals of the case services that say more than a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from cpc.cases.stages import Outstanding
from cpc.components.errors import Refused


class GateRefused(Refused):
    """Things are outstanding."""

    is_error = True

    def __init__(self, outstanding: Sequence[Outstanding]) -> None:
        super().__init__("This stage cannot be finished yet: " + "; ".join(item.text for item in outstanding))
        self.outstanding = list(outstanding)


class StageClosed(Refused):
    """A write to a stage that the case has left or not reached, or to a case that is paused or over."""
