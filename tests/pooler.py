"""A real pgbouncer in transaction mode, in front of the tests' own database."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cpc.demo.embedded import NOBODY

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
WHY_NOT = "pgbouncer is not installed: on Debian and Ubuntu, apt-get install pgbouncer"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def pooled(database: dict[str, Any], folder: Path, connections: int = 2) -> Iterator[str]:
    """The address of the database (Django's parameters of a connection) behind so many connections that all share."""
    port = _free_port()
    server = {name: database[name] for name in ("host", "port", "dbname", "user", "password") if database.get(name)}
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        "[databases]\n"
        f"pooled = {' '.join(f'{name}={value}' for name, value in server.items())}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\nserver_reset_query =\n"
        f"default_pool_size = {connections}\nmax_client_conn = 100\n"
    )
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        # It refuses to run as root.
        as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        folder.chmod(0o755)
        for parent in folder.parents:
            if not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o001)
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen(
            [str(PROGRAM), str(settings)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, **as_user
        )
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "pgbouncer.log").read_text()
            time.sleep(0.05)
        yield f"postgres://{server.get('user', 'postgres')}@127.0.0.1:{port}/pooled"
    finally:
        process.terminate()
        process.wait(10)
