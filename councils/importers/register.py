"""The register from a file of our own form: parse -> check -> report -> apply. Nothing changes unless told to."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.db import transaction

from councils.importers.base import Refusal
from councils.models import (
    PROVISIONAL,
    Council,
    CouncilCode,
    CouncilType,
    Nation,
    Neighbour,
    NeighbourSet,
    Scheme,
    Succession,
)

DATA_FILE = Path(__file__).resolve().parent.parent / "data" / "councils.csv"
COLUMNS = [
    "gss_code", "slug", "name", "official_name", "council_type", "region", "nation", "parent_code", "population",
    "population_year", "start_on", "end_on", "successor_codes", "election_scheme", "last_ordinary_election", "latitude",
    "longitude", "nearest_any_type", "nearest_same_type", "former_codes", "rural_urban",
]  # fmt: skip
# Column -> what the register can hold.
TEXTS = {"gss_code": 9, "slug": 100, "name": 120, "official_name": 200, "region": 60, "rural_urban": 60}
OPTIONAL_TEXTS = {"rural_urban"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# What changes while a council lives, on its day: people keep it in the register, and a file that is older than what they
# entered must not take it back.
KEPT = [
    "slug", "name", "official_name", "council_type", "nation", "region", "start_on", "end_on", "election_scheme",
]  # fmt: skip


@dataclass
class Row:
    line: int
    facts: dict[str, Any]
    parent: str
    successors: list[str]
    former_codes: list[str]
    neighbours: dict[str, list[str]]
    is_refused: bool = False


@dataclass
class Result:
    """What would happen, or happened. A row counts once, however many of its facts differ."""

    rows: list[Row] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    unchanged: int = 0


def parse(path: Path) -> Result:
    """Read and check every row; a bad one is refused by line, column, value and reason, the others stand."""
    result = Result()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            result.refusals.append(
                Refusal(1, "header", ",".join(reader.fieldnames or []), "expected " + ",".join(COLUMNS))
            )
            return result
        raw_rows = []
        for raw in reader:
            # DictReader names what is too much None, and fills what is missing with None.
            if None in raw or None in raw.values():
                reason = f"has not the {len(COLUMNS)} columns of the header"
                result.refusals.append(Refusal(reader.line_num, "row", str(raw["gss_code"]), reason))
            else:
                raw_rows.append((reader.line_num, {key: value.strip() for key, value in raw.items()}))
    known = {raw["gss_code"] for _, raw in raw_rows}
    seen: set[tuple[str, str]] = set()
    for line, raw in raw_rows:
        row = _parse_row(line, raw, known, seen, result.refusals)
        if row:
            result.rows.append(row)
    return result


def _parse_row(
    line: int, raw: dict[str, str], known: set[str], seen: set[tuple[str, str]], refusals: list[Refusal]
) -> Row | None:
    before = len(refusals)

    def refuse(column: str, reason: str) -> None:
        refusals.append(Refusal(line, column, raw[column], reason))

    for column, maximum in TEXTS.items():
        if not raw[column] and column not in OPTIONAL_TEXTS:
            refuse(column, "is empty")
        elif len(raw[column]) > maximum:
            refuse(column, f"is longer than {maximum} characters")
        elif not raw[column].isprintable():
            refuse(column, "holds characters that cannot be printed")
    if raw["slug"] and not SLUG.fullmatch(raw["slug"]):
        refuse("slug", "may hold small letters, digits and hyphens only")
    if raw["gss_code"].startswith(PROVISIONAL):
        refuse("gss_code", "is a provisional code of this service, not one that was given out")
    for column in ("gss_code", "slug"):
        if (column, raw[column]) in seen:
            refuse(column, "stands twice in the file")
        seen.add((column, raw[column]))
    for column, allowed in (
        ("council_type", CouncilType.values),
        ("nation", Nation.values),
        ("election_scheme", ["", *Scheme.values]),
    ):
        if raw[column] not in allowed:
            refuse(column, "is not one of " + ", ".join(value for value in allowed if value))
    facts: dict[str, Any] = {
        name: raw[name]
        for name in (
            "slug",
            "name",
            "official_name",
            "council_type",
            "region",
            "nation",
            "election_scheme",
            "rural_urban",
        )
    }
    for column, maximum in (("population", 99_999_999), ("population_year", 2200), ("last_ordinary_election", 2200)):
        facts[column] = None
        if raw[column]:
            if raw[column].isascii() and raw[column].isdigit() and int(raw[column][:12]) <= maximum:
                facts[column] = int(raw[column])
            else:
                refuse(column, f"is not a whole number up to {maximum}")
    for column in ("start_on", "end_on"):
        facts[column] = None
        if raw[column]:
            try:
                facts[column] = date.fromisoformat(raw[column])
            except ValueError:
                refuse(column, "is not a date like 1974-04-01")
    if facts["start_on"] and facts["end_on"] and facts["end_on"] < facts["start_on"]:
        refuse("end_on", "lies before start_on")
    for column, maximum in (("latitude", 90), ("longitude", 180)):
        facts[column] = None
        if raw[column]:
            try:
                facts[column] = Decimal(raw[column]).quantize(Decimal("0.0001"))
                if not abs(facts[column]) <= maximum:
                    refuse(column, f"is not between -{maximum} and {maximum}")
            except InvalidOperation:
                refuse(column, "is not a number")
    lists = {
        name: raw[name].split() for name in ("successor_codes", "nearest_any_type", "nearest_same_type", "former_codes")
    }
    for column in ("successor_codes", "nearest_any_type", "nearest_same_type"):
        for code in lists[column]:
            if code not in known:
                refuse(column, f"{code} is not in the file")
    for code in lists["former_codes"]:
        if len(code) > 9:
            refuse("former_codes", f"{code} is longer than 9 characters")
    for column in ("successor_codes", "nearest_any_type", "nearest_same_type", "former_codes"):
        if len(set(lists[column])) < len(lists[column]):
            refuse(column, "names the same council twice")
    if lists["successor_codes"] and not raw["end_on"]:
        refuse("successor_codes", "a council that is followed needs an end_on")
    if raw["parent_code"] and raw["parent_code"] not in known:
        refuse("parent_code", "is not in the file")
    if raw["gss_code"] in lists["successor_codes"]:
        refuse("successor_codes", "a council does not follow itself")
    if len(refusals) > before:
        return None
    return Row(
        line=line,
        facts=facts | {"gss_code": raw["gss_code"]},
        parent=raw["parent_code"],
        successors=lists["successor_codes"],
        former_codes=lists["former_codes"],
        neighbours={NeighbourSet.ANY: lists["nearest_any_type"], NeighbourSet.SAME_TYPE: lists["nearest_same_type"]},
    )


@transaction.atomic
def load(path: Path = DATA_FILE, *, apply: bool = False) -> Result:
    """Load the file; without `apply` everything is tried and rolled back. The same file twice changes nothing.

    Of a council that stands in the register already, what is counted or measured is taken. What people keep there stays:
    a difference is refused and named, for somebody to enter with its day. `in_programme` is set for new councils only:
    English ones are in, others are not.
    """
    result = parse(path)
    councils, slugs = _standing()
    added: set[str] = set()
    touched: set[str] = set()
    for row in result.rows:
        code, slug = row.facts["gss_code"], row.facts["slug"]
        if code in councils:
            if _update(councils[code], row, result):
                touched.add(code)
        elif slug in slugs:
            result.refusals.append(Refusal(row.line, "slug", slug, f"belongs to {slugs[slug]} in the register"))
            row.is_refused = True
        else:
            councils[code] = Council(**row.facts, in_programme=row.facts["nation"] == Nation.ENGLAND)
            added.add(code)
    Council.objects.bulk_create(councils[code] for code in councils if code in added)
    result.rows = [row for row in result.rows if not row.is_refused]
    for row in result.rows:
        _set_parent(row, councils, result, is_new=row.facts["gss_code"] in added)
    _add_codes_and_successions(result.rows, councils, added)
    touched |= _sync_neighbours(result.rows, councils)
    result.added = len(added)
    result.changed = len(touched - added)
    result.unchanged = len(result.rows) - result.added - result.changed
    if not apply:
        transaction.set_rollback(True)
    return result


def _standing() -> tuple[dict[str, Council], dict[str, str]]:
    """The register's councils by code, also by one that they had before; and the code by slug."""
    locked = list(Council.objects.select_for_update())
    by_id = {council.pk: council for council in locked}
    councils = {former.code: by_id[former.council_id] for former in CouncilCode.objects.all()}
    councils |= {council.gss_code: council for council in locked}
    return councils, {council.slug: council.gss_code for council in locked}


