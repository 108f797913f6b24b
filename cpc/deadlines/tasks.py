from celery import shared_task
from django.utils import timezone

from cpc.deadlines.reminders import sweep as sweep_reminders


@shared_task(name="deadlines.sweep")
def sweep() -> int:
    """What is due now, by the clock of Europe/London. Asks "what", never "which one was I told to send"."""
    return sweep_reminders(timezone.localdate())
