"""Scans outside the request."""

from functools import partial

from celery import shared_task
from django.conf import settings

from cpc.components.queueing import hint
from cpc.components.scan_states import ScanState
from cpc.documents import services
from cpc.documents.models import DocumentVersion


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


services.SCAN_HINTS[:] = [partial(hint, scan)]
