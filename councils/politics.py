"""Who runs a council today, as far as the register says: the latest control on record, and the groups with seats."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import OuterRef, Subquery

from councils.controls import is_no_overall_control, party_key
from councils.models import PoliticalControl, Seats


def controls_of(councils: Collection[int]) -> dict[int, str]:
    """Council -> the latest control on record, in its words; a council that has none is left out."""
    latest = PoliticalControl.objects.filter(council__in=councils).order_by("council", "-year").distinct("council")
    return dict(latest.values_list("council", "control"))


def any_in_no_overall_control(controls: dict[int, str]) -> bool:
    """R19, of the councils of one challenge together."""
    return any(is_no_overall_control(control) for control in controls.values())


def groups_of(councils: Collection[int]) -> list[str]:
    """The parties with seats after the latest elections on record, the largest first; each once, however it is written."""
    latest = Seats.objects.filter(council=OuterRef("council")).order_by("-year").values("year")[:1]
    seats = Seats.objects.filter(council__in=councils, year=Subquery(latest), number__gt=0)
    found: dict[str, str] = {}
    for party in seats.order_by("-number", "party").values_list("party", flat=True):
        found.setdefault(party_key(party), party)
    return list(found.values())
