"""Statements that are written and planned once: both take longer than running them, for a list that is read all day."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# How many statements one connection to the database holds; with more it lets go of all and begins again.
MOST_HELD = 50


class _Key:
    """Equal keys are one entry of the cache; what makes the queryset is carried along and not compared."""

    def __init__(self, key: Hashable, make: Callable[[], QuerySet]) -> None:
        self.key, self.make = key, make

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.key == other.key


@lru_cache(maxsize=1024)
def _statement(wanted: _Key) -> tuple[str, tuple[Any, ...]] | None:
    try:
        return wanted.make().query.sql_with_params()
    except EmptyResultSet:
        return None


# The driver's connection -> the keys that it has been asked for, and the name of each statement that it holds by now.
_held: WeakKeyDictionary[Any, dict[Hashable, str]] = WeakKeyDictionary()
_numbers = count(1)


Wanted = tuple[Hashable, Callable[[], QuerySet]]
Rows = list[tuple[Any, ...]]


def rows_of(key: Hashable, make: Callable[[], QuerySet]) -> Rows:
    """The rows of `make()`, a `values_list` queryset. Its SQL and its plan are kept for equal keys, its rows never.

    The key names everything the queryset hangs on: the person (always: nobody may get the statement of another), the
    day, what was asked for. Values come as the driver gives them: right for texts, numbers, dates and arrays.
    """
    return rows_of_each((key, make))[0]


def rows_of_each(*wanted: Wanted) -> list[Rows]:
    """The same for several lists, in one question to the database."""
    connection.ensure_connection()
    held = _held.setdefault(connection.connection, {})
    if len(held) + len(wanted) > MOST_HELD:
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        held.clear()
    found: list[Rows] = [[] for _ in wanted]
    with connection.cursor() as cursor:
        asked: list[tuple[int | None, Hashable, str]] = []
        texts: list[str] = []
        for place, (key, make) in enumerate(wanted):
            if not held.get(key):
                statement = _statement(_Key(key, make))
                if statement is None:
                    continue
                # The values are part of the text: it is sent as it stands.
                text = cursor.mogrify(*statement)
                if key not in held:
                    asked.append((place, key, ""))
                    texts.append(text)
                    continue
                # Asked a second time: from now on this connection holds it.
                name = f"list_{next(_numbers)}"
                asked += [(None, key, name), (place, key, name)]
                texts += [f"PREPARE {name} AS {text}", f"EXECUTE {name}"]
            else:
                asked.append((place, key, held[key]))
                texts.append(f"EXECUTE {held[key]}")
        if not texts:
            return found
        cursor.execute("; ".join(texts))
        for number, (target, key, name) in enumerate(asked):
            if number:
                cursor.nextset()
            if target is not None:
                found[target] = cursor.fetchall()
            held[key] = name
    return found