def _stays(result: Result, row: Row, column: str, value: Any, held: Any) -> None:
    reason = f"stands as {str(held if held is not None else '')!r} in the register, where it is kept"
    result.refusals.append(Refusal(row.line, column, str(value if value is not None else ""), reason))


def _update(council: Council, row: Row, result: Result) -> bool:
    """Take what is counted or measured, and name what stays; gives whether anything changed."""
    different = {name: value for name, value in row.facts.items() if getattr(council, name) != value}
    for name in [name for name in different if name in {"gss_code", *KEPT}]:
        _stays(result, row, name, different.pop(name), getattr(council, name))
    for name, value in different.items():
        setattr(council, name, value)
    if different:
        council.version += 1
        council.save(update_fields=[*different, "version"])
    return bool(different)


def _set_parent(row: Row, councils: dict[str, Council], result: Result, *, is_new: bool) -> None:
    council, parent = councils[row.facts["gss_code"]], councils.get(row.parent)
    if council.parent_id == (parent.pk if parent else None):
        return
    if is_new:
        council.parent = parent
        council.save(update_fields=["parent"])
    else:
        held = next((each.gss_code for each in councils.values() if each.pk == council.parent_id), "")
        _stays(result, row, "parent_code", row.parent, held)


def _add_codes_and_successions(rows: list[Row], councils: dict[str, Council], added: set[str]) -> None:
    """Of new councils only: people enter and remove those of the others."""
    CouncilCode.objects.bulk_create(
        CouncilCode(council=councils[row.facts["gss_code"]], code=code)
        for row in rows
        for code in row.former_codes
        if row.facts["gss_code"] in added
    )
    Succession.objects.bulk_create(
        [
            Succession(
                predecessor=councils[row.facts["gss_code"]],
                successor=councils[code],
                on=row.facts["end_on"] + timedelta(days=1),
            )
            for row in rows
            for code in row.successors
            if code in councils and {row.facts["gss_code"], code} & added
        ]
    )


