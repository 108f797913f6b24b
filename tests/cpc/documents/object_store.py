"""A small object store that speaks enough of S3 for one bucket: keep, read, ask whether it is there. In memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.config import Config

BUCKET = "papers"


class ObjectStore:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.server: ThreadingHTTPServer | None = None
        self.port = 0

    def start(self) -> ObjectStore:
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                pass

            def parse_request(self) -> bool:
                if store.server is None:
                    # A connection that was kept open ends with the server.
                    self.close_connection = True
                    return False
                return super().parse_request()

            def key(self) -> str:
                return unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}").lstrip("/")

            def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def do_HEAD(self) -> None:
                key = self.key()
                if not key or key in store.objects:
                    size = store.objects.get(key, b"")
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(size)))
                    self.send_header("ETag", '"x"')
                    self.end_headers()
                else:
                    self.answer(404)

            def do_GET(self) -> None:
                content = store.objects.get(self.key())
                if content is None:
                    missing = b"<Error><Code>NoSuchKey</Code><Message>It is not there</Message></Error>"
                    self.answer(404, missing, Content_Type="application/xml")
                else:
                    self.answer(200, content, ETag='"x"')

            def do_PUT(self) -> None:
                if "chunked" in self.headers.get("Transfer-Encoding", "") or "aws-chunked" in self.headers.get(
                    "Content-Encoding", ""
                ):
                    content = self.pieces()
                else:
                    content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                store.objects[self.key()] = content
                self.answer(200, ETag='"x"')

            def pieces(self) -> bytes:
                """The client's signed pieces: a line with the length of each, then the piece."""
                found = b""
                while True:
                    line = self.rfile.readline().strip()
                    length = int(line.split(b";")[0] or b"0", 16) if line else 0
                    if not length:
                        while self.rfile.readline().strip():
                            pass
                        return found
                    found += self.rfile.read(length)
                    self.rfile.readline()

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def settings(self) -> dict[str, Any]:
        """As an entry of STORAGES."""

        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": BUCKET,
                "endpoint_url": f"http://127.0.0.1:{self.port}",
                "access_key": "key",
                "secret_key": "secret",
                "region_name": "eu-west-2",
                "default_acl": "private",
                "file_overwrite": False,
                "max_memory_size": 2 * 1024 * 1024,
                "addressing_style": "path",
                "client_config": Config(
                    connect_timeout=2,
                    read_timeout=3,
                    retries={"total_max_attempts": 1},
                    s3={"addressing_style": "path"},
                    request_checksum_calculation="when_required",
                ),
            },
        }


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    found = ObjectStore().start()
    try:
        yield found
    finally:
        found.stop()
