"""What imports may write: the tables, the columns that name a row of each, and those that a file tells.

A table is a model whose columns are told as they are. A package above may register one of another kind: it says itself how
its rows are read, made, changed and deleted, and what its facts are called.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from councils.models import Contact, Council, CouncilCode, Neighbour, PoliticalControl, Seats, Tenure

BATCH = 2000
# What columns are called on pages, where their own names would not do.
NAMES = {
    "start on": "first day",
    "end on": "last day",
    "ended on": "last day",
    "person name": "name",
    "phone": "telephone number",
    "is first post": "first such post",
    "is interim": "interim",
    "is holiday": "bank holiday",
}


@dataclass(frozen=True)
class Table:
    model: type[models.Model]
    key: tuple[str, ...]
    facts: tuple[str, ...]
    # The column that says of whom a row tells, the first of its key: a council, unless `is_of_council` says otherwise.
    scope: str = "council_id"
    is_of_council: bool = True
    # What changes call it, if not by the name of its model; and which tables are written before which.
    label: str = ""
    order: int = 0
    # What a row is about, beside the council and year that its line names.
    about: Callable[[tuple[Any, ...]], str] = lambda key: ""

    # ------------------------------------------------------------------ reading

    def key_of(self, row: Any) -> tuple[Any, ...]:
        return tuple(self.value_of(row, name) for name in self.key)

    def value_of(self, row: Any, name: str) -> Any:
        return getattr(row, name)

    def rows_of(self, scopes: Collection[Any]) -> Iterable[Any]:
        return self.model._default_manager.filter(**{f"{self.scope}__in": scopes})

    def rows(self, pks: Collection[int]) -> Iterable[Any]:
        return self.model._default_manager.filter(pk__in=pks)

    def as_value(self, values: dict[str, Any]) -> dict[str, Any]:
        """As the table holds it, what JSON held."""
        fields: dict[str, Any] = {name: self.model._meta.get_field(name) for name in values}
        return {name: fields[name].to_python(value) for name, value in values.items()}

    def councils_of(self, pks: Collection[int], told: Iterable[dict[str, Any]]) -> set[int]:
        """Whose rows are locked before rows with these keys are changed, or rows that tell this are added."""
        if not self.is_of_council:
            return set()
        found = set(self.model._default_manager.filter(pk__in=pks).values_list(self.scope, flat=True))
        return found | {values[self.scope] for values in told if self.scope in values}

    # ------------------------------------------------------------------ writing

    def create(self, told: list[dict[str, Any]], by: Any) -> list[int]:
        rows = self.build(told)
        self.model._default_manager.bulk_create(rows, batch_size=BATCH)
        return [row.pk for row in rows]

    def build(self, told: list[dict[str, Any]]) -> list[Any]:
        return [self.model(**self.as_value(values)) for values in told]

    def update(self, told: dict[int, dict[str, Any]]) -> None:
        rows = list(self.rows(told))
        names = {name for values in told.values() for name in values}
        for row in rows:
            for name, value in self.as_value(told[row.pk]).items():
                setattr(row, name, value)
            if hasattr(row, "version"):
                row.version += 1
                names.add("version")
        if rows:
            self.model._default_manager.bulk_update(rows, sorted(names), batch_size=BATCH)

    def delete(self, pks: Collection[int]) -> None:
        """All or, with ProtectedError, as far as it came: the caller takes that back."""
        self.model._default_manager.filter(pk__in=pks).delete()

    # ------------------------------------------------------------------ saying

    def name_of(self, fact: str) -> str:
        name = str(self.model._meta.get_field(fact).verbose_name)  # type: ignore[union-attr]
        return NAMES.get(name, name)

    def text_of(self, fact: str, value: Any, councils: dict[int, str]) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, bool):
            return "Yes" if value else "No"
        field: Any = self.model._meta.get_field(fact)
        if field.is_relation and field.related_model is Council:
            return councils.get(value, str(value))
        value = field.to_python(value)
        return f"{value:%-d %B %Y}" if isinstance(value, date) else str(value)


TABLES: dict[str, Table] = {}


def register_table(table: Table) -> None:
    TABLES[table.label or table.model._meta.label] = table


for _table in (
    Table(PoliticalControl, ("council_id", "year"), ("control",), about=lambda key: "Control"),
    Table(Seats, ("council_id", "year", "party"), ("number",), about=lambda key: f"Seats of {key[2]}"),
    Table(Neighbour, ("council_id", "set", "rank"), ("neighbour_id",), about=lambda key: f"Similar council {key[2]}"),
    Table(CouncilCode, ("council_id", "code"), (), about=lambda key: f"Former code {key[1]}"),
    Table(
        Council,
        ("id",),
        ("official_name", "region", "start_on", "end_on", "population", "population_year", "parent_id"),
        scope="id",
    ),
    Table(
        Tenure,
        ("council_id", "post", "started_on"),
        ("person_name", "party", "ended_on", "is_first_post", "is_interim"),
    ),
    Table(Contact, ("council_id", "role", "email", "started_on"), ("name", "phone", "ended_on")),
):
    register_table(_table)
