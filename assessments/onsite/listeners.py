"""What happens to the onsite days when scheduling below agrees the dates."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from assessments.onsite.services import ensure_days
from cpc.accounts.models import User
from cpc.cases.models import Case
from cpc.scheduling.services import dates_agreed


@receiver(dates_agreed)
def keep_days(sender: Any, *, case: Case, by: User | None, **kwargs: Any) -> None:
    ensure_days(case, by)
