"""The day by a rule."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from cpc.deadlines.models import DeadlineRule


def due_on(rule: DeadlineRule, start_on: date) -> date:
    """The day by this rule: whole calendar months first (31 January and one month is the end of February), then days."""
    return start_on + relativedelta(months=rule.months) + timedelta(days=rule.days)
