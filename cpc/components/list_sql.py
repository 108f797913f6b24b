"""The text of a list's SQL, kept: for a list that is read all day, putting it together takes longer than running it.

Only the text is kept, in this process. Each use of it is a plain statement: nothing is left on the database's side, so it does
not matter which connection of a pooler answers (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


class _Key:
    """Equal keys are one entry of the cache; what makes the queryset is carried along and not compared."""

    def __init__(self, key: Hashable, make: Callable[[], QuerySet[Any]]) -> None:
        self.key, self.make = key, make

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.key == other.key


def _refuse(*args: Any) -> Any:
    raise RuntimeError(
        "A list whose SQL is kept must not ask the database while its SQL is made: the answer would be kept too."
    )


@lru_cache(maxsize=1024)
def _statement(wanted: _Key) -> tuple[str, tuple[Any, ...]] | None:
    try:
        with connection.execute_wrapper(_refuse):
            return wanted.make().query.sql_with_params()
    except EmptyResultSet:
        return None


Wanted = tuple[Hashable, Callable[[], QuerySet[Any]]]
Rows = list[tuple[Any, ...]]


def rows_of(key: Hashable, make: Callable[[], QuerySet[Any]]) -> Rows:
    """The rows of `make()`, a `values_list` queryset. Its SQL is kept for equal keys, its rows never.

    The key names everything the queryset hangs on: the person (always: nobody may get the statement of another), the
    day, what was asked for. Values come as the driver gives them: right for texts, numbers, dates and arrays.
    """
    return rows_of_each((key, make))[0]


def rows_of_each(*wanted: Wanted) -> list[Rows]:
    """The same for several lists, in one question to the database."""
    found: list[Rows] = [[] for _ in wanted]
    statements = [(place, _statement(_Key(*each))) for place, each in enumerate(wanted)]
    asked = [(place, statement) for place, statement in statements if statement]
    if not asked:
        return found
    connection.ensure_connection()
    with connection.cursor() as cursor:
        # The values are made part of the text by the driver: several statements in one question take none apart.
        cursor.execute("; ".join(cursor.mogrify(*statement) for _, statement in asked))
        for number, (place, _) in enumerate(asked):
            if number:
                cursor.nextset()
            found[place] = cursor.fetchall()
    return found


class KeptStatement:
    """A list whose question always has the same shape: its text is made once in a process, for whoever asks.

    `make` takes the values by name and returns a `values_list` queryset. It is called once, with a mark in place of each value,
    so it must not branch on them nor count with them: a mark is a number or a day that nothing else is.
    """

    def __init__(self, make: Callable[..., QuerySet[Any]], **kinds: type) -> None:
        self.make = make
        self.marks: dict[str, Any] = {
            name: date.min + timedelta(days=number) if kind is date else -7_340_033_000 - number
            for number, (name, kind) in enumerate(sorted(kinds.items()))
        }

    @cached_property
    def statement(self) -> tuple[str, tuple[Any, ...]]:
        with connection.execute_wrapper(_refuse):
            sql, parameters = self.make(**self.marks).query.sql_with_params()
        lost = [name for name, mark in self.marks.items() if mark not in parameters]
        if lost:
            raise RuntimeError(
                f"The statement does not hang on {', '.join(lost)}: a value was worked with, not passed on."
            )
        return sql, parameters

    def rows(self, **values: Any) -> Rows:
        """The rows for these values, read anew each time."""
        sql, parameters = self.statement
        given = {self.marks[name]: value for name, value in values.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, [given.get(each, each) for each in parameters])
            return cursor.fetchall()
