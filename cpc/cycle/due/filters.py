"""What the due list can be narrowed to and put in order by, and the rows and numbers of a page or a file of it.

All of it reads the one statement of the rule (cpc/cycle/due/rule.py), which counts, sorts and cuts the page itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from councils.models import CouncilType
from cpc.cycle.due.forecast import Quarter, quarters_of
from cpc.cycle.due.rule import COLUMNS, Line, ask
from cpc.cycle.queries import DueRow, DueState, Standing, rows_of

# Name -> its words, and how the statement sorts by it; equals by name.
ORDERS: dict[str, tuple[str, str]] = {
    "due": ("Due date", "due_on NULLS LAST, window_on NULLS LAST,"),
    "council": ("Council", ""),
    "last": ("Last peer challenge", "last_on NULLS FIRST,"),
    "state": ("State", "array_position(%(states)s::text[], state),"),
}
# Not the database's own order of names, which hangs on how it was set up.
BY_NAME = 'name COLLATE "C", id'
# R1: councils that never had one are listed apart, so the list opens with the others.
STANDING_CHOICES = (("", "All that had one"), *Standing.choices, ("all", "All councils"))


@dataclass(frozen=True)
class DueFilter:
    """What the due list is narrowed to. Empty strings narrow nothing, but for the standing."""

    region: str = ""
    council_type: str = ""
    standing: str = ""
    state: str = ""
    order: str = "due"

    @property
    def of_councils(self) -> str:
        """As SQL: what narrows the numbers as well as the rows."""
        parts = ["region = %(region)s"] * bool(self.region) + ["council_type = %(type)s"] * bool(self.council_type)
        return " AND ".join(parts) or "true"

    @property
    def of_rows(self) -> str:
        parts = [self.of_councils]
        if self.standing == "":
            parts.append("standing <> 'never_had'")
        elif self.standing != "all":
            parts.append("standing = %(standing)s")
        if self.state:
            parts.append("state = %(state)s")
        return " AND ".join(parts)

    @property
    def sorted(self) -> str:
        return f"ORDER BY {ORDERS[self.order][1]} {BY_NAME}"

    @property
    def values(self) -> dict[str, Any]:
        return {
            "region": self.region,
            "type": self.council_type,
            "standing": self.standing,
            "state": self.state,
            "states": DueState.values,
        }


def filter_from(data: Any) -> DueFilter:
    """Anything that is not a known value narrows nothing: an address typed by hand is never an error."""

    def known(name: str, values: Any) -> str:
        return data.get(name, "") if data.get(name, "") in values else ""

    return DueFilter(
        region=data.get("region", "")[:60],
        council_type=known("type", CouncilType.values),
        standing=known("standing", dict(STANDING_CHOICES)),
        state=known("state", DueState.values),
        order=known("order", ORDERS) or "due",
    )


def due_rows(on: date, chosen: DueFilter, councils: Collection[int] | None = None) -> list[DueRow]:
    """Everything that was asked for, in its order; of all councils or, where given, of these."""
    asked = f"SELECT {COLUMNS} FROM due WHERE {chosen.of_rows} {chosen.sorted}"  # noqa: S608 - our own words
    return rows_of([Line(*row) for row in ask(asked, on, councils, **chosen.values)], on)


@dataclass(frozen=True)
class DuePage:
    """One page of the list, and what is told of all councils of the region and type, whatever their standing."""

    rows: list[DueRow]
    # How many there are on all pages.
    total: int
    of_standing: Counter[Standing]
    quarters: list[Quarter]
    # Of all councils of the day, whatever was asked for; none where there is no council.
    regions: list[str]


# One answer of several kinds: lines of the page, and numbers with a word or a day each.
PAGE = """
, chosen AS (SELECT * FROM due WHERE {of_rows}), numbered AS (SELECT * FROM due WHERE {of_councils})
SELECT 'row' AS what, NULL::text AS word, NULL::date AS day, row_number() OVER () AS number, page.*
  FROM (SELECT {columns} FROM (SELECT * FROM chosen {sorted} LIMIT %(most)s OFFSET %(start)s) due) page
UNION ALL SELECT 'total', NULL, NULL, count(*), {none} FROM chosen
UNION ALL SELECT 'standing', standing, NULL, count(*), {none} FROM numbered GROUP BY standing
UNION ALL SELECT 'opens', NULL, opens_in, count(*), {none} FROM numbered WHERE opens_in IS NOT NULL GROUP BY opens_in
UNION ALL SELECT 'falls', NULL, falls_in, count(*), {none} FROM numbered WHERE falls_in IS NOT NULL GROUP BY falls_in
UNION ALL SELECT 'region', region, NULL, count(*), {none} FROM due GROUP BY region
"""
NONE = ", ".join(["NULL"] * len(Line._fields))


def due_page(on: date, chosen: DueFilter, councils: Collection[int] | None = None, *, start: int, most: int) -> DuePage:
    # Of an adviser's councils; the regions to choose from are those of all.
    of_these = "true" if councils is None else "id = ANY(%(these)s::bigint[])"
    asked = PAGE.format(
        of_rows=f"{chosen.of_rows} AND {of_these}",
        of_councils=f"{chosen.of_councils} AND {of_these}",
        sorted=chosen.sorted,
        columns=COLUMNS,
        none=NONE,
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    values = chosen.values | {"start": start, "most": most, "these": sorted(councils or ())}
    for what, *rest in ask(asked, on, often=True, **values):
        found.setdefault(what, []).append(tuple(rest))
    lines = [Line(*line) for _, _, _, *line in sorted(found.get("row", []), key=lambda each: each[2])]
    return DuePage(
        rows=rows_of(lines, on),
        total=found["total"][0][2],
        of_standing=Counter({Standing(word): number for word, _, number, *_ in found.get("standing", [])}),
        quarters=quarters_of(
            {day: number for _, day, number, *_ in found.get("falls", [])},
            {day: number for _, day, number, *_ in found.get("opens", [])},
            on,
        ),
        regions=sorted(word for word, *_ in found.get("region", [])),
    )
