"""Whom the LGA writes to at each council, from a file of our own form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, refuse_as
from councils.imports.matching import Register
from councils.imports.templates import Column, read_filled
from councils.models import Contact, ContactRole, Council
from cpc.components.incoming.cells import CellRefused, day, one_of, refuse_formula, words
from cpc.components.incoming.table import NamedLine
from cpc.components.spreadsheets import without_guard
from cpc.components.text import NotAnAddress, email_address

ROLES = {value: value for value in ContactRole.values} | {label: value for value, label in ContactRole.choices}
TELEPHONE = re.compile(r"\+?[0-9 ()./-]{5,30}( ?(ext|x)\.? ?[0-9]{1,6})?", re.IGNORECASE)

# Council, role, address in small letters.
Place = tuple[int, str, str]


@dataclass
class Row:
    line: NamedLine
    council: Council
    role: str
    email: str
    started_on: date
    facts: dict[str, Any]

    @property
    def place(self) -> Place:
        return self.council.pk, self.role, self.email.lower()


class Contacts:
    source = "contacts"
    title = "Our template: contacts of councils"
    endings: tuple[str, ...] = ("csv", "xlsx")
    template = (
        Column("gss_code", "The code of the council, such as E07000223"),
        Column("role", "Leader, Chief executive, Peer challenge coordinator or Democratic services"),
        Column("name", "The person's name"),
        Column("email", "Their email address"),
        Column("telephone", "May be empty"),
        Column("first_day", "The day from which the LGA writes to them, such as 2026-05-20 or 20/05/2026"),
        Column("last_day", "The last such day; empty if there is none"),
    )

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        self.check(self.parse(content, reading), reading)
        return reading

    def parse(self, content: bytes, reading: Reading) -> list[Row]:
        register = Register()
        rows = []
        for line in read_filled(content, self.template, reading):
            cells, column = line.cells, ""
            try:
                column = "gss_code"
                council = register.by_current_code(cells[column])
                column = "role"
                role = one_of(cells[column], ROLES)
                column = "name"
                facts: dict[str, Any] = {"name": words(cells[column], longest=150)}
                if not cells[column]:
                    raise CellRefused("is empty: enter the person's name")
                column = "email"
                email = _address(cells[column])
                column = "telephone"
                if cells[column]:
                    facts["phone"] = _telephone(cells[column])
                column = "first_day"
                started_on = day(cells[column])
                column = "last_day"
                if cells[column]:
                    facts["ended_on"] = day(cells[column])
                    if facts["ended_on"] < started_on:
                        raise CellRefused("lies before the first day")
            except CellRefused as error:
                refuse_as(reading, line, column, error)
            else:
                rows.append(Row(line, council, role, email, started_on, facts))
        return rows

    def check(self, rows: list[Row], reading: Reading) -> None:
        """An address stands once for a role of a council, while it is in use."""
        held: dict[Place, dict[date, Contact]] = {}
        for contact in Contact.objects.filter(council__in={row.council.pk for row in rows}):
            place = (contact.council_id, contact.role, contact.email.lower())
            held.setdefault(place, {})[contact.started_on] = contact
        # First day of the contact that is in use, for each place.
        in_use = {
            place: on for place, found in held.items() for on, contact in found.items() if contact.ended_on is None
        }
        seen: dict[tuple[Place, date], int] = {}
        # Whoever leaves makes room for whoever comes, in whatever order the lines stand.
        for row in sorted(rows, key=lambda row: (row.started_on not in held.get(row.place, {}), row.line.number)):
            place, known = row.place, held.get(row.place, {}).get(row.started_on)
            ended_on = row.facts.get("ended_on", known.ended_on if known else None)
            try:
                if (place, row.started_on) in seen:
                    raise CellRefused(f"line {seen[place, row.started_on]} already has this address and day")
                if ended_on is None and in_use.get(place, row.started_on) != row.started_on:
                    raise CellRefused(f"is in use for this role since {in_use[place]:%-d %B %Y}")
            except CellRefused as error:
                refuse_as(reading, row.line, "email", error)
                continue
            seen[place, row.started_on] = row.line.number
            if ended_on is None:
                in_use[place] = row.started_on
            elif in_use.get(place) == row.started_on:
                del in_use[place]
            email = known.email if known else row.email
            reading.state(
                Statement(
                    line=row.line.number,
                    text=f"{row.council.name}: {ContactRole(row.role).label}, {email}",
                    records=[Record("councils.Contact", (row.council.pk, row.role, email, row.started_on), row.facts)],
                )
            )


def _telephone(value: str) -> str:
    # A number may begin with a plus, which is no formula here; our own files guard it as one.
    number = without_guard(value)
    if not TELEPHONE.fullmatch(number):
        raise CellRefused("is not a telephone number")
    if number.lstrip("(")[:1] not in {"0", "+"}:
        raise CellRefused("begins with neither 0 nor +: a spreadsheet may have taken the 0 away")
    return number


def _address(value: str) -> str:
    refuse_formula(value)
    try:
        return email_address(value)
    except NotAnAddress as error:
        raise CellRefused("is not an email address") from error
