"""Figures for Prometheus, asked of the database and the queue each time they are read; they name nobody.

Served on a port of their own (`manage.py serve_figures`), which no visitor reaches. A part that does not answer is
missing from the figures and `critical_friend_up` says so: a figure that is not known is not told as nought.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from councils.models import ImportRun
from councils.models.imports import ImportState
from cpc.audit.models import Event
from cpc.components.scan_states import ScanState
from cpc.config.broker import QueueAway, waiting_tasks
from cpc.config.celery import app
from cpc.config.heartbeat import LAST_TURN
from cpc.documents.models import DocumentVersion
from cpc.notifications.models import Message, MessageState

QUEUE = "celery"
IN_WORK = [ImportState.WAITING, ImportState.TO_APPLY, ImportState.TO_UNDO]


def age(moment: datetime | None) -> float:
    """Seconds since then; nought when there is nothing that waits."""
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0


def gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"critical_friend_{name}", help_text, value=value)


def messages() -> Iterator[Metric]:
    due = Message.objects.filter(state=MessageState.WAITING, next_attempt_at__lte=timezone.now())
    oldest = due.aggregate(oldest=Min("queued_at"))["oldest"]
    yield gauge("oldest_unsent_message_seconds", "Age of the oldest message that should have left.", age(oldest))
    states = dict(Message.objects.values_list("state").annotate(n=Count("pk")).order_by())
    family = GaugeMetricFamily("critical_friend_messages", "Messages by state.", labels=["state"])
    for state in MessageState:
        family.add_metric([state.value], states.get(state.value, 0))
    yield family


def files() -> Iterator[Metric]:
    unscanned = DocumentVersion.objects.filter(scan_state=ScanState.NOT_SCANNED).count()
    yield gauge("unscanned_files", "Files that no scanner has looked at.", unscanned)


def imports() -> Iterator[Metric]:
    waiting = ImportRun.objects.filter(state__in=IN_WORK).count()
    yield gauge("waiting_imports", "Imports that wait for a worker.", waiting)


def sign_ins() -> Iterator[Metric]:
    since = timezone.now() - timedelta(hours=1)
    refused = Event.objects.filter(verb__in=["sign_in_refused", "sign_in_locked"], at__gte=since, case__isnull=True)
    yield gauge("failed_sign_ins_last_hour", "Sign-ins refused or locked out in the last hour.", refused.count())


def queue() -> Iterator[Metric]:
    yield gauge("queue_length", "Tasks that no worker has taken yet.", waiting_tasks(app, QUEUE))


def beat() -> Iterator[Metric]:
    """Asked only while the queue answers: the cache is the same Redis."""
    last = cache.get(LAST_TURN)
    if last is not None:
        yield gauge("beat_age_seconds", "How long ago the one beat last turned.", max(0.0, time.time() - last))


# Each part by itself: one that does not answer takes no other with it.
PARTS: dict[str, list[Callable[[], Iterator[Metric]]]] = {
    "database": [messages, files, imports, sign_ins],
    "queue": [queue, beat],
}


class ServiceFigures(Collector):
    """`afterwards` is done after each reading: whoever serves the figures gives the database's connection back."""

    def __init__(self, afterwards: Callable[[], object] = lambda: None) -> None:
        self.afterwards = afterwards

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("critical_friend_up", "1 if the part answers, 0 if not.", labels=["part"])
        for part, readers in PARTS.items():
            found: list[Metric] = []
            try:
                for reader in readers:
                    found += reader()
            except (DatabaseError, QueueAway):
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
                yield from found
        self.afterwards()
        yield up
