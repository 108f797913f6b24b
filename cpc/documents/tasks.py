"""Scans outside the request."""

import logging

from celery import shared_task
from django.conf import settings

from cpc.components.scan_states import ScanState
from cpc.documents import services
from cpc.documents.models import DocumentVersion

logger = logging.getLogger(__name__)


@shared_task(name="documents.scan")
def scan(version_id: int) -> str:
    return services.scan_version(version_id=version_id)


@shared_task(name="documents.scan_waiting")
def scan_waiting() -> None:
    """Everything that waits, in order. What the scanner did not answer waits for the next round."""
    if not settings.CLAMD_ADDRESS:
        return
    waiting = DocumentVersion.objects.filter(scan_state=ScanState.NOT_SCANNED).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)):
        services.scan_version(version_id=pk)


def send_hint(pk: int) -> None:
    try:
        scan.delay(pk)
    except Exception:
        # The row waits; scan_waiting takes it. An upload must not fail because the queue is down.
        logger.warning("The queue took no hint for document version %s; the next sweep scans it.", pk)


services.SCAN_HINTS[:] = [send_hint]
