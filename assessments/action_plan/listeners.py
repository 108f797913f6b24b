"""What the action plan answers when the register below it asks (R96)."""

from __future__ import annotations

from assessments.action_plan.outcomes.queries import why_still_needed
from councils.events import register_succession_check

register_succession_check(why_still_needed)
