"""The clamd protocol against a small server: three outcomes, and the third is never the first."""

import io
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cpc.documents.checks import check_upload
from cpc.documents.errors import UploadRefused
from cpc.documents.scanning import scan

CONTENT = b"word " * 40_000


class FakeClamd:
    """Reads one INSTREAM and answers with `reply`; None hangs until the client gives up."""

    def __init__(self, reply: bytes | None):
        self.reply, self.received = reply, b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            while size := struct.unpack("!L", stream.read(4))[0]:
                self.received += stream.read(size)
            if self.reply is None:
                stream.read(1)  # ends when the client closes
            else:
                connection.sendall(self.reply)

    def close(self) -> None:
        self.listener.close()
        self.thread.join(5)


@pytest.fixture
def clamd(settings) -> Iterator:
    servers = []

    def start(reply: bytes | None) -> FakeClamd:
        servers.append(FakeClamd(reply))
        settings.CLAMD_ADDRESS = servers[-1].address
        return servers[-1]

    yield start
    for server in servers:
        server.close()


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
