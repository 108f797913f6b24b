"""The clamd protocol. Three outcomes; whatever is not a clear answer is "not scanned"."""

from __future__ import annotations

import socket
import struct
import time
from typing import BinaryIO

from django.conf import settings

from cpc.components.scan_states import ScanResult
from cpc.components.silence import Silence

# Larger files wait for the worker's scan, which may take longer than a request.
SCAN_IN_REQUEST_BYTES = 5 * 1024 * 1024
REQUEST_TIMEOUT = 5.0
# Without an answer after so long, the next files wait for the worker at once.
SLOW_SECONDS = 3.0
SILENCE = Silence(30.0)
WORKER_TIMEOUT = 60.0
# In two pieces, so that a virus checker leaves this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def clamd_address() -> str | tuple[str, int] | None:
    """host:port, or the path of a socket; None when no scanner is set."""
    text = settings.CLAMD_ADDRESS
    if not text:
        return None
    host, _, port = text.rpartition(":")
    return (host, int(port)) if host and port.isdigit() else text


def scan_in_request(file: BinaryIO, size: int) -> ScanResult:
    """The file as the worker will scan it, unless it is large, or the scanner gave somebody no answer a moment ago."""
    if size > SCAN_IN_REQUEST_BYTES or SILENCE.holds:
        return ScanResult("not_scanned", "Waiting")
    began = time.monotonic()
    result = scan(file, timeout=REQUEST_TIMEOUT)
    if result.state == "not_scanned" and time.monotonic() - began >= SLOW_SECONDS:
        SILENCE.begin()
    return result


def scan(file: BinaryIO, *, timeout: float) -> ScanResult:
    """Send the file to clamd; the whole exchange ends within `timeout` seconds, a slow trickle included."""
    address = clamd_address()
    if address is None:
        return ScanResult("not_scanned", "No scanner is set up")
    ends = time.monotonic() + timeout
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    file.seek(0)
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(address)
            connection.sendall(b"zINSTREAM\0")
            while chunk := file.read(65536):
                connection.settimeout(max(ends - time.monotonic(), 0.01))
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
            reply = b""
            while not reply.endswith(b"\0") and len(reply) < 4096:
                connection.settimeout(max(ends - time.monotonic(), 0.01))
                part = connection.recv(4096)
                if not part:
                    break
                reply += part
    except OSError as error:
        return ScanResult("not_scanned", (str(error) or type(error).__name__)[:200])
    finally:
        file.seek(0)
    text = reply.rstrip(b"\0").decode(errors="replace").strip()
    if text == "stream: OK":
        return ScanResult("clean")
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        return ScanResult("infected", text[8:-6][:200])
    return ScanResult("not_scanned", text[:200] or "The scanner gave no answer")
