"""The register from a file of our own form. It adds councils and brings what is counted or measured.

What people keep in the register it names and leaves: a difference is refused, for somebody to enter with its day. An empty
cell says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, table_of
from councils.imports.matching import Register
from councils.imports.places import place_of, refuse_far_away
from councils.imports.sources.register.tables import CODE, COUNCIL, NEIGHBOUR, SUCCESSION, held_neighbours
from councils.models import NATIONS, PROVISIONAL, Council, CouncilType, Nation, NeighbourSet, Scheme
from cpc.components.incoming.cells import CellRefused, day, whole_number, words
from cpc.components.incoming.table import NamedLine
from cpc.components.incoming.table import columns as columns_of

DATA_FILE = Path(__file__).resolve().parent.parent.parent.parent / "data" / "councils.csv"
COLUMNS = [
    "gss_code", "slug", "name", "official_name", "council_type", "region", "nation", "parent_code", "population",
    "population_year", "start_on", "end_on", "successor_codes", "election_scheme", "last_ordinary_election", "latitude",
    "longitude", "nearest_any_type", "nearest_same_type", "former_codes", "rural_urban",
]  # fmt: skip
# Column -> what the register can hold.
TEXTS = {"slug": 100, "name": 120, "official_name": 200, "region": 60, "rural_urban": 60}
REQUIRED = ["slug", "name", "official_name", "council_type", "region", "nation"]
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
WORDS_OF = {"council_type": CouncilType.values, "nation": Nation.values, "election_scheme": Scheme.values}
# How the Office for National Statistics begins the code of each type.
PREFIXES = {
    CouncilType.COUNTY: "E10",
    CouncilType.DISTRICT: "E07",
    CouncilType.UNITARY: "E06",
    CouncilType.METROPOLITAN: "E08",
    CouncilType.LONDON_BOROUGH: "E09",
    CouncilType.WELSH_UNITARY: "W06",
    CouncilType.SCOTTISH_UNITARY: "S12",
    CouncilType.NI_DISTRICT: "N09",
}
GIVEN_CODE = re.compile(r"[EWSN][0-9]{8}")
# The smallest, Scilly, has some two thousand people.
FEWEST_PEOPLE, MOST_PEOPLE = 1_000, 2_000_000
FIRST_YEAR = 1973
# What changes while a council lives, on its day: people keep it in the register, and a file that is older than what they
# entered must not take it back.
KEPT = [
    "slug", "name", "official_name", "council_type", "nation", "region", "start_on", "end_on", "election_scheme",
    "parent_code",
]  # fmt: skip
LISTS = ["successor_codes", "nearest_any_type", "nearest_same_type", "former_codes"]
SETS = {"nearest_any_type": NeighbourSet.ANY, "nearest_same_type": NeighbourSet.SAME_TYPE}

# Called with a column and what is wrong with its cell.
Refuse = Callable[[str, str], None]


@dataclass
class Row:
    line: NamedLine
    code: str
    # The council of the register that has this code or had it; none of one that is new.
    known: Council | None
    # What the line tells; a cell that is empty says nothing.
    facts: dict[str, Any]
    lists: dict[str, list[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.known.gss_code if self.known else self.code


class RegisterFile:
    source = "register"
    title = "Our own form: the register of councils"
    endings: tuple[str, ...] = ("csv", "xlsx")

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        table = table_of(content, columns_of(COLUMNS), reading)
        if table:
            register = Register()
            self.check(self.parse(table.named(COLUMNS), register, reading), register, reading)
        return reading

    def parse(self, lines: list[NamedLine], register: Register, reading: Reading) -> list[Row]:
        seen: dict[tuple[str, str], int] = {}
        rows = (self._row(line, register, seen, reading) for line in lines)
        return [row for row in rows if row]

    def _row(
        self, line: NamedLine, register: Register, seen: dict[tuple[str, str], int], reading: Reading
    ) -> Row | None:
        cells = line.cells
        before = len(reading.refusals)

        def refuse(column: str, reason: str) -> None:
            reading.refuse(line.number, column, cells[column], reason)

        code = cells["gss_code"]
        known = register.by_code.get(code)
        _refuse_code(code, refuse)
        for column in ("gss_code", "slug"):
            if cells[column] and (column, cells[column]) in seen:
                refuse(column, f"is in the file twice: see line {seen[column, cells[column]]}")
            seen.setdefault((column, cells[column]), line.number)
        facts = _facts(cells, known, refuse)
        lists = {column: cells[column].split() for column in LISTS}
        _refuse_lists(code, lists, refuse)
        start_on, end_on = (facts.get(name, getattr(known, name, None)) for name in ("start_on", "end_on"))
        if end_on and not start_on:
            refuse("end_on", "a council that has a last day needs a first")
        elif end_on and end_on < start_on:
            refuse("end_on", "lies before start_on")
        if lists["successor_codes"] and not end_on:
            refuse("successor_codes", "a council that is followed needs an end_on")
        if known is None and len(reading.refusals) == before:
            _refuse_type(code, facts, refuse)
        return None if len(reading.refusals) > before else Row(line, code, known, facts, lists)

    def check(self, rows: list[Row], register: Register, reading: Reading) -> None:
        """References are looked up in the file and in the register; one that is in neither is refused, and its line
        stands."""
        slugs = {council.slug: council for council in register.councils.values()}
        by_code = {row.code: row for row in rows}
        standing = []
        for row in rows:
            holder = slugs.get(row.facts.get("slug", ""))
            if row.known is None and holder:
                self._refuse(row, "slug", f"belongs to {holder.gss_code} in the register", reading)
            elif row.known is None and (why := _why_no_parent(row, by_code, register)):
                self._refuse(row, "parent_code", why, reading)
            else:
                standing.append(row)
        told = {row.code: row.key for row in standing}
        codes = {code: council.gss_code for code, council in register.by_code.items()} | told
        held = held_neighbours([row.key for row in standing if row.known])
        # Counties first: a district names its county.
        for row in sorted(standing, key=lambda row: bool(row.facts.get("parent_code"))):
            records = [Record(COUNCIL, (row.key,), self._facts(row, codes, reading))]
            records += self._hanging(row, codes, register, held, reading)
            name = row.known.name if row.known else row.facts["name"]
            reading.state(Statement(row.line.number, name, records))

    def _refuse(self, row: Row, column: str, reason: str, reading: Reading) -> None:
        reading.refuse(row.line.number, column, row.line.cells[column], reason)

    def _facts(self, row: Row, codes: dict[str, str], reading: Reading) -> dict[str, Any]:
        facts = {name: value for name, value in row.facts.items() if name not in LISTS}
        if "parent_code" in facts:
            facts["parent_code"] = codes.get(facts["parent_code"], facts["parent_code"])
        if row.known is None:
            facts.pop("gss_code")
            return facts
        held = row.known
        for name in ["gss_code", *KEPT]:
            value = facts.pop(name, None)
            if name == "parent_code":
                stands: Any = held.parent.gss_code if held.parent else ""
            else:
                stands = getattr(held, name)
            if value is not None and value != stands:
                shown = str(stands if stands is not None else "")
                self._refuse(row, name, f"is recorded as {shown!r} in the register, which is kept", reading)
        return facts

    def _hanging(
        self,
        row: Row,
        codes: dict[str, str],
        register: Register,
        held: dict[tuple[str, str], dict[int, str]],
        reading: Reading,
    ) -> list[Record]:
        """Former codes and who follows, of new councils only: people enter and remove those of the others. Neighbours as
        the file tells them."""
        records = []
        for column in ("successor_codes", "nearest_any_type", "nearest_same_type"):
            unknown = [code for code in row.lists[column] if code not in codes]
            if unknown:
                reason = f"{', '.join(unknown)} is neither in the file nor in the register: the list is not taken"
                self._refuse(row, column, reason, reading)
                row.lists[column] = []
        if row.known is None:
            records += [Record(CODE, (row.key, code), {}) for code in row.lists["former_codes"]]
        end_on: date | None = row.facts.get("end_on") or (row.known.end_on if row.known else None)
        for code in row.lists["successor_codes"]:
            if end_on and (row.known is None or code not in register.by_code):
                records.append(Record(SUCCESSION, (row.key, codes[code]), {"on": end_on + timedelta(days=1)}))
        for column, kind in SETS.items():
            near = {rank: codes[code] for rank, code in enumerate(row.lists[column], start=1)}
            records += [
                Record(NEIGHBOUR, (row.key, kind.value, rank), {"neighbour_code": code}) for rank, code in near.items()
            ]
            standing = held.get((row.key, kind.value), {})
            goes_on = kind == NeighbourSet.ANY and all(standing.get(rank) == code for rank, code in near.items())
            # A list of any type that goes on where the file's ends is from the ONS itself, and stays.
            if near and not goes_on:
                records += [
                    Record(NEIGHBOUR, (row.key, kind.value, rank), None) for rank in standing if rank not in near
                ]
        return records


def _refuse_code(code: str, refuse: Refuse) -> None:
    if not code:
        refuse("gss_code", "is empty")
    elif code.startswith(PROVISIONAL):
        refuse("gss_code", "is a provisional code of this service, not one that was given out")
    elif not GIVEN_CODE.fullmatch(code):
        refuse("gss_code", "is no code of a council, such as E07000223")


def _facts(cells: dict[str, str], known: Council | None, refuse: Refuse) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for column in COLUMNS:
        if not cells[column]:
            if known is None and column in REQUIRED:
                refuse(column, "is empty")
            continue
        try:
            if value := _value(column, cells[column]):
                facts[column] = value
        except CellRefused as error:
            refuse(column, str(error))
    try:
        place = place_of(cells["latitude"], cells["longitude"])
        if place and known:
            refuse_far_away(known, place)
        if place:
            facts |= {"latitude": place[0], "longitude": place[1]}
    except CellRefused as error:
        refuse("latitude" if cells["latitude"] else "longitude", str(error))
    return facts


def _refuse_lists(code: str, lists: dict[str, list[str]], refuse: Refuse) -> None:
    for column, codes in lists.items():
        if len(set(codes)) < len(codes):
            refuse(column, "names the same council twice")
        if code in codes:
            refuse(column, "names the council itself")
    for former in lists["former_codes"]:
        if not GIVEN_CODE.fullmatch(former):
            refuse("former_codes", f"{former} is no code of a council")


def _value(column: str, cell: str) -> Any:
    """What a cell that is not empty says; nothing of a column that is looked at elsewhere."""
    if column in TEXTS:
        text = words(cell, longest=TEXTS[column])
        if column == "slug" and not SLUG.fullmatch(text):
            raise CellRefused("may hold small letters, digits and hyphens only")
        return text
    if column in WORDS_OF:
        if cell not in WORDS_OF[column]:
            raise CellRefused("is not one of " + ", ".join(WORDS_OF[column]))
        return cell
    if column == "population":
        people = whole_number(cell, largest=MOST_PEOPLE)
        if people < FEWEST_PEOPLE:
            raise CellRefused("is no number of people of a council")
        return people
    if column in ("population_year", "last_ordinary_election"):
        year = whole_number(cell, largest=timezone.localdate().year)
        if year < FIRST_YEAR:
            raise CellRefused(f"lies before {FIRST_YEAR}")
        return year
    if column in ("start_on", "end_on"):
        return day(cell)
    return cell if column in ("gss_code", "parent_code") else None


def _refuse_type(code: str, facts: dict[str, Any], refuse: Any) -> None:
    """The code of a new council says of which type it is, and the type of which nation."""
    kind = CouncilType(facts["council_type"])
    if not code.startswith(PREFIXES[kind]):
        refuse("gss_code", f"is no code of this type of council, which begins with {PREFIXES[kind]}")
    elif facts["nation"] != NATIONS[kind]:
        refuse("nation", f"has no council of this type: it is of {NATIONS[kind]}")


def _why_no_parent(row: Row, by_code: dict[str, Row], register: Register) -> str:
    code, is_district = row.facts.get("parent_code", ""), row.facts["council_type"] == CouncilType.DISTRICT
    if not code:
        return "a district needs a county" if is_district else ""
    if not is_district:
        return "only a district has a county"
    if code in by_code and by_code[code].known is None:
        kind = by_code[code].facts["council_type"]
    elif code in register.by_code:
        kind = register.by_code[code].council_type
    else:
        return "is neither in the file nor in the register"
    return "" if kind == CouncilType.COUNTY else "is not a county"
