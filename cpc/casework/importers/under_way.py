"""Peer challenges that are under way, from a file of our own form: one line each, with all that is known of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, refuse_as
from councils.imports.matching import Register
from councils.imports.registry import register_importer
from councils.imports.tables import TABLES, Table
from councils.imports.templates import Column, read_filled
from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import STAGES, Stage
from cpc.casework.under_way.forms import PEOPLE
from cpc.casework.under_way.parts import Fact, all_facts, said
from cpc.casework.under_way.services import Doubtful, enter_under_way, entered, is_untouched, take_back_entry
from cpc.components.errors import Refused
from cpc.components.incoming.cells import CellRefused, day, one_of, words
from cpc.components.incoming.table import NamedLine

UNDER_WAY = "cpc.Case under way"
STAGE_WORDS = {text: row.stage.value for row in STAGES for text in (row.stage.value, Stage(row.stage).label)}
DAYS = {"started": "Day it began", "onsite_first": "First onsite day", "onsite_last": "Last onsite day"}
# Where a service names the field of a page, the column of the file.
COLUMN_OF = {"council": "gss_code", "joint_council": "joint_with", "confirmed": "onsite_first"}


def _help(fact: Fact) -> str:
    ends = {"day": "2026-04-01 or 01/04/2026", "lines": "several in one cell with | between them"}
    parts = [fact.label, fact.help.rstrip("."), ends.get(fact.kind, "")]
    if fact.kind == "choice":
        parts.append("one of: " + ", ".join(label for _, label in fact.choices))
    return ". ".join(part for part in parts if part) + ". May be empty"


def columns() -> tuple[Column, ...]:
    """Asked for when all stages have named their facts."""
    return (
        Column("gss_code", "The code of the council, such as E07000223"),
        Column("joint_with", "The code of the second council of a joint peer challenge; otherwise empty"),
        Column("stage", "The current stage: " + ", ".join(Stage(row.stage).label for row in STAGES)),
        *(Column(name, f"{label}: 2026-04-01 or 01/04/2026") for name, label in DAYS.items()),
        *(Column(name, f"{label}, who has an account here; may be empty") for name, label in PEOPLE.items()),
        *(Column(fact.name, _help(fact)) for fact in all_facts()),
        Column("reason", "Why it is entered only now; always shown with the peer challenge"),
    )


def value_of(fact: Fact, cell: str) -> Any:
    if fact.kind == "day":
        return day(cell)
    if fact.kind == "choice":
        return one_of(cell, {text: value for value, label in fact.choices for text in (value, label)})
    if fact.kind == "lines":
        # A cell of a CSV file or a workbook may hold lines of its own.
        return "\n".join(words(part, longest=fact.longest) for part in re.split(r"[|\n]", cell) if part.strip())
    text = words(cell, longest=fact.longest)
    if fact.kind == "address" and not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", text):
        raise CellRefused("is no web address that begins with https:// or http://")
    return text


def told_of(cells: dict[str, str]) -> dict[str, Any]:
    """Raises CellRefused with its column in `column`."""
    told: dict[str, Any] = {}
    kinds = {name: Fact(name, label, kind="day") for name, label in DAYS.items()}
    kinds |= {name: Fact(name, label, longest=254) for name, label in PEOPLE.items()}
    for fact in (*kinds.values(), *all_facts()):
        if cells.get(fact.name):
            try:
                told[fact.name] = value_of(fact, cells[fact.name])
            except CellRefused as error:
                error.column = fact.name  # type: ignore[attr-defined]
                raise
    return told


class UnderWayTable(Table):
    """A case entered under way is one row. Taken back it is cancelled, not deleted: its record stays."""

    def value_of(self, row: Case, name: str) -> Any:
        days = {"started": timezone.localdate(row.created_at), "onsite_first": row.onsite_start_on}
        days["onsite_last"] = row.onsite_end_on
        if name in days:
            on = days[name]
            return on.isoformat() if on else ""
        if name == "untouched":
            return is_untouched(row)
        return {"council_id": row.council_id, "stage": row.stage, "told": ""}[name]

    def as_value(self, values: dict[str, Any]) -> dict[str, Any]:
        """What must be as the import left it for the case to be taken back."""
        names = ("council_id", "started", "stage", "onsite_first", "onsite_last")
        return {name: values[name] for name in names if name in values} | {"untouched": True}

    def rows_of(self, scopes: Collection[Any]) -> Iterable[Case]:
        return self._all().filter(council__in=scopes)

    def rows(self, pks: Collection[int]) -> Iterable[Case]:
        return self._all().filter(pk__in=pks)

    def _all(self) -> QuerySet[Case]:
        return entered().exclude(state=CaseState.CANCELLED)

    def councils_of(self, pks: Collection[int], told: Iterable[dict[str, Any]]) -> set[int]:
        told = list(told)
        found = super().councils_of(pks, told)
        return found | {values["joint_id"] for values in told if values.get("joint_id")}

    def create(self, told: list[dict[str, Any]], by: Any) -> list[int]:
        if by is None or by.role != Role.PROGRAMME_MANAGER:
            raise Refused("Only a programme manager enters peer challenges that are under way.")
        made = []
        for values in told:
            cells = json.loads(values["told"])
            councils = Council.objects.in_bulk([pk for pk in (values["council_id"], values.get("joint_id")) if pk])
            try:
                case = enter_under_way(
                    council=councils[values["council_id"]],
                    joint_council=councils.get(values.get("joint_id") or 0),
                    stage=values["stage"],
                    told=told_of(cells),
                    reason=cells["reason"],
                    is_confirmed=True,
                    by=by,
                )
            except Refused as error:
                raise Refused(error.message) from error
            made.append(case.pk)
        return made

    def delete(self, pks: Collection[int]) -> None:
        for case in self.rows(pks):
            take_back_entry(case=case)

    def name_of(self, fact: str) -> str:
        return {"told": "what is known", "stage": "stage", "joint_id": "joint with"}.get(fact, DAYS.get(fact, fact))

    def text_of(self, fact: str, value: Any, councils: dict[int, str]) -> str:
        if not value:
            return ""
        if fact == "told":
            labels = {fact.name: fact.label for fact in all_facts()} | PEOPLE
            cells = json.loads(value)
            return "; ".join(f"{labels[name]}: {cells[name]}" for name in labels if cells.get(name))
        if fact == "joint_id":
            return councils.get(value, str(value))
        return Stage(value).label if fact == "stage" else said(date.fromisoformat(value))


class ChallengesUnderWay:
    source = "challenges_under_way"
    title = "Our template: peer challenges under way"
    endings: tuple[str, ...] = ("csv", "xlsx")

    @property
    def template(self) -> tuple[Column, ...]:
        return columns()

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        register, seen = Register(), dict[int, int]()
        for line in read_filled(content, self.template, reading):
            self._read(line, register, seen, reading)
        return reading

    def _read(self, line: NamedLine, register: Register, seen: dict[int, int], reading: Reading) -> None:
        cells, column = line.cells, "gss_code"
        try:
            council = register.by_current_code(cells[column])
            column = "joint_with"
            joint = register.by_current_code(cells[column]) if cells[column] else None
            if joint == council:
                raise CellRefused("names the council itself")
            column = "stage"
            stage = one_of(cells[column], STAGE_WORDS)
            column = "gss_code"
            for each in (council, joint):
                if each and each.pk in seen:
                    raise CellRefused(f"line {seen[each.pk]} already has a peer challenge of {each.name}")
            told = told_of(cells)
            key = (council.pk, told["started"].isoformat() if told.get("started") else "")
            if not self._stands(key, stage):
                column = self._try(line, council, joint, stage, told, reading)
        except CellRefused as error:
            refuse_as(reading, line, getattr(error, "column", column), error)
            return
        for each in (council, joint):
            if each:
                seen[each.pk] = line.number
        facts = {"stage": stage, "joint_id": joint.pk if joint else None, "told": json.dumps(cells)}
        facts |= {name: told[name].isoformat() for name in ("onsite_first", "onsite_last") if told.get(name)}
        known = self._stands(key, stage)
        text = f"{council.name}: peer challenge under way, at {Stage(stage).label}"
        reading.state(Statement(line.number, text, [Record(UNDER_WAY, key, {} if known else facts)]))

    def _stands(self, key: tuple[int, str], stage: str) -> bool:
        """Entered before from the same line: it lives on its own pages since."""
        table = TABLES[UNDER_WAY]
        return any(table.key_of(row) == key for row in table.rows_of([key[0]]))

    def _try(
        self, line: NamedLine, council: Council, joint: Council | None, stage: str, told: dict, reading: Reading
    ) -> str:
        """Enter it and take that back: whatever would refuse it refuses the line."""
        somebody = User.objects.active().filter(role=Role.PROGRAMME_MANAGER).order_by("pk").first()
        if somebody is None:
            raise CellRefused("cannot be entered: no one is a programme manager")
        asked = {"council": council, "joint_council": joint, "stage": stage, "told": told, "by": somebody}
        asked["reason"] = line.cells["reason"]
        questions: list[str] = []
        try:
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        enter_under_way(**asked)
                except Doubtful as doubt:
                    questions = doubt.questions
                    enter_under_way(**asked, is_confirmed=True)
                transaction.set_rollback(True)
        except Refused as error:
            column = COLUMN_OF.get(error.field, error.field)
            refused = CellRefused(f"{error.message[:1].lower()}{error.message[1:]}")
            refused.column = column if column in line.cells else "gss_code"  # type: ignore[attr-defined]
            raise refused from error
        for question in questions:
            reading.ask(line.number, "onsite_first", line.cells["onsite_first"], question)
        return "gss_code"


TABLES[UNDER_WAY] = UnderWayTable(
    Case, ("council_id", "started"), ("stage", "onsite_first", "onsite_last", "joint_id", "told")
)
register_importer(ChallengesUnderWay())
