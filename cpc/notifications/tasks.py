"""Tasks take ids, are safe to run twice, and leave their failures on the row."""

import logging
import time

from celery import shared_task

from cpc.notifications import bounces, services

logger = logging.getLogger(__name__)

# The next sweep starts after a minute: one that a slow mail server holds up leaves the rest to it.
SWEEP_SECONDS = 50
# A person waits while a hint is given, and one click may give ten: pauses between tries would add up.
AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}


@shared_task(name="notifications.deliver")
def deliver(pk: int) -> None:
    services.deliver(pk)


@shared_task(name="notifications.deliver_waiting")
def deliver_waiting() -> int:
    """Every minute: what is unsent is sent, whatever became of its hint."""
    until, sent = time.monotonic() + SWEEP_SECONDS, 0
    for pk in services.waiting_messages():
        sent += services.deliver(pk)
        if time.monotonic() > until:
            break
    return sent


@shared_task(name="notifications.ask_provider")
def ask_provider() -> int:
    """What became of what was sent, where the way that mail goes can be asked."""
    return bounces.ask_notify()


def send_hint(pk: int) -> None:
    try:
        deliver.apply_async((pk,), retry_policy=AT_ONCE)
    except Exception:
        # The row waits; deliver_waiting takes it. A person's request must not fail because the queue is down.
        logger.warning("The queue took no hint for message %s; the next sweep sends it.", pk)


services.HINTS[:] = [send_hint]
