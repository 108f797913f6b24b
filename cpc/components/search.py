"""Columns that hold a name in its folded form, and the question whether what somebody typed stands in them.

The database fills such a column by itself (a generated column that calls `folded`): no service can forget it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q

from cpc.components.folding import words_of
from cpc.components.text import STORED_ADDRESS, visible_text

# So many words of a search count; the rest of a pasted page does not.
MOST_WORDS = 8
NOWHERE = Q(pk__in=[])


class Folded(Func):
    """The database's `folded`."""

    function = "folded"
    arity = 1
    output_field = models.TextField()


def folded_column(source: str) -> models.GeneratedField:
    """The folded form of another column of the row."""
    return models.GeneratedField(expression=Folded(F(source)), output_field=models.TextField(), db_persist=True)


def folded_index(column: str, *, name: str) -> GinIndex:
    """For a column in which parts of words are looked for."""
    return GinIndex(fields=[column], opclasses=["gin_trgm_ops"], name=name)


def words_match(typed: str, *columns: str, plain: tuple[str, ...] = ()) -> Q:
    """Every word that was typed stands in one of these folded columns, or as typed in one of the plain ones.

    Text without a letter or a digit is nowhere.
    """
    pieces = visible_text(typed).split()[:MOST_WORDS]
    wanted = Q() if pieces else NOWHERE
    for piece in pieces:
        words = words_of(piece)
        found = Q(*[_in_any(word, columns) for word in words]) if words else NOWHERE
        for column in plain:
            found |= Q(**{f"{column}__icontains": piece})
        wanted &= found
    return wanted


def _in_any(word: str, columns: tuple[str, ...]) -> Q:
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__contains": word})
    return found


def address_constraint(*, name: str, field: str = "email", optional: bool = False) -> models.CheckConstraint:
    """An address is stored in its one form (cpc.components.text.email_address), whoever writes it."""
    stored: Any = Q(**{f"{field}__regex": STORED_ADDRESS})
    return models.CheckConstraint(condition=stored | Q(**{field: ""}) if optional else stored, name=name)
