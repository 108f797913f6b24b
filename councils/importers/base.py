"""What every importer shares: parse -> check -> report -> apply.

An importer reads bytes into lines (parse) and says what rows of which tables they ask for (check). What that would
change is worked out here against the register (report), done and taken back here (apply, undo). Importers write nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import models, transaction
from django.db.models import ProtectedError

from councils.importers.files import CellRefused, NamedLine
from councils.models import (
    Contact,
    Council,
    CouncilCode,
    Neighbour,
    Outcome,
    PoliticalControl,
    Seats,
    Tenure,
)

BATCH = 2000


@dataclass(frozen=True)
class Refusal:
    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.value!r}: {self.reason}"


@dataclass
class Change:
    """One row of a table: `before` is null for a row that is added, `after` for one that is removed."""

    model: str
    pk: int | None
    text: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    # What it is about, in words: "Seats of Labour".
    about: str = ""


@dataclass(frozen=True)
class Table:
    """What an import may write: the columns that name a row, and those that it tells."""

    model: type[models.Model]
    key: tuple[str, ...]
    facts: tuple[str, ...]
    # The column that says of whom a row tells, the first of its key: a council, unless `is_of_council` says otherwise.
    scope: str = "council_id"
    is_of_council: bool = True
    # What a row is about, beside the council and year that its line names.
    about: Callable[[tuple[Any, ...]], str] = lambda key: ""

    def key_of(self, row: models.Model) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in self.key)


TABLES: dict[str, Table] = {}


def register_table(table: Table) -> None:
    TABLES[table.model._meta.label] = table


for _table in (
    Table(PoliticalControl, ("council_id", "year"), ("control",), about=lambda key: "Control"),
    Table(Seats, ("council_id", "year", "party"), ("number",), about=lambda key: f"Seats of {key[2]}"),
    Table(Neighbour, ("council_id", "set", "rank"), ("neighbour_id",), about=lambda key: f"Neighbour {key[2]}"),
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


@dataclass(frozen=True)
class Record:
    """A row that the file asks for; without facts, one that must not be there."""

    model: str
    key: tuple[Any, ...]
    facts: dict[str, Any] | None


@dataclass
class Statement:
    """What one line of the file says. A line counts once, however many rows it asks for.

    `whole` names tables of which it tells all: rows with the same key but for its last column that it does not name go.
    """

    line: int
    text: str
    records: list[Record]
    whole: tuple[str, ...] = ()


def refuse_as(reading: Reading, line: NamedLine, column: str, error: CellRefused) -> None:
    """The whole line, for one of its cells."""
    reading.refuse(line.number, column, line.cells[column], str(error))


# Called with how many lines have been decided so far, and how many there are.
Watch = Callable[[int, int], None]


def nobody_watches(read: int, total: int) -> None:
    """For whoever waits for the end."""


@dataclass
class Reading:
    """A file, read and checked: the lines that stand, and those that are refused."""

    watch: Watch = nobody_watches
    statements: list[Statement] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    total: int = 0

    def expect(self, total: int) -> None:
        """How many lines there are to be decided."""
        self.total = total
        self.watch(0, total)

    def state(self, statement: Statement) -> None:
        self.statements.append(statement)
        self._tell()

    def refuse(self, line: int, column: str, value: Any, reason: str) -> None:
        self.refusals.append(Refusal(line, column, str(value)[:200], reason))
        self._tell()

    def _tell(self) -> None:
        # A line may have more than one refusal: never more than there are.
        self.watch(min(len(self.statements) + len(self.refusals), self.total), self.total)

    @property
    def refused_lines(self) -> int:
        return len({refusal.line for refusal in self.refusals})


class Importer(Protocol):
    """One source. `read` looks things up in the register and changes nothing."""

    source: str
    title: str
    # How the names of its files end.
    endings: tuple[str, ...]

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading: ...


@dataclass
class Report:
    """What a reading would change in the register as it stands."""

    changes: list[Change] = field(default_factory=list)
    # Each line that stands, what becomes of it and by which changes.
    outcomes: list[tuple[Statement, Outcome, list[Change]]] = field(default_factory=list)

    def number(self, outcome: Outcome) -> int:
        return sum(each == outcome for _, each, _ in self.outcomes)


def report(reading: Reading) -> Report:
    found = Report()
    held = _held(reading.statements)
    for statement in reading.statements:
        changes, is_known = _changes_of(statement, held)
        found.changes += changes
        outcome = Outcome.UNCHANGED if not changes else Outcome.CHANGED if is_known else Outcome.ADDED
        found.outcomes.append((statement, outcome, changes))
    return found


@dataclass
class _Held:
    by_key: dict[tuple[Any, ...], models.Model] = field(default_factory=dict)
    # Keys without their last column, and what stands under each.
    by_scope: dict[tuple[Any, ...], list[models.Model]] = field(default_factory=dict)


def _held(statements: Iterable[Statement]) -> dict[str, _Held]:
    """What stands already in the tables and for the councils that the file names: one query a table."""
    councils: dict[str, set[int]] = {}
    for statement in statements:
        for record in statement.records:
            councils.setdefault(record.model, set()).add(record.key[0])
    result = {}
    for model, ids in councils.items():
        table = TABLES[model]
        held = result[model] = _Held()
        for row in table.model._default_manager.filter(**{f"{table.scope}__in": ids}):
            key = table.key_of(row)
            held.by_key[key] = row
            held.by_scope.setdefault(key[:-1], []).append(row)
    return result


def _changes_of(statement: Statement, held: dict[str, _Held]) -> tuple[list[Change], bool]:
    changes = []
    is_known = False
    named: dict[str, set[tuple[Any, ...]]] = {}
    for record in statement.records:
        named.setdefault(record.model, set()).add(record.key)
        row = held[record.model].by_key.get(record.key)
        about = TABLES[record.model].about(record.key)
        if record.facts is None:
            if row is not None:
                is_known = True
                changes.append(Change(record.model, row.pk, statement.text, _all_of(record.model, row), None, about))
            continue
        if row is None:
            told = dict(zip(TABLES[record.model].key, record.key, strict=True)) | record.facts
            changes.append(Change(record.model, None, statement.text, None, _as_text(record.model, told), about))
            continue
        is_known = True
        different = {name: value for name, value in record.facts.items() if getattr(row, name) != value}
        if different:
            before = {name: getattr(row, name) for name in different}
            changes.append(
                Change(
                    record.model,
                    row.pk,
                    statement.text,
                    _as_text(record.model, before),
                    _as_text(record.model, different),
                    about,
                )
            )
    for model in statement.whole:
        for scope in {key[:-1] for key in named.get(model, ())}:
            for row in held[model].by_scope.get(scope, ()):
                if TABLES[model].key_of(row) not in named[model]:
                    is_known = True
                    about = TABLES[model].about(TABLES[model].key_of(row))
                    changes.append(Change(model, row.pk, statement.text, _all_of(model, row), None, about))
    return changes, is_known


def _all_of(model: str, row: models.Model) -> dict[str, Any]:
    table = TABLES[model]
    return _as_text(model, {name: getattr(row, name) for name in (*table.key, *table.facts)})


def _as_text(model: str, values: dict[str, Any]) -> dict[str, Any]:
    """As JSON can hold it: numbers, words and nothing as they are, the rest (days) in words."""
    return {
        name: value if value is None or isinstance(value, bool | int | str) else str(value)
        for name, value in values.items()
    }


def _as_value(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in values}
    return {name: fields[name].to_python(value) for name, value in values.items()}


def _by_model(changes: Iterable[Change]) -> dict[str, list[Change]]:
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.model, []).append(change)
    return grouped


def lock_councils(changes: Iterable[Change]) -> None:
    """Everybody who writes about a council locks its row first; in the order of keys nobody waits in a ring."""
    ids: set[int] = set()
    for model, some in _by_model(changes).items():
        table = TABLES[model]
        if not table.is_of_council:
            continue
        pks = [change.pk for change in some if change.pk]
        ids.update(table.model._default_manager.filter(pk__in=pks).values_list(table.scope, flat=True))
        ids.update(change.after[table.scope] for change in some if change.after and table.scope in change.after)
    list(Council.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def make(changes: list[Change]) -> None:
    """Write the changes; each that is added learns its key."""
    for label, some in _by_model(changes).items():
        model = TABLES[label].model
        gone = [change.pk for change in some if change.after is None]
        if gone:
            model._default_manager.filter(pk__in=gone).delete()
        _update(model, {change.pk: change.after for change in some if change.before and change.after and change.pk})
        added = [change for change in some if change.before is None]
        rows = [model(**_as_value(model, change.after or {})) for change in added]
        model._default_manager.bulk_create(rows, batch_size=BATCH)
        for change, row in zip(added, rows, strict=True):
            change.pk = row.pk


def _update(model: type[models.Model], values: dict[int, dict[str, Any]]) -> None:
    rows = list(model._default_manager.filter(pk__in=values))
    names = {name for told in values.values() for name in told}
    for row in rows:
        for name, value in _as_value(model, values[row.pk]).items():
            setattr(row, name, value)
        if hasattr(row, "version"):
            row.version += 1
            names.add("version")
    if rows:
        model._default_manager.bulk_update(rows, sorted(names), batch_size=BATCH)


def take_back(changes: list[Change]) -> list[Change]:
    """Undo each change whose row still is as the import left it. Gives the others, which stay as they are."""
    kept = []
    for label, some in reversed(_by_model(changes).items()):
        table = TABLES[label]
        model = table.model
        rows = {
            row.pk: row for row in model._default_manager.filter(pk__in=[change.pk for change in some if change.pk])
        }
        to_delete, to_update, to_create = [], {}, []
        for change in some:
            row = rows.get(change.pk or 0)
            if change.after is None:
                if row is None:
                    to_create.append(change)
                else:
                    kept.append(change)
            elif row is None or any(
                getattr(row, name) != value for name, value in _as_value(model, change.after).items()
            ):
                kept.append(change)
            elif change.before is None:
                to_delete.append(change)
            else:
                to_update[row.pk] = change.before
        kept += _delete(model, to_delete)
        _update(model, to_update)
        kept += _create_again(table, to_create)
    return kept


def _delete(model: type[models.Model], changes: list[Change]) -> list[Change]:
    """What something else hangs on stays."""
    try:
        with transaction.atomic():
            model._default_manager.filter(pk__in=[change.pk for change in changes]).delete()
    except ProtectedError:
        if len(changes) == 1:
            return changes
        return [each for change in changes for each in _delete(model, [change])]
    return []


def _create_again(table: Table, changes: list[Change]) -> list[Change]:
    """Rows that the import removed, unless others took their place since. They keep their keys: earlier imports know them."""
    rows = [(change, table.model(pk=change.pk, **_as_value(table.model, change.before or {}))) for change in changes]
    ids = {getattr(row, table.scope) for _, row in rows}
    standing = {table.key_of(row) for row in table.model._default_manager.filter(**{f"{table.scope}__in": ids})}
    table.model._default_manager.bulk_create(
        [row for _, row in rows if table.key_of(row) not in standing], batch_size=BATCH
    )
    return [change for change, row in rows if table.key_of(row) in standing]


def as_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    # Not asdict(): it copies every value, which took most of the time of a file with 60,000 changes.
    return [dict(vars(change)) for change in changes]


def from_json(changes: Iterable[dict[str, Any]]) -> list[Change]:
    return [Change(**change) for change in changes]
