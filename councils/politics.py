"""Who runs a council today, as far as the register says: the latest control on record, and the groups with seats."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from councils.control import is_no_overall_control, party_key
from councils.models import Council, PoliticalControl, Seats


@dataclass(frozen=True)
class Politics:
    """Of one council: the latest control on record, in its words, and the parties with seats after its latest elections."""

    control: str
    seats: tuple[tuple[int, str], ...]


def politics_of(councils: Collection[int]) -> dict[int, Politics]:
    """Council -> who runs it, in one statement; without words where the register has none."""
    latest = PoliticalControl.objects.filter(council=OuterRef("pk")).order_by("-year").values("control")[:1]
    last_year = Seats.objects.filter(council=OuterRef("council")).order_by("-year").values("year")[:1]
    seats = Seats.objects.filter(council=OuterRef("pk"), year=Subquery(last_year), number__gt=0).order_by()
    rows = (
        Council.objects.filter(pk__in=councils)
        .order_by()
        .values_list(
            "pk", Subquery(latest), ArraySubquery(seats.values(row=JSONObject(number="number", party="party")))
        )
    )
    return {
        pk: Politics(control or "", tuple((row["number"], row["party"]) for row in held)) for pk, control, held in rows
    }


def any_in_no_overall_control(councils: Iterable[Politics]) -> bool:
    """R19, of the councils of one challenge together."""
    return any(each.control and is_no_overall_control(each.control) for each in councils)


def groups_of(councils: Iterable[Politics]) -> list[str]:
    """The parties with seats, the largest first; each once, however it is written."""
    found: dict[str, str] = {}
    for _, party in sorted((-number, party) for each in councils for number, party in each.seats):
        found.setdefault(party_key(party), party)
    return list(found.values())
