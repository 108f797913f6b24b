"""Two published lists of authorities: mySociety's and GOV.UK's. They correct what the register tells and add no council.

Their known faults are refused by rule and not taken over: see each reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, refuse_as, table_of
from councils.imports.matching import Register, existed, plain_name
from councils.imports.places import place_of, refuse_far_away
from councils.models import Council, CouncilType
from cpc.components.incoming.cells import CellRefused, day, whole_number, words
from cpc.components.incoming.table import NamedLine
from cpc.components.incoming.table import columns as columns_of

# Types of the list that are no principal councils. Its combined authorities are refused: some that it has as current
# are none any more, others are missing or have another's name.
COMBINED = "COMB"
STRATEGIC = "SRA"
POPULATION_YEAR = 2020
DISTRICT_TIER = "2"
# What a council may be called beside its name, and the one of them that says no more than the law gives every district.
STYLES = {"City", "Borough", "Metropolitan", "District"}
PLAIN_STYLE = "District"


def _read(content: bytes, columns: list[str], reading: Reading) -> list[NamedLine]:
    table = table_of(content, columns_of(columns), reading)
    return table.named(columns) if table else []


def _statement(line: NamedLine, council: Council, facts: dict[str, Any]) -> Statement:
    return Statement(line.number, council.name, [Record("councils.Council", (council.pk,), facts)])


def refuse_name_of_another(value: str, council: Council, register: Register) -> None:
    named = register.named(words(value))
    if named and council not in named:
        raise CellRefused(f"is the name of {named[0].official_name}; the code is that of {council.official_name}")


def full_name(value: str, council: Council) -> str:
    """A council's legal name. What the register knows better is not made worse."""
    name = words(value)
    known = council.official_name
    if name == known:
        return name
    if len(name) < 5 or len(name) > 200 or "council" not in name.lower():
        raise CellRefused("is no full name: it does not say Council")
    if re.sub(r"['’.]", "", known) == re.sub(r"['’.]", "", name):
        raise CellRefused(f"differs from {known} by signs alone")
    if "City" in known.split() and "City" not in name.split():
        raise CellRefused(f"is the name of before it became a city: {known}")
    return known if _says_less(name, known) else name


def _says_less(name: str, known: str) -> bool:
    """Whether it is the same name without a style, or with District. Lists leave styles out as each likes: two lists
    would change them to and fro for ever."""
    told, held = name.split(), known.split()
    is_same = [word for word in told if word not in STYLES] == [word for word in held if word not in STYLES]
    return is_same and (STYLES & set(told)) - set(held) <= {PLAIN_STYLE}


def _without_styles(name: str) -> list[str]:
    return [word for word in plain_name(name).split() if word.title() not in STYLES]


class MySociety:
    source = "mysociety"
    title = "mySociety: names and codes of local authorities"
    endings: tuple[str, ...] = ("csv", "xlsx")
    columns = [
        "official-name", "gss-code", "start-date", "end-date", "region", "local-authority-type", "pop-2020", "lat", "long",
    ]  # fmt: skip

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        self.check(_read(content, self.columns, reading), reading)
        return reading

    def check(self, lines: Iterable[NamedLine], reading: Reading) -> None:
        register = Register()
        regions: dict[int, set[str]] = {}
        for each in register.councils.values():
            if each.parent_id:
                regions.setdefault(each.parent_id, set()).add(each.region)
        seen: set[int] = set()
        for line in lines:
            kind, code = line.cells["local-authority-type"], line.cells["gss-code"]
            council = register.by_code.get(code)
            if kind == COMBINED:
                reading.refuse(line.number, "local-authority-type", kind, "is a combined authority, not a council")
            elif kind == STRATEGIC:
                name = line.cells["official-name"]
                reading.pass_over(line.number, "official-name", name, "is a strategic authority, not a council")
            elif council is None and (end_on := _ended_before(register, line)):
                reason = f"ended on {end_on:%-d %B %Y}, before the register begins"
                reading.pass_over(line.number, "official-name", line.cells["official-name"], reason)
            elif council is None:
                reason = "is not in the register" if code else "has no code"
                reading.refuse(line.number, "gss-code", code or line.cells["official-name"], reason)
            elif council.pk in seen:
                reading.refuse(line.number, "gss-code", code, "is in the file twice")
            elif council.gss_code != code:
                reading.refuse(line.number, "gss-code", code, f"is a former code: it is {council.gss_code} now")
            else:
                facts = self._facts(line, council, regions.get(council.pk, set()), register, reading)
                if facts:
                    seen.add(council.pk)
                    reading.state(_statement(line, council, facts))

    def _facts(
        self, line: NamedLine, council: Council, regions: set[str], register: Register, reading: Reading
    ) -> dict[str, Any] | None:
        """An empty cell says nothing; a wrong one refuses the line."""
        cells = line.cells
        facts: dict[str, Any] = {}
        column = ""
        try:
            column = "official-name"
            refuse_name_of_another(cells[column], council, register)
            facts["official_name"] = full_name(cells[column], council)
            column = "start-date"
            if cells[column]:
                facts["start_on"] = first_day(cells[column])
            column = "end-date"
            if cells[column]:
                facts["end_on"] = last_day(cells[column], facts.get("start_on", council.start_on))
            column = "region"
            if cells[column]:
                facts["region"] = words(cells[column])
                if regions and facts["region"] not in regions:
                    raise CellRefused(f"its districts are in {', '.join(sorted(regions))}")
            column = "lat"
            if place := place_of(cells["lat"], cells["long"]):
                refuse_far_away(council, place)
            column = "pop-2020"
            if cells[column] and (council.population_year or 0) < POPULATION_YEAR:
                facts |= {"population": whole_number(cells[column]), "population_year": POPULATION_YEAR}
        except CellRefused as error:
            reading.refuse(line.number, column, cells[column], str(error))
            return None
        return facts


