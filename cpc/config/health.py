"""Whether the service is alive, and whether it can serve: answered within two seconds, whatever hangs.

Each part is asked by a thread of its own. One that gives no answer in time counts as away, and while it hangs no second is asked.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cpc.config.cache import RedisOrMemory
from cpc.documents.scanning import clamd_address
from cpc.documents.store import is_there

# All answers together; the load balancer asks for them within two seconds.
SECONDS = 1.2
CONNECT_SECONDS = 1.0
# What a part that is only useful said is believed for so long: a balancer asks often.
BELIEVED_SECONDS = 10.0
GOOD = "yes"


class Part:
    """Something that is asked. What it says is "yes" or a few words for the operator, never an address."""

    def __init__(self, ask: Callable[[], str], *, is_needed: bool = False) -> None:
        self.ask, self.is_needed = ask, is_needed
        self.said, self.said_at = "", 0.0
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()

    def begin(self) -> None:
        with self.lock:
            is_fresh = not self.is_needed and self.said and time.monotonic() - self.said_at < BELIEVED_SECONDS
            if is_fresh or (self.thread is not None and self.thread.is_alive()):
                return
            self.said = ""
            self.thread = threading.Thread(target=self._work, daemon=True)
            self.thread.start()

    def _work(self) -> None:
        try:
            said = self.ask()
        except Exception as error:  # whatever it raises: it is away
            said = f"away ({type(error).__name__})"
        finally:
            connection.close()
        self.said, self.said_at = said, time.monotonic()

    def answer(self, until: float) -> str:
        if self.thread is not None and not self.said:
            self.thread.join(max(until - time.monotonic(), 0))
        return self.said or "no answer"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return GOOD


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied" if waiting else GOOD


def _cache() -> str:
    cache: Any = caches["default"]
    if isinstance(cache, RedisOrMemory):
        cache.ping()
    return GOOD


def _mail() -> str:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return GOOD
    socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), CONNECT_SECONDS).close()
    return GOOD


def _scanner() -> str:
    address = clamd_address()
    if address is None:
        return "not set up"
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as line:
        line.settimeout(CONNECT_SECONDS)
        line.connect(address)
        line.sendall(b"zPING\0")
        return GOOD if line.recv(16).startswith(b"PONG") else "said something else"


def _store() -> str:
    is_there(storages["documents"])
    return GOOD


def parts() -> dict[str, Part]:
    return {
        "database": Part(_database, is_needed=True),
        "migrations": Part(_migrations, is_needed=True),
        "cache and queue": Part(_cache),
        "mail": Part(_mail),
        "scanner": Part(_scanner),
        "files": Part(_store),
    }


PARTS = parts()


def readiness() -> tuple[bool, dict[str, str]]:
    """Whether pages can be served now, and what each part said."""
    until = time.monotonic() + SECONDS
    for part in PARTS.values():
        part.begin()
    said = {name: part.answer(until) for name, part in PARTS.items()}
    return all(said[name] == GOOD for name, part in PARTS.items() if part.is_needed), said
