"""Tasks take ids, are safe to run twice, and leave their failures on the row."""

import logging

from celery import shared_task

from cpc.notifications import services

logger = logging.getLogger(__name__)


@shared_task(name="notifications.deliver")
def deliver(pk: int) -> None:
    services.deliver(pk)


@shared_task(name="notifications.deliver_waiting")
def deliver_waiting() -> int:
    """Every minute: what is unsent is sent, whatever became of its hint."""
    return sum(services.deliver(pk) for pk in services.waiting_messages())


def send_hint(pk: int) -> None:
    try:
        deliver.delay(pk)
    except Exception:
        # The row waits; deliver_waiting takes it. A person's request must not fail because the queue is down.
        logger.warning("The queue took no hint for message %s; the next sweep sends it.", pk)


services.HINTS[:] = [send_hint]
