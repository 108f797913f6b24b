"""What every importer shares: parse -> check -> report -> apply.

An importer reads bytes into lines (parse) and says what rows of which tables they ask for (check). What that would
change is worked out here against the register (report), done and taken back here (apply, undo). Importers write nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import models, transaction
from django.db.models import ProtectedError

from councils.imports.tables import BATCH, TABLES, Table
from councils.models import Council, Outcome
from cpc.components.incoming.cells import CellRefused
from cpc.components.incoming.table import Doubt, Header, NamedLine, read_table
from cpc.components.incoming.table import Table as FileTable
from cpc.components.incoming.text import FileUnreadable


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
    """A file, read and checked: the lines that stand, those that are refused, and those that tell of bodies which the
    register does not hold and should not: nothing is wrong with them, and nobody needs to look."""

    watch: Watch = nobody_watches
    statements: list[Statement] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    outside: list[Refusal] = field(default_factory=list)
    # What is said of the file, and what somebody must agree to before it is applied.
    notes: list[str] = field(default_factory=list)
    questions: list[Doubt] = field(default_factory=list)
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

    def note(self, text: str) -> None:
        self.notes.append(text)

    def ask(self, line: int, column: str, value: Any, question: str) -> None:
        """The line stands if somebody says so: nothing of the file is applied before they have."""
        self.questions.append(Doubt(line, column, str(value)[:200], question))

    def pass_over(self, line: int, column: str, value: Any, reason: str) -> None:
        """Of a body that the register is known not to hold; one that it may only be missing is refused."""
        self.outside.append(Refusal(line, column, str(value)[:200], reason))
        self._tell()

    def _tell(self) -> None:
        # A line may have more than one refusal: never more than there are.
        decided = len(self.statements) + len(self.refusals) + len(self.outside)
        self.watch(min(decided, self.total), self.total)

    @property
    def refused_lines(self) -> int:
        """Lines of which something is refused: all, or one cell of a line that stands otherwise."""
        return len({refusal.line for refusal in self.refusals})

    @property
    def lines(self) -> int:
        stated = {statement.line for statement in self.statements}
        return len(self.statements) + len({refusal.line for refusal in self.refusals} - stated) + len(self.outside)


def table_of(content: bytes, header: Header, reading: Reading, *, as_shown: bool = False) -> FileTable | None:
    """The file as a table, with all that is to be said of it; nothing, with the reason, of a file of another form."""
    try:
        table = read_table(content, header, as_shown=as_shown)
    except FileUnreadable as error:
        reading.refuse(1, "file", "", str(error))
        return None
    reading.notes += table.notes
    reading.questions += table.questions
    for bad in table.bad:
        reading.refuse(bad.number, bad.column, bad.value, bad.reason)
    reading.expect(len(table.lines) + len(table.bad))
    return table


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
        for row in table.rows_of(ids):
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
        table = TABLES[record.model]
        row = held[record.model].by_key.get(record.key)
        about = table.about(record.key)
        if record.facts is None:
            if row is not None:
                is_known = True
                changes.append(Change(record.model, row.pk, statement.text, _all_of(record.model, row), None, about))
            continue
        if row is None:
            told = dict(zip(table.key, record.key, strict=True)) | record.facts
            changes.append(Change(record.model, None, statement.text, None, _as_text(told), about))
            continue
        is_known = True
        different = {name: value for name, value in record.facts.items() if table.value_of(row, name) != value}
        if different:
            before = {name: table.value_of(row, name) for name in different}
            changes.append(
                Change(
                    record.model,
                    row.pk,
                    statement.text,
                    _as_text(before),
                    _as_text(different),
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
    return _as_text({name: table.value_of(row, name) for name in (*table.key, *table.facts)})


def _as_text(values: dict[str, Any]) -> dict[str, Any]:
    """As JSON can hold it: numbers, words and nothing as they are, the rest (days) in words."""
    return {
        name: value if value is None or isinstance(value, bool | int | str) else str(value)
        for name, value in values.items()
    }


def _by_model(changes: Iterable[Change]) -> dict[str, list[Change]]:
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.model, []).append(change)
    # A council is there before what hangs on it.
    return dict(sorted(grouped.items(), key=lambda group: TABLES[group[0]].order))


def lock_councils(changes: Iterable[Change]) -> None:
    """Everybody who writes about a council locks its row first; in the order of keys nobody waits in a ring."""
    ids: set[int] = set()
    for model, some in _by_model(changes).items():
        told = [change.after for change in some if change.after]
        ids |= TABLES[model].councils_of([change.pk for change in some if change.pk], told)
    list(Council.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


class _Count:
    """Of changes written, told to whoever watches."""

    def __init__(self, watch: Watch, total: int) -> None:
        self.watch, self.total, self.made = watch, total, 0
        watch(0, total)

    def batches(self, changes: list[Change]) -> Iterator[list[Change]]:
        for start in range(0, len(changes), BATCH):
            batch = changes[start : start + BATCH]
            yield batch
            self.add(len(batch))

    def add(self, number: int) -> None:
        self.made += number
        self.watch(self.made, self.total)


def make(changes: list[Change], *, by: Any = None, watch: Watch = nobody_watches) -> None:
    """Write the changes; each that is added learns its key."""
    count = _Count(watch, len(changes))
    for label, some in _by_model(changes).items():
        table = TABLES[label]
        for batch in count.batches([change for change in some if change.after is None and change.pk]):
            table.delete([change.pk for change in batch if change.pk])
        for batch in count.batches([change for change in some if change.before and change.after and change.pk]):
            table.update({change.pk: change.after for change in batch if change.pk and change.after})
        for batch in count.batches([change for change in some if change.before is None]):
            for change, pk in zip(batch, table.create([change.after or {} for change in batch], by), strict=True):
                change.pk = pk


def take_back(changes: list[Change], *, watch: Watch = nobody_watches) -> list[Change]:
    """Undo each change whose row still is as the import left it. Gives the others, which stay as they are."""
    kept = []
    count = _Count(watch, len(changes))
    for label, some in reversed(_by_model(changes).items()):
        table = TABLES[label]
        rows = {row.pk: row for row in table.rows([change.pk for change in some if change.pk])}
        to_delete, to_update, to_create = [], {}, []
        for change in some:
            row = rows.get(change.pk or 0)
            if change.after is None:
                if row is None:
                    to_create.append(change)
                else:
                    kept.append(change)
            elif row is None or any(
                table.value_of(row, name) != value for name, value in table.as_value(change.after).items()
            ):
                kept.append(change)
            elif change.before is None:
                to_delete.append(change)
            else:
                to_update[row.pk] = change.before
        for batch in count.batches(to_delete):
            kept += _delete(table, batch)
        table.update(to_update)
        kept += _create_again(table, to_create)
        count.add(len(some) - len(to_delete))
    return kept


def _delete(table: Table, changes: list[Change]) -> list[Change]:
    """What something else hangs on stays."""
    try:
        with transaction.atomic():
            table.delete([change.pk for change in changes if change.pk])
    except ProtectedError:
        if len(changes) == 1:
            return changes
        return [each for change in changes for each in _delete(table, [change])]
    return []


def _create_again(table: Table, changes: list[Change]) -> list[Change]:
    """Rows that the import removed, unless others took their place since. They keep their keys: earlier imports know them."""
    rows = list(zip(changes, table.build([change.before or {} for change in changes]), strict=True))
    for change, row in rows:
        row.pk = change.pk
    ids = {table.key_of(row)[0] for _, row in rows}
    standing = {table.key_of(row) for row in table.rows_of(ids)}
    table.model._default_manager.bulk_create(
        [row for _, row in rows if table.key_of(row) not in standing], batch_size=BATCH
    )
    return [change for change, row in rows if table.key_of(row) in standing]


def as_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    # Not asdict(): it copies every value, which took most of the time of a file with 60,000 changes.
    return [dict(vars(change)) for change in changes]


def from_json(changes: Iterable[dict[str, Any]]) -> list[Change]:
    return [Change(**change) for change in changes]
