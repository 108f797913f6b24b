"""Which reminders are paused."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from councils.models import Contact
from cpc.accounts.models import User
from cpc.cases.models import Case
from cpc.reminders.models import ReminderPause


def pauses(*, past: bool) -> QuerySet[ReminderPause]:
    """Those that last, the longest first; with `past` also those that are over or were lifted."""
    found = ReminderPause.objects.select_related("case__council", "council", "made_by", "lifted_by").prefetch_related(
        "case__joint_councils"
    )
    return found if past else found & lasting_pauses()


def lasting_pauses() -> QuerySet[ReminderPause]:
    """Those that hold reminders back today."""
    return ReminderPause.objects.filter(lifted_at__isnull=True, ends_on__gte=timezone.localdate())


def last_pause(*, case: Case | None = None, council: Any = None) -> ReminderPause | None:
    """The latest that lasts, of one case or of one council."""
    return lasting_pauses().filter(case=case, council=council, email="").order_by("-pk").first()


def own_pauses(user: Any) -> QuerySet[ReminderPause]:
    """Of this person's own address, and those that last only."""
    return pauses(past=False).filter(email=user.email)


def is_reminded(email: str) -> bool:
    """Whether somebody who can be sent reminders has this address: a person with an account, or a council's contact."""
    return (
        User.objects.filter(email=email, is_active=True).exists()
        or Contact.objects.filter(email=email).exclude(ended_on__lt=timezone.localdate()).exists()
    )


def seen_of(pause: ReminderPause | None) -> int:
    """What a page about pausing had read: which pause lasted, or none."""
    return pause.pk if pause else 0


def texts_of(pause: ReminderPause | None) -> dict[str, Any]:
    """Label -> how it stands, for somebody whose page was stale."""
    return {"Paused until": pause.ends_on, "Why": pause.reason} if pause else {"Paused until": "Not paused"}
