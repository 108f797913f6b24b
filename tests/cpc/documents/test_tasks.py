"""Scans outside the request: queued at the upload, and found again by the sweep whatever became of the queue."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cpc.components.scan_states import ScanState
from cpc.documents import scanning, services, tasks
from cpc.documents.models import Document, DocumentVersion
from tests.cpc.documents.clamd import finds_eicar
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged():
    return make_staged()


def add(staged, text: str = "text", title: str = "Note") -> DocumentVersion:
    document = services.add_document(
        case=staged.case,
        kind="case_file",
        title=title,
        upload=SimpleUploadedFile("note.txt", text.encode()),
        by=staged.manager,
    )
    return document.versions.get()


def states() -> dict[str, str]:
    return {row.document.title: row.scan_state for row in DocumentVersion.objects.select_related("document")}


def test_large_upload_is_scanned_by_the_worker(staged, clamd, django_capture_on_commit_callbacks):
    server = clamd(b"stream: OK\0")
    text = "a" * (scanning.SCAN_IN_REQUEST_BYTES + 1)
    with django_capture_on_commit_callbacks() as queued:
        version = add(staged, text)
    # The person who uploads does not wait for it.
    assert server.scans == 0
    assert version.scan_state == ScanState.NOT_SCANNED
    for callback in queued:
        callback()
    version.refresh_from_db()
    assert (server.scans, version.scan_state) == (1, ScanState.CLEAN)
    assert len(server.received) == len(text)


def test_upload_that_was_scanned_at_the_door_is_not_scanned_again(staged, clamd, django_capture_on_commit_callbacks):
    server = clamd(b"stream: OK\0")
    with django_capture_on_commit_callbacks(execute=True):
        version = add(staged)
    version.refresh_from_db()
    assert (server.scans, version.scan_state) == (1, ScanState.CLEAN)


def test_without_a_scanner_nothing_is_queued(staged, django_capture_on_commit_callbacks, monkeypatch):
    asked = []
    monkeypatch.setattr(services, "SCAN_HINTS", [asked.append])
    with django_capture_on_commit_callbacks(execute=True):
        add(staged)
    assert asked == []


def test_queue_that_is_down_stops_no_upload(staged, settings, django_capture_on_commit_callbacks, monkeypatch, clamd):
    def down(*args):
        raise ConnectionError("no broker")

    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    monkeypatch.setattr(tasks.scan, "delay", down)
    with django_capture_on_commit_callbacks(execute=True):
        version = add(staged)
    clamd(b"stream: OK\0")
    tasks.scan_waiting()
    version.refresh_from_db()
    assert version.scan_state == ScanState.CLEAN


def test_scan_waiting_takes_all_that_waits_and_nothing_else(staged, clamd):
    add(staged, "clean", "First")
    infected = add(staged, "clean too", "Second")
    clean = add(staged, "clean three", "Third")
    DocumentVersion.objects.filter(pk=clean.pk).update(scan_state=ScanState.CLEAN, scanned_at="2026-01-01T00:00Z")
    server = clamd(lambda content: b"stream: Test FOUND\0" if content == b"clean too" else b"stream: OK\0")
    tasks.scan_waiting()
    assert states() == {"First": "clean", "Second": "infected", "Third": "clean"}
    assert server.scans == 2
    # It stays on record and cannot be had: the views' tests say more.
    assert Document.objects.get(pk=infected.document_id).latest.is_infected


def test_scan_waiting_goes_on_after_a_missing_file(staged, clamd):
    lost = add(staged, "lost", "Lost")
    add(staged, "kept", "Kept")
    lost.file.storage.delete(lost.file.name)
    clamd(finds_eicar)
    tasks.scan_waiting()
    assert states() == {"Lost": "not_scanned", "Kept": "clean"}


def test_scan_waiting_asks_again_until_there_is_an_answer(staged, settings, clamd):
    add(staged)
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    tasks.scan_waiting()
    assert states() == {"Note": "not_scanned"}
    clamd(b"stream: OK\0")
    tasks.scan_waiting()
    assert states() == {"Note": "clean"}


def test_scan_waiting_without_a_scanner_leaves_everything(staged):
    version = add(staged)
    note = version.scan_note
    tasks.scan_waiting()
    version.refresh_from_db()
    assert (version.scan_state, version.scan_note) == (ScanState.NOT_SCANNED, note)
