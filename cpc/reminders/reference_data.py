"""The reminder rules that every installation starts with. Running it again changes nothing that was edited."""

from __future__ import annotations

from cpc.reminders.models import ReminderRule

# Days before (negative) and after; to whom.
DEFAULT_REMINDERS = [(-28, "owner"), (-7, "owner"), (1, "owner"), (14, "owner"), (14, "LGA")]


def ensure_default_reminders() -> int:
    """Load the rules that are missing. Returns how many were added."""
    return sum(
        ReminderRule.objects.get_or_create(
            kind="",
            offset_days=offset,
            in_working_days=False,
            recipients=recipients,
            defaults={"waits_for_working_day": True},
        )[1]
        for offset, recipients in DEFAULT_REMINDERS
    )
