from celery import shared_task
from django.utils import timezone

from cpc.cycle.services import forget_changes, write_cycle_dates
from cpc.cycle.services import sweep as sweep_cycle


@shared_task(name="cycle.sweep")
def sweep() -> int:
    """What the passing of time has brought by today, by the clock of Europe/London."""
    return sweep_cycle(timezone.localdate())


@shared_task(name="cycle.write_dates")
def write_dates() -> int:
    """What reminders of the cycle are found by; the due list itself is never behind."""
    return write_cycle_dates(timezone.localdate())


@shared_task(name="cycle.forget_changes")
def forget_what_changed() -> int:
    """The list of changes is for whoever keeps a due list ready, and need not grow for ever."""
    return forget_changes()
