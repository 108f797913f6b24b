"""Reorganisations as somebody enters them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from councils.models import Council, Reorganisation, Succession
from councils.reorganisations import services

EAST = {"elmbridge", "epsom-and-ewell", "mole-valley", "reigate-and-banstead", "tandridge"}
WEST = {"guildford", "runnymede", "spelthorne", "surrey-heath", "waverley", "woking"}


def make_draft(
    by: Any,
    new: dict[str, Collection[Council]] | None = None,
    *,
    name: str = "Exampleshire 2028",
    vesting_on: date = date(2028, 4, 1),
    kind: str = "merger",
) -> Reorganisation:
    """A draft with new councils, each with those that it follows."""
    draft = services.create_reorganisation(name=name, vesting_on=vesting_on, source="", notes="", by=by)
    for each, predecessors in (new or {}).items():
        successor = services.add_successor(
            reorganisation=draft,
            name=each,
            official_name=f"{each} Council",
            council_type="unitary",
            region=next(iter(predecessors)).region if predecessors else "North East",
            slug="",
            by=by,
        )
        if predecessors:
            services.add_predecessors(successor=successor, predecessors=predecessors, kind=kind, by=by)
    draft.refresh_from_db()
    return draft


def unmake_surrey() -> None:
    """The loaded register before anybody knew that Surrey would be reorganised."""
    Succession.objects.filter(on=date(2027, 4, 1)).delete()
    Council.objects.filter(start_on=date(2027, 4, 1)).delete()
    Council.objects.filter(end_on=date(2027, 3, 31)).update(end_on=None)


def make_surrey(by: Any) -> Reorganisation:
    found = {each.slug: each for each in Council.objects.filter(slug__in=EAST | WEST | {"surrey"})}
    return make_draft(
        by,
        {
            "East Surrey": [found[slug] for slug in EAST | {"surrey"}],
            "West Surrey": [found[slug] for slug in WEST | {"surrey"}],
        },
        name="Surrey 2027",
        vesting_on=date(2027, 4, 1),
    )
