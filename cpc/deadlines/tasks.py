from celery import shared_task
from django.conf import settings
from django.utils import timezone

from cpc.deadlines.reminders import sweep as sweep_reminders


@shared_task(name="deadlines.sweep")
def sweep() -> int:
    """What is due now, by the clock of Europe/London. Asks "what", never "which one was I told to send".

    Nobody is written to in the night: before the hour in the settings a day's reminders wait.
    """
    now = timezone.localtime()
    return sweep_reminders(now.date()) if now.hour >= settings.REMINDERS_FROM_HOUR else 0
