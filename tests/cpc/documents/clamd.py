"""A stand-in for clamd that speaks INSTREAM on a port of this machine."""

from __future__ import annotations

import io
import socket
import struct
import threading
import zipfile
from collections.abc import Callable

from cpc.documents.scanning import EICAR

Reply = bytes | None | Callable[[bytes], bytes]


def finds_eicar(content: bytes) -> bytes:
    """What a scanner answers that looks into archives too."""
    parts = [content]
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    return b"stream: Eicar-Test FOUND\0" if any(EICAR in part for part in parts) else b"stream: OK\0"


class FakeClamd:
    """Reads INSTREAMs, one after the other, and answers each with `reply`; None hangs until the client gives up."""

    def __init__(self, reply: Reply):
        self.reply, self.received, self.scans = reply, b"", 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                parts = []
                while size := struct.unpack("!L", stream.read(4))[0]:
                    parts.append(stream.read(size))
                self.received = b"".join(parts)
                self.scans += 1
                if self.reply is None:
                    stream.read(1)  # ends when the client closes
                else:
                    connection.sendall(self.reply if isinstance(self.reply, bytes) else self.reply(self.received))

    def close(self) -> None:
        # Closing alone would leave the thread in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)
