from celery import shared_task
from django.utils import timezone

from cpc.cycle.services import sweep as sweep_cycle
from cpc.cycle.services import write_cycle_dates


@shared_task(name="cycle.sweep")
def sweep() -> int:
    """What the passing of time has brought by today, by the clock of Europe/London."""
    return sweep_cycle(timezone.localdate())


@shared_task(name="cycle.write_dates")
def write_dates() -> int:
    """What reminders of the cycle are found by; the due list itself is never behind."""
    return write_cycle_dates(timezone.localdate())
