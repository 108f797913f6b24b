"""Doing a thing alone, among all processes: a lock that is held by an open transaction of a connection of its own.

When the process dies, so does the connection, and the database lets the lock go: nobody waits for a time to pass. A lock of a
connection outside a transaction would be left behind on a pooler's connection, or held by whoever is given it next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(space: int, number: int) -> Iterator[bool]:
    """Whether nobody else is inside with the same two numbers. Nothing that is written inside hangs on its transaction."""
    holder = connection.copy()
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [space, number])
            is_ours = cursor.fetchone()[0]
        yield is_ours
    finally:
        # Closing the connection ends its transaction.
        holder.close()
