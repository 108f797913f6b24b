"""The government's own list of bank holidays, as GOV.UK publishes it: only what differs from the rule is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from councils.events import register_changed
from councils.imports.base import (
    Reading,
    Record,
    Statement,
    Watch,
    nobody_watches,
)
from councils.imports.registry import register_importer
from councils.imports.tables import Table, register_table
from cpc.calendars.bank_holidays import forget
from cpc.calendars.models import BankHolidayChange
from cpc.calendars.working_days import (
    ENGLAND,
    NORTHERN_IRELAND,
    SCOTLAND,
    WALES,
    bank_holidays_by_rule,
)
from cpc.components.incoming.cells import CellRefused, day, words
from cpc.components.incoming.text import FileUnreadable, read_json

NATIONS = {
    "england-and-wales": [ENGLAND, WALES],
    "scotland": [SCOTLAND],
    "northern-ireland": [NORTHERN_IRELAND],
}
MODEL = "cpc.BankHolidayChange"
# No nation has fewer in a whole year: a list that was cut would take the rest away.
FEWEST = 7
YEARS = range(1974, 2200)


@dataclass(frozen=True)
class Row:
    line: int
    division: str
    on: date
    name: str


class BankHolidays:
    """A line is one day of one division of the file, counted from its beginning."""

    source = "bank_holidays"
    title = "GOV.UK: bank holidays"
    endings: tuple[str, ...] = ("json",)

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        self.check(self.parse(content, reading), reading)
        return reading

    def parse(self, content: bytes, reading: Reading) -> list[Row]:
        try:
            told = read_json(content)
            divisions = {division: told[division]["events"] for division in NATIONS}
            if not all(isinstance(events, list) for events in divisions.values()):
                raise TypeError
        except FileUnreadable as error:
            reading.refuse(1, "file", "", str(error))
            return []
        except (TypeError, KeyError, IndexError):
            reading.refuse(1, "file", "", "has not the lists of " + ", ".join(NATIONS))
            return []
        reading.expect(sum(len(events) for events in divisions.values()))
        rows: dict[tuple[str, date], Row] = {}
        line = 0
        for division, events in divisions.items():
            for event in events:
                line += 1
                row = self._row(line, division, event, rows, reading)
                if row:
                    rows[division, row.on] = row
        return list(rows.values())

    def _row(
        self, line: int, division: str, event: Any, rows: dict[tuple[str, date], Row], reading: Reading
    ) -> Row | None:
        cells = {name: str(event.get(name, "")) if isinstance(event, dict) else "" for name in ("date", "title")}
        column = ""
        try:
            column = "date"
            on = day(cells[column])
            if on.year not in YEARS:
                raise CellRefused(f"does not lie between {YEARS[0]} and {YEARS[-1]}")
            if (division, on) in rows:
                raise CellRefused(f"is in the file twice: see line {rows[division, on].line}")
            column = "title"
            name = words(cells[column], longest=150)
            if not name:
                raise CellRefused("is empty")
        except CellRefused as error:
            reading.refuse(line, f"{division}, {column}", cells[column], str(error))
            return None
        return Row(line, division, on, name)

    def check(self, rows: list[Row], reading: Reading) -> None:
        years = Counter((row.division, row.on.year) for row in rows)
        whole = {key for key, number in years.items() if number >= FEWEST}
        # Who cannot read a day cannot say which days are not listed any more.
        doubtful = {refusal.column.partition(",")[0] for refusal in reading.refusals}
        last: dict[tuple[str, int], Row] = {}
        listed: set[tuple[str, date]] = set()
        for row in rows:
            key = (row.division, row.on.year)
            if key not in whole:
                reading.refuse(
                    row.line,
                    f"{row.division}, date",
                    row.on.isoformat(),
                    f"{row.on.year} has only {years[key]} days in the file and is not whole",
                )
                continue
            if row.division not in doubtful:
                last[key] = row
            listed.update((nation, row.on) for nation in NATIONS[row.division])
            records = []
            for nation in NATIONS[row.division]:
                # A day that the rule knows needs no row, and none of an earlier file.
                is_known = row.on in bank_holidays_by_rule(row.on.year, nation)
                records.append(
                    Record(MODEL, (nation, row.on), None if is_known else {"name": row.name, "is_holiday": True})
                )
            reading.state(Statement(row.line, self._text(row.division, row.on, row.name), records))
        self._taken_away(last, listed, reading)

    def _taken_away(self, last: dict[tuple[str, int], Row], listed: set[tuple[str, date]], reading: Reading) -> None:
        """Days of whole years that the file does not list: those of the rule, and those that an earlier file added."""
        added = BankHolidayChange.objects.filter(is_holiday=True).values_list("nation", "on", "name")
        for (division, year), row in last.items():
            gone: dict[date, tuple[str, list[Record]]] = {}
            for nation in NATIONS[division]:
                for on, name in bank_holidays_by_rule(year, nation).items():
                    if (nation, on) not in listed:
                        records = gone.setdefault(on, (name, []))[1]
                        records.append(Record(MODEL, (nation, on), {"name": name, "is_holiday": False}))
                for of, on, name in added:
                    known = on in bank_holidays_by_rule(year, nation)
                    if of == nation and on.year == year and (nation, on) not in listed and not known:
                        gone.setdefault(on, (name, []))[1].append(Record(MODEL, (nation, on), None))
            for on, (name, records) in sorted(gone.items()):
                text = self._text(division, on, f"no longer {name}")
                reading.state(Statement(row.line, text, records))

    def _text(self, division: str, on: date, name: str) -> str:
        return f"{' and '.join(NATIONS[division])}, {on:%-d %B %Y}: {name}"


@receiver(register_changed)
def forget_on_import(sender: Any, *, verb: str, by: Any, council: Any, data: dict[str, Any], **kwargs: Any) -> None:
    """At once for what follows in this transaction, and once more when everybody can see it."""
    if verb in {"import_applied", "import_undone"} and data["source"] == BankHolidays.source:
        forget()
        transaction.on_commit(forget)


register_table(
    Table(
        BankHolidayChange,
        ("nation", "on"),
        ("name", "is_holiday"),
        scope="nation",
        is_of_council=False,
        about=lambda key: key[0],
    )
)
register_importer(BankHolidays())
