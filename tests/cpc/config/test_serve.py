"""A second service on the same address refuses to start."""

import json
import socket
import subprocess
import sys

from cpc.config import serve
from tests.architecture.source import BASE


def test_a_second_service_on_the_same_address_refuses():
    with socket.socket() as first:
        # As granian binds: others may share it.
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        command = [sys.executable, "-m", "cpc.config.serve", "--host", "127.0.0.1", "--port", str(port)]
        done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 1
        assert f"Port {port} of 127.0.0.1 cannot be served" in done.stderr
    assert serve.taken("127.0.0.1", port) == ""


def test_the_image_is_served_so():
    line = next(line for line in (BASE / "Dockerfile").read_text().splitlines() if line.startswith("CMD "))
    assert json.loads(line.removeprefix("CMD "))[:3] == ["python", "-m", "cpc.config.serve"]
