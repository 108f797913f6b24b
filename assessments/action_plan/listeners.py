"""What the action plan answers when the register below it asks (R96)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.dispatch import receiver

from assessments.action_plan.outcomes.queries import why_still_needed
from councils.events import succession_ending


@receiver(succession_ending)
def why_successions_stay(sender: Any, *, successions: Collection[int], **kwargs: Any) -> list[str]:
    return why_still_needed(successions)
