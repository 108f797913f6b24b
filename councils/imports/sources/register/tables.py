"""What the register's file writes: councils, and what hangs on them, all named by code, so that a council and its
neighbours may come in one file."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import models
from django.db.models import ProtectedError, QuerySet

from councils.imports.tables import BATCH, Table, register_table
from councils.models import Council, CouncilCode, Nation, Neighbour, NeighbourSet, Succession

COUNCIL, CODE, SUCCESSION, NEIGHBOUR = (
    "register.Council", "register.CouncilCode", "register.Succession", "register.Neighbour",
)  # fmt: skip
# Sets of neighbours that the file tells. Others are of other sources, and nobody's business here.
OWN_SETS = [NeighbourSet.ANY, NeighbourSet.SAME_TYPE]
FACTS = (
    "slug", "name", "official_name", "council_type", "region", "nation", "parent_code", "population", "population_year",
    "start_on", "end_on", "election_scheme", "last_ordinary_election", "latitude", "longitude", "rural_urban",
)  # fmt: skip


def _ids(codes: Iterable[str]) -> dict[str, int]:
    return dict(Council.objects.filter(gss_code__in=set(codes)).values_list("gss_code", "pk"))


class Councils(Table):
    def value_of(self, row: Council, name: str) -> Any:
        if name == "parent_code":
            return row.parent.gss_code if row.parent else ""
        return getattr(row, name)

    def _all(self) -> QuerySet[Council]:
        return Council.objects.select_related("parent")

    def rows_of(self, scopes: Collection[Any]) -> Iterable[Council]:
        return self._all().filter(gss_code__in=scopes)

    def rows(self, pks: Collection[int]) -> Iterable[Council]:
        return self._all().filter(pk__in=pks)

    def as_value(self, values: dict[str, Any]) -> dict[str, Any]:
        plain = {name: value for name, value in values.items() if name != "parent_code"}
        return super().as_value(plain) | {name: values[name] for name in values.keys() - plain.keys()}

    def councils_of(self, pks: Collection[int], told: Iterable[dict[str, Any]]) -> set[int]:
        return set(pks)

    def create(self, told: list[dict[str, Any]], by: Any) -> list[int]:
        """A county may stand below its districts in the file."""
        values = [self.as_value(each) for each in told]
        parents = [each.pop("parent_code", "") for each in values]
        rows = [Council(**each, in_programme=each["nation"] == Nation.ENGLAND) for each in values]
        Council.objects.bulk_create(rows, batch_size=BATCH)
        ids = _ids(filter(None, parents))
        children = []
        for row, parent in zip(rows, parents, strict=True):
            if parent:
                row.parent_id = ids[parent]
                children.append(row)
        Council.objects.bulk_update(children, ["parent"], batch_size=BATCH)
        return [row.pk for row in rows]

    def delete(self, pks: Collection[int]) -> None:
        """Councils that nothing hangs on but what the database works out itself."""
        councils = Council.objects.filter(pk__in=pks)
        for relation in Council._meta.related_objects:
            is_worked_out = (
                relation.on_delete is models.CASCADE and relation.related_model._meta.app_label != "councils"
            )
            if is_worked_out:
                continue
            hanging = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": pks})
            if relation.related_model is Council:
                hanging = hanging.exclude(pk__in=pks)
            if hanging.exists():
                raise ProtectedError("Something hangs on a council of these.", set(hanging[:1]))
        councils.update(parent=None)
        councils.delete()

    def name_of(self, fact: str) -> str:
        return "county" if fact == "parent_code" else super().name_of(fact)

    def text_of(self, fact: str, value: Any, councils: dict[int, str]) -> str:
        return value or "" if fact == "parent_code" else super().text_of(fact, value, councils)


class OfCouncil(Table):
    """Rows that name one council or two by code: `codes` says which column of the file is which of the table."""

    codes: dict[str, str] = {}

    def value_of(self, row: Any, name: str) -> Any:
        return getattr(row, self.codes[name]).gss_code if name in self.codes else getattr(row, name)

    def _all(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.select_related(*self.codes.values())
        return found.filter(set__in=OWN_SETS) if self.model is Neighbour else found

    def rows_of(self, scopes: Collection[Any]) -> Iterable[Any]:
        return self._all().filter(**{f"{self.codes[self.key[0]]}__gss_code__in": scopes})

    def rows(self, pks: Collection[int]) -> Iterable[Any]:
        return self._all().filter(pk__in=pks)

    def as_value(self, values: dict[str, Any]) -> dict[str, Any]:
        plain = {name: value for name, value in values.items() if name not in self.codes}
        return super().as_value(plain) | {name: values[name] for name in values.keys() - plain.keys()}

    def councils_of(self, pks: Collection[int], told: Iterable[dict[str, Any]]) -> set[int]:
        codes = {values[name] for values in told for name in self.codes if name in values}
        columns = [f"{column}_id" for column in self.codes.values()]
        held = self.model._default_manager.filter(pk__in=pks).values_list(*columns)
        return set(_ids(codes).values()) | {pk for row in held for pk in row}

    def build(self, told: list[dict[str, Any]]) -> list[Any]:
        ids = _ids(values[name] for values in told for name in self.codes if name in values)
        return [self.model(**self._with_ids(values, ids)) for values in told]

    def _with_ids(self, values: dict[str, Any], ids: dict[str, int]) -> dict[str, Any]:
        return {
            f"{self.codes[name]}_id" if name in self.codes else name: ids[value] if name in self.codes else value
            for name, value in self.as_value(values).items()
        }

    def update(self, told: dict[int, dict[str, Any]]) -> None:
        ids = _ids(values[name] for values in told.values() for name in self.codes if name in values)
        rows = list(self.rows(told))
        names = set()
        for row in rows:
            for name, value in self._with_ids(told[row.pk], ids).items():
                setattr(row, name, value)
                names.add(name)
        if rows:
            self.model._default_manager.bulk_update(rows, sorted(names), batch_size=BATCH)

    def name_of(self, fact: str) -> str:
        return fact.removesuffix("_code").replace("_", " ")

    def text_of(self, fact: str, value: Any, councils: dict[int, str]) -> str:
        return value or "" if fact in self.codes else super().text_of(fact, value, councils)


class Codes(OfCouncil):
    codes = {"council_code": "council"}


class Successions(OfCouncil):
    codes = {"predecessor_code": "predecessor", "successor_code": "successor"}


class Neighbours(OfCouncil):
    codes = {"council_code": "council", "neighbour_code": "neighbour"}


def held_neighbours(councils: Collection[str]) -> dict[tuple[str, str], dict[int, str]]:
    """Code of each neighbour that stands by its rank, for each code and set."""
    found: dict[tuple[str, str], dict[int, str]] = {}
    rows = Neighbour.objects.filter(council__gss_code__in=councils, set__in=OWN_SETS)
    for code, kind, rank, other in rows.values_list("council__gss_code", "set", "rank", "neighbour__gss_code"):
        found.setdefault((code, kind), {})[rank] = other
    return found


register_table(Councils(Council, ("gss_code",), FACTS, scope="gss_code", label=COUNCIL))
register_table(
    Codes(
        CouncilCode, ("council_code", "code"), (), scope="council_code", label=CODE, order=1,
        about=lambda key: f"Former code {key[1]}",
    )
)  # fmt: skip
register_table(
    Successions(
        Succession, ("predecessor_code", "successor_code"), ("on",), scope="predecessor_code", label=SUCCESSION, order=1,
        about=lambda key: f"Followed by {key[1]}",
    )
)  # fmt: skip
register_table(
    Neighbours(
        Neighbour, ("council_code", "set", "rank"), ("neighbour_code",), scope="council_code", label=NEIGHBOUR, order=1,
        about=lambda key: f"Neighbour {key[2]} {NeighbourSet(key[1]).label.lower()}",
    )
)  # fmt: skip