def _sync_neighbours(rows: list[Row], councils: dict[str, Council]) -> set[str]:
    """The lists of the councils in the file, as it tells them; gives the codes of those whose lists changed. A council that
    is not in the file, or whose row was refused, keeps what it has."""
    told = {
        (councils[row.facts["gss_code"]].pk, kind): {
            rank: councils[code].pk for rank, code in enumerate(near, start=1) if code in councils
        }
        for row in rows
        for kind, near in row.neighbours.items()
    }
    held: dict[tuple[int, str], dict[int, int]] = {}
    # Other sets are of other sources, and nobody's business here.
    own_sets = Neighbour.objects.filter(set__in=[NeighbourSet.ANY, NeighbourSet.SAME_TYPE])
    for each in own_sets.filter(council__in={council for council, _ in told}):
        held.setdefault((each.council_id, each.set), {})[each.rank] = each.neighbour_id
    different: dict[tuple[int, str], dict[int, int]] = {}
    for (council, kind), near in told.items():
        standing = held.get((council, kind), {})
        if kind == NeighbourSet.ANY and near:
            # A list that goes on where the register's ends is from the ONS itself, and stays.
            standing = {rank: other for rank, other in standing.items() if rank <= max(near)}
        if standing != near:
            different[council, kind] = near
    for kind in (NeighbourSet.ANY, NeighbourSet.SAME_TYPE):
        Neighbour.objects.filter(set=kind, council__in=[pk for pk, which in different if which == kind]).delete()
    Neighbour.objects.bulk_create(
        Neighbour(council_id=council, set=kind, rank=rank, neighbour_id=other)
        for (council, kind), near in different.items()
        for rank, other in near.items()
    )
    changed = {council for council, _ in different}
    return {row.facts["gss_code"] for row in rows if councils[row.facts["gss_code"]].pk in changed}
