"""Doing a thing alone, among all processes: a lock that is held by an open transaction of a connection of its own.

When the process dies, so does the connection, and the database lets the lock go: nobody waits for a time to pass. A lock of a
connection outside a transaction would be left behind on a pooler's connection, or held by whoever is given it next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, connection

logger = logging.getLogger(__name__)


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
        _let_go(holder)


def _let_go(holder: Any) -> None:
    """The transaction is ended by word: the database notices that a connection was closed a little after it was."""
    with suppress(Error), holder.cursor() as cursor:
        cursor.execute("ROLLBACK")
    with suppress(Error):
        holder.close()


class Turn:
    """Who of several processes does a thing, for as long as that process lives. The others ask again now and then."""

    def __init__(self, space: int, number: int) -> None:
        self.key = [space, number]
        self.holder: Any = None

    def is_ours(self) -> bool:
        """Asked before each time that the thing is done. Without the database it is nobody's turn."""
        if self.holder is not None:
            try:
                self._ask("SELECT true")
                return True
            except Error:
                self.let_go()
        self.holder = connection.copy()
        try:
            self.holder.ensure_connection()
            self._ask("BEGIN")
            if self._ask("SELECT pg_try_advisory_xact_lock(%s, %s)", self.key):
                return True
        except Error:
            logger.warning("The database gives no answer, so it is no one's turn.")
        self.let_go()
        return False

    def let_go(self) -> None:
        if self.holder is not None:
            _let_go(self.holder)
            self.holder = None

    def _ask(self, statement: str, values: list[int] | None = None) -> bool:
        with self.holder.cursor() as cursor:
            cursor.execute(statement, values)
            return bool(cursor.description and cursor.fetchone()[0])
