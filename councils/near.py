"""Councils that are near each other on the ground: county and district, and those that touch or lie close.

Not to be taken for the similar councils of the Office for National Statistics (NeighbourSet), which may lie at the other
end of the country. The register has no borders: it has a point near the centre of each council's population. Two councils
count as touching when no third one lies well between their points, or when the points are only some kilometres apart. A
county is as near as its districts are.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from councils.models import Council, CouncilType

# Beyond this no two councils of the mainland touch, as far as their points are apart.
FARTHEST_KM = 90.0
# A third council lies well between two when the squares of its distances to both come to less than this part of the
# square of their own distance. At 1 it would be a circle around the two; so it is a narrower lens.
BETWEEN = 0.75
KM_PER_DEGREE = 110.57
# One scale for the whole country will do: what counts is who lies between two neighbours.
KM_PER_DEGREE_EAST = 111.32 * math.cos(math.radians(53.5))

Point = tuple[float, float]


@dataclass(frozen=True)
class _Place:
    pk: int
    name: str
    is_county: bool
    county: int | None
    point: Point | None


def _places(on: date | None) -> dict[int, _Place]:
    rows = (
        Council.objects.current(on)
        .order_by()
        .values_list("pk", "name", "council_type", "parent_id", "latitude", "longitude")
    )
    return {
        pk: _Place(
            pk,
            name,
            kind == CouncilType.COUNTY,
            parent,
            None if north is None or east is None else (float(east) * KM_PER_DEGREE_EAST, float(north) * KM_PER_DEGREE),
        )
        for pk, name, kind, parent, north, east in rows
    }


def near(hosts: Iterable[Council], others: Collection[int], on: date | None = None) -> dict[int, str]:
    """Of these other councils, those near one of the hosts on this day (today by default), and how: words that follow a
    person's name. In one statement."""
    places = _places(on)
    units = [place for place in places.values() if not place.is_county and place.point is not None]
    districts: dict[int, list[_Place]] = {}
    for unit in units:
        if unit.county:
            districts.setdefault(unit.county, []).append(unit)
    found: dict[int, str] = {}
    for host in hosts:
        home = places.get(host.pk)
        for other in others:
            place = places.get(other)
            if home is None or place is None or other in found or other == host.pk:
                continue
            if words := _words(home, place, places, units, districts):
                found[other] = words
    return found


def _words(
    home: _Place,
    place: _Place,
    places: dict[int, _Place],
    units: list[_Place],
    districts: dict[int, list[_Place]],
) -> str:
    if home.county == place.pk:
        return f"is of the county council of {home.name} ({place.name})"
    if place.county == home.pk:
        return f"is of a district of {home.name} ({place.name})"
    ours = districts.get(home.pk, []) if home.is_county else [home]
    theirs = districts.get(place.pk, []) if place.is_county else [place]
    if any(_touch(one, other, units) for one in ours for other in theirs):
        return f"is of a neighbouring council ({place.name})"
    if home.county and home.county == place.county and home.county in places:
        return f"is of another district of {places[home.county].name} ({place.name})"
    return ""


def _squared(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _touch(one: _Place, other: _Place, units: list[_Place]) -> bool:
    if one.point is None or other.point is None:
        return False
    apart = _squared(one.point, other.point)
    if apart > FARTHEST_KM**2:
        return False
    if apart <= settings.COUNCILS_NEAR_KM**2:
        return True
    return not any(
        _squared(one.point, unit.point) + _squared(unit.point, other.point) < BETWEEN * apart
        for unit in units
        if unit.point is not None and unit.pk not in (one.pk, other.pk)
    )
