"""Lists of keys in a question to the database: one array in place of a parameter for each, of which there may be thousands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Value


def is_among(column: str, keys: Collection[int] | Any) -> Func:
    """A condition for `filter`. `keys` are numbers, or an ArraySubquery that gives them."""
    if isinstance(keys, Collection):
        keys = Value(list(keys), output_field=ArrayField(BigIntegerField()))
    return Func(F(column), keys, template="%(expressions)s)", arg_joiner=" = ANY (", output_field=BooleanField())
