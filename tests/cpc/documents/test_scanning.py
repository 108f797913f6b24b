"""The clamd protocol against a small server: three outcomes, and the third is never the first."""

import io
import socket

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cpc.documents import scanning
from cpc.documents.checks import check_upload
from cpc.documents.errors import UploadRefused
from cpc.documents.scanning import scan

CONTENT = b"word " * 40_000


@pytest.mark.parametrize(
    ("reply", "state", "note"),
    [
        (b"stream: OK\0", "clean", ""),
        (b"stream: Win.Test-1 FOUND\0", "infected", "Win.Test-1"),
        (b"INSTREAM size limit exceeded. ERROR\0", "not_scanned", "INSTREAM size limit exceeded. ERROR"),
        (b"", "not_scanned", "The scanner gave no answer"),
        (b"stream: O", "not_scanned", "stream: O"),
        (None, "not_scanned", "timed out"),
    ],
    ids=["clean", "found", "too large", "closed", "broken", "hanging"],
)
def test_scan_outcomes(clamd, reply, state, note):
    server = clamd(reply)
    assert scan(io.BytesIO(CONTENT), timeout=0.5) == (state, note)
    assert server.received == CONTENT


def test_scan_without_a_daemon_is_not_scanned(settings):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.CLAMD_ADDRESS = f"127.0.0.1:{closed.getsockname()[1]}"
    assert scan(io.BytesIO(CONTENT), timeout=0.5).state == "not_scanned"


def test_upload_that_the_scanner_finds_is_refused(clamd):
    clamd(b"stream: Win.Test-1 FOUND\0")
    with pytest.raises(UploadRefused, match="virus was found"):
        check_upload(SimpleUploadedFile("a.txt", b"text"))


def test_who_uploads_waits_once_for_a_scanner_that_hangs(clamd, monkeypatch):
    monkeypatch.setattr(scanning, "REQUEST_TIMEOUT", 0.2)
    monkeypatch.setattr(scanning, "SLOW_SECONDS", 0.1)
    server = clamd(None)
    assert scanning.scan_in_request(io.BytesIO(CONTENT), 9) == ("not_scanned", "timed out")
    assert scanning.scan_in_request(io.BytesIO(CONTENT), 9) == ("not_scanned", "Waiting")
    assert server.scans == 1
    scanning.SILENCE.end()
    clamd(b"stream: OK\0")
    assert scanning.scan_in_request(io.BytesIO(CONTENT), 9).state == "clean"
