"""Where a council lies: one rule for every file that tells it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import cos, hypot, radians

from councils.models import Council
from cpc.components.incoming.cells import CellRefused

# From Scilly to Shetland, from Fermanagh to Lowestoft, and some miles of sea.
SOUTH, NORTH, WEST, EAST = (Decimal(each) for each in ("49.5", "61.5", "-9", "2.5"))
KM_A_DEGREE = 111.2
FARTHEST_KM = 25

Place = tuple[Decimal, Decimal]


def place_of(latitude: str, longitude: str) -> Place | None:
    """Both or neither. Raises CellRefused for what is no place in the United Kingdom: swapped, 0 and 0, or far away."""
    if not latitude and not longitude:
        return None
    if not latitude or not longitude:
        raise CellRefused("needs its longitude" if latitude else "needs its latitude")
    try:
        north, east = (Decimal(each).quantize(Decimal("0.0001")) for each in (latitude, longitude))
    except InvalidOperation as error:
        raise CellRefused("is not a number, or its longitude is not") from error
    if not (north.is_finite() and east.is_finite() and SOUTH <= north <= NORTH and WEST <= east <= EAST):
        raise CellRefused("with its longitude is no place in the United Kingdom")
    return north, east


def refuse_far_away(council: Council, place: Place) -> None:
    """From where the register has it: a council does not move."""
    if council.latitude is None or council.longitude is None:
        return
    north = float(place[0])
    apart = hypot(north - float(council.latitude), (float(place[1] - council.longitude)) * cos(radians(north)))
    if apart * KM_A_DEGREE > FARTHEST_KM:
        raise CellRefused(
            f"with its longitude lies {apart * KM_A_DEGREE:.0f} km from where the register has the council"
        )
