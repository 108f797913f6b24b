"""The seats of a council by party after the elections of a year, by hand. Each is announced inside its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from councils.control import named_twice
from councils.events import announce
from councils.models import Council, Seats, SeatTotal
from councils.seats.queries import SeatsOfYear, seats_of
from councils.services import STALE, check_election_year, record_control
from cpc.components.errors import Refused
from cpc.components.versioned import check_version


def _check_seats(seats: Sequence[tuple[str, int]], total: int | None) -> None:
    if not seats:
        raise Refused("Enter at least one party and its seats")
    twice = named_twice([party for party, _ in seats])
    if twice is not None:
        raise Refused(f"{seats[twice][0]} is entered twice. Enter its seats once.")
    taken = sum(number for _, number in seats)
    if total is not None and taken > total:
        raise Refused(
            f"The parties have {taken} seats together, more than the {total} of the council. Correct one of the two.",
            field="total",
        )


def _words(state: SeatsOfYear) -> dict[str, Any]:
    return {"seats": [[party, number] for party, number in state.seats], "total": state.total or 0}


@transaction.atomic
def record_seats(
    *,
    council: Council,
    year: int,
    seats: Sequence[tuple[str, int]],
    total: int | None,
    control: str,
    version: int,
    by: Any,
) -> SeatsOfYear:
    """All seats of a year, in place of those recorded, and who controls the council where that is told.

    `version` is what the person had read, 0 for a year without seats. The same again changes nothing.
    """
    council = Council.objects.select_for_update().get(pk=council.pk)
    check_election_year(council, year)
    seats = [(party.strip(), number) for party, number in seats]
    control = control.strip()
    standing = seats_of(council, year)
    wanted = SeatsOfYear(year, tuple(seats), total, control or standing.control)
    is_same = sorted(standing.seats) == sorted(seats) and standing.total == total
    if is_same and wanted.control == standing.control:
        return standing
    _check_seats(seats, total)
    if standing.seats and not version:
        raise Refused(
            f"The seats after May {year} are recorded already. Change them on the page of political control and seats.",
            field="year",
        )
    check_version(standing, version, STALE)
    if control:
        record_control(council=council, year=year, control=control, by=by)
    if is_same:
        return wanted
    _write(council, wanted)
    announce(
        "seats_recorded",
        by=by,
        council=council,
        data={"year": year, **_words(wanted), "before": _words(standing)},
    )
    return wanted


def _write(council: Council, wanted: SeatsOfYear) -> None:
    Seats.objects.filter(council=council, year=wanted.year).delete()
    SeatTotal.objects.filter(council=council, year=wanted.year).delete()
    Seats.objects.bulk_create(
        Seats(council=council, year=wanted.year, party=party, number=number) for party, number in wanted.seats
    )
    if wanted.total:
        SeatTotal.objects.create(council=council, year=wanted.year, number=wanted.total)


@transaction.atomic
def remove_seats(*, council: Council, year: int, version: int, by: Any) -> bool:
    """Whether seats of the year were recorded. Who controlled the council stays."""
    council = Council.objects.select_for_update().get(pk=council.pk)
    standing = seats_of(council, year)
    if not standing.seats:
        return False
    check_version(standing, version, STALE)
    _write(council, SeatsOfYear(year))
    announce("seats_removed", by=by, council=council, data={"year": year, **_words(standing)})
    return True
