"""Scans outside the request."""

from celery import shared_task
from django.conf import settings

from cpc.documents.models import DocumentVersion, ScanState
from cpc.documents.services import scan_version


@shared_task(name="documents.scan_waiting")
def scan_waiting() -> None:
    """Everything that waits, in order. What the scanner did not answer waits for the next round."""
    if not settings.CLAMD_ADDRESS:
        return
    waiting = DocumentVersion.objects.filter(scan_state=ScanState.NOT_SCANNED).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)):
        scan_version(version_id=pk)
