"""Tasks take ids, are safe to run twice, and leave their failures on the row."""

import time
from functools import partial

from celery import shared_task

from cpc.components.queueing import hint
from cpc.notifications import bounces, services

# The next sweep starts after a minute: one that a slow mail server holds up leaves the rest to it.
SWEEP_SECONDS = 50


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


services.HINTS[:] = [partial(hint, deliver)]
