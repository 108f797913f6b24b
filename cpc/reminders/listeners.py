"""What a change of somebody's e-mail address does to their reminders. Accounts lie below and announce; this listens."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from cpc.accounts.events import account_changed
from cpc.reminders.models import ReminderPause


@receiver(account_changed)
def move_pauses(sender: Any, *, verb: str, by: Any, user: Any, data: dict[str, Any], **kwargs: Any) -> None:
    """A pause to one address goes along with its person: reminders do not begin again because the address is another."""
    if verb != "address_changed":
        return
    lasting = ReminderPause.objects.filter(lifted_at__isnull=True, ends_on__gte=timezone.localdate())
    lasting.filter(email=data["old_email"]).update(email=data["new_email"])
