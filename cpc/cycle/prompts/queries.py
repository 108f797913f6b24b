"""Prompts as whoever is to act on them reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cpc.accounts.roles import Role
from cpc.cycle.journey.queries import councils_advised
from cpc.cycle.models import Prompt, PromptState
from cpc.cycle.queries import trigger_text


@dataclass(frozen=True)
class OwnPrompt:
    council: str
    slug: str
    made_on: date
    reasons: str


def prompts_for(user: Any) -> list[OwnPrompt]:
    """R3, R4: open prompts of the councils that a principal adviser looks after, the longest open first; for nobody else.
    Two statements, however many there are, and one where there are none."""
    councils = councils_advised(user) if user.role == Role.PRINCIPAL_ADVISER else {}
    if not councils:
        return []
    found = (
        Prompt.objects.filter(state=PromptState.OPEN, council__in=list(councils))
        .select_related("council")
        .prefetch_related("triggers")
        .order_by("made_on", "council__name", "pk")
    )
    return [
        OwnPrompt(
            prompt.council.name,
            prompt.council.slug,
            prompt.made_on,
            "; ".join(trigger_text(trigger) for trigger in prompt.triggers.all()),
        )
        for prompt in found
    ]
