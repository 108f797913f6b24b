from celery import shared_task
from django.utils import timezone

from cpc.cycle.services import sweep as sweep_cycle


@shared_task(name="cycle.sweep")
def sweep() -> int:
    """What the passing of time has brought by today, by the clock of Europe/London."""
    return sweep_cycle(timezone.localdate())