def _ended_before(register: Register, line: NamedLine) -> date | None:
    """Its last day, if it is rightly not in the register: unless that has a council of its name on this day."""
    try:
        end_on = day(line.cells["end-date"])
    except CellRefused:
        return None
    if any(existed(council, end_on) for council in register.named(line.cells["official-name"])):
        return None
    return end_on if register.begins_after(end_on) else None


def first_day(value: str) -> date:
    """Reorganisations come into force on 1 April; a run of days in a column is a spreadsheet filling it in."""
    on = day(value)
    if (on.month, on.day) != (4, 1):
        raise CellRefused("is no 1 April, on which councils begin")
    return on


def last_day(value: str, start_on: date | None) -> date:
    on = day(value)
    if (on.month, on.day) == (4, 1):
        raise CellRefused("is the first day of the council that followed, not the last of this one")
    if start_on and on < start_on:
        raise CellRefused("lies before its first day")
    return on


class GovUk:
    source = "govuk"
    title = "GOV.UK: local authorities and their counties"
    endings: tuple[str, ...] = ("csv", "xlsx")
    columns = ["id", "gss", "tier_id", "parent_local_authority_id", "name"]

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        self.check(_read(content, self.columns, reading), reading)
        return reading

    def check(self, lines: list[NamedLine], reading: Reading) -> None:
        register = Register()
        today = timezone.localdate()
        # The council of each line by the line's number in the file; none where that line cannot be believed.
        whose: dict[str, Council | None] = {}
        standing: list[tuple[NamedLine, Council, str]] = []
        seen: set[int] = set()
        for line in lines:
            number, is_believed = line.cells["id"], False
            column = "id"
            try:
                if number in whose:
                    whose[number] = None
                    raise CellRefused("is in the file twice")
                column = "gss"
                council = self._council(line, register, today)
                if council.pk in seen:
                    raise CellRefused("is in the file twice")
                column = "name"
                refuse_name_of_another(line.cells[column], council, register)
                standing.append((line, council, self._name(line.cells[column], council)))
                seen.add(council.pk)
                is_believed = True
            except CellRefused as error:
                refuse_as(reading, line, column, error)
            whose.setdefault(number, council if is_believed else None)
        for line, council, name in standing:
            facts: dict[str, Any] = {"official_name": name}
            try:
                facts |= self._parent(line, whose)
            except CellRefused as error:
                refuse_as(reading, line, "parent_local_authority_id", error)
            else:
                reading.state(_statement(line, council, facts))

    def _council(self, line: NamedLine, register: Register, today: date) -> Council:
        council = register.by_current_code(line.cells["gss"])
        if not existed(council, today):
            raise CellRefused(f"{council.official_name} does not exist today")
        return council

    def _name(self, value: str, council: Council) -> str:
        """The code says which council is meant: its name in other signs, without Council or with a former style is no
        fault of a list that gives no dates, and the register's stays."""
        try:
            return full_name(value, council)
        except CellRefused:
            if _without_styles(words(value)) != _without_styles(council.official_name):
                raise
            return council.official_name

    def _parent(self, line: NamedLine, whose: dict[str, Council | None]) -> dict[str, Any]:
        """The county of a district, which the file names by the number of its line. A line that was refused says nothing
        of the councils that name it."""
        number = line.cells["parent_local_authority_id"]
        if not number:
            if line.cells["tier_id"] == DISTRICT_TIER:
                raise CellRefused("a district needs a county")
            return {"parent_id": None}
        if number not in whose:
            raise CellRefused("is no line of the file")
        parent = whose[number]
        if parent is None:
            return {}
        if parent.council_type != CouncilType.COUNTY:
            raise CellRefused("is not a county of the file and of the register")
        return {"parent_id": parent.pk}
