"""The seats of a council by party and year, beside who controlled it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from councils.control import contradiction
from councils.models import Council, PoliticalControl, Seats, SeatTotal


@dataclass(frozen=True)
class SeatsOfYear:
    """What is recorded of the time after the elections of a year."""

    year: int
    seats: tuple[tuple[str, int], ...] = ()
    # How many seats the council has; None where nobody knows.
    total: int | None = None
    control: str = ""

    @property
    def taken(self) -> int:
        return sum(number for _, number in self.seats)

    @property
    def vacant(self) -> int:
        """Or held by somebody who is not told."""
        return self.total - self.taken if self.total else 0

    @property
    def problem(self) -> str:
        """What the seats say against the control."""
        return contradiction(self.control, self.seats, self.total)

    @property
    def version(self) -> int:
        """What somebody has read who would change it; 0 where no seats are recorded."""
        if not self.seats:
            return 0
        words = repr((sorted(self.seats), self.total, self.control))
        return zlib.crc32(words.encode()) % (2**31 - 1) + 1 if words else 0


def years_of(council: Council) -> list[SeatsOfYear]:
    """Every year of which seats or control are recorded, latest first. Three statements."""
    controls = dict(PoliticalControl.objects.filter(council=council).values_list("year", "control"))
    totals = dict(SeatTotal.objects.filter(council=council).values_list("year", "number"))
    seats: dict[int, list[tuple[str, int]]] = {}
    rows = Seats.objects.filter(council=council).order_by("-number", "party").values_list("year", "party", "number")
    for year, party, number in rows:
        seats.setdefault(year, []).append((party, number))
    return [
        SeatsOfYear(year, tuple(seats.get(year, ())), totals.get(year), controls.get(year, ""))
        for year in sorted({*controls, *seats}, reverse=True)
    ]


def seats_of(council: Council, year: int) -> SeatsOfYear:
    """One statement."""
    rows = Seats.objects.filter(council=OuterRef("pk"), year=year).order_by("-number", "party")
    total = SeatTotal.objects.filter(council=OuterRef("pk"), year=year).values("number")
    control = PoliticalControl.objects.filter(council=OuterRef("pk"), year=year).values("control")
    found = Council.objects.filter(pk=council.pk).values_list(
        ArraySubquery(rows.values(row=JSONObject(party="party", number="number"))), Subquery(total), Subquery(control)
    )
    seats, number, words = found.get()
    # No list at all for a year that no column holds.
    return SeatsOfYear(year, tuple((row["party"], row["number"]) for row in seats or ()), number, words or "")


def latest_seats(council: Council) -> SeatsOfYear | None:
    """Of the last year of which seats are recorded."""
    year = Seats.objects.filter(council=council).order_by("-year").values_list("year", flat=True).first()
    return seats_of(council, year) if year is not None else None
