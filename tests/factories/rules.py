"""The rules of deadlines and of reminders that every installation starts with."""

from cpc.deadlines import reference_data as deadlines
from cpc.reminders import reference_data as reminders


def ensure_default_rules() -> int:
    return deadlines.ensure_default_rules() + reminders.ensure_default_reminders()
