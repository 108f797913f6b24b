from celery import shared_task
from django.conf import settings
from django.utils import timezone

from cpc.reminders.sweep import sweep as sweep_reminders
from cpc.reminders.sweep import was_cut_short


@shared_task(name="deadlines.sweep")
def sweep() -> int:
    """What is due now, by the clock of Europe/London. Asks "what", never "which one was I told to send".

    Nobody is written to in the night: before the hour in the settings a day's reminders wait.
    """
    now = timezone.localtime()
    return sweep_reminders(now.date()) if now.hour >= settings.REMINDERS_FROM_HOUR else 0


@shared_task(name="deadlines.finish_sweep")
def finish_sweep() -> int:
    """Every minute: a sweep whose worker was killed is done again, so that nothing claimed waits without its mail.

    Done beside one that still runs it harms nothing.
    """
    now = timezone.localtime()
    if now.hour < settings.REMINDERS_FROM_HOUR or not was_cut_short(now.date()):
        return 0
    return sweep_reminders(now.date())
