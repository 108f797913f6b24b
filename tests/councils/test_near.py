"""Pairs of councils whose relation on the ground everybody knows, with the points of the register that is delivered."""

import csv
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from councils.models import Council, Neighbour, NeighbourSet
from councils.near import near
from tests.counting import count_queries
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 30)
REGISTER = Path(__file__).parents[2] / "councils" / "data" / "councils.csv"


@pytest.fixture
def councils():
    with REGISTER.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    made = {
        row["slug"]: Council(
            gss_code=row["gss_code"],
            slug=row["slug"],
            name=row["name"],
            official_name=row["official_name"],
            council_type=row["council_type"],
            nation=row["nation"],
            region=row["region"],
            start_on=row["start_on"] or None,
            end_on=row["end_on"] or None,
            latitude=row["latitude"] or None,
            longitude=row["longitude"] or None,
        )
        for row in rows
    }
    Council.objects.bulk_create(made.values())
    by_code = {council.gss_code: council for council in made.values()}
    for row in rows:
        made[row["slug"]].parent = by_code.get(row["parent_code"])
    Council.objects.bulk_update(made.values(), ["parent"])
    return made


PAIRS = [
    # host, the council of a peer, what is said of the peer
    ("leeds", "bradford", "is of a neighbouring council (Bradford)"),
    ("kent", "sevenoaks", "is of a district of Kent (Sevenoaks)"),
    ("sevenoaks", "kent", "is of the county council of Sevenoaks (Kent)"),
    ("sevenoaks", "thanet", "is of another district of Kent (Thanet)"),
    ("guildford", "woking", "is of a neighbouring council (Woking)"),
    # Counties, and a county and a council beside it, touch through their districts.
    ("devon", "cornwall", "is of a neighbouring council (Cornwall)"),
    ("kent", "east-sussex", "is of a neighbouring council (East Sussex)"),
    ("surrey", "sevenoaks", "is of a neighbouring council (Sevenoaks)"),
    ("gateshead", "newcastle-upon-tyne", "is of a neighbouring council (Newcastle upon Tyne)"),
    ("leeds", "plymouth", ""),
    ("cornwall", "northumberland", ""),
    ("kent", "lancashire", ""),
    ("camden", "croydon", ""),
]


def test_known_pairs_are_told_by_what_they_are(councils):
    said = {
        (host, other): near([councils[host]], [councils[other].pk], ON).get(councils[other].pk, "")
        for host, other, _ in PAIRS
    }
    assert said == {(host, other): words for host, other, words in PAIRS}


def test_it_costs_one_statement_however_many_are_asked_about(councils):
    hosts = [councils["kent"], councils["medway"]]
    some, many = ([council.pk for council in list(councils.values())[:number]] for number in (1, 30))
    assert count_queries(lambda: near(hosts, some, ON)) == count_queries(lambda: near(hosts, many, ON)) == 1


def test_similar_by_figures_is_not_near_and_a_council_that_is_no_more_is_not_either(councils):
    Neighbour.objects.create(council=councils["leeds"], neighbour=councils["plymouth"], set="any", rank=1)
    assert near([councils["leeds"]], [councils["plymouth"].pk], ON) == {}
    assert near([councils["guildford"]], [councils["woking"].pk], date(2029, 1, 1)) == {}


def test_the_page_of_a_council_calls_them_similar_and_not_near(councils, client_for):
    council, other = councils["leeds"], councils["plymouth"]
    Neighbour.objects.create(council=council, neighbour=other, set=NeighbourSet.SAME_TYPE, rank=1)
    page = client_for(make_user("programme_manager")).get(reverse("councils:detail", args=[council.slug]))
    text = page.content.decode()
    assert "Similar councils of its type" in text and other.name in text
    assert "Nearest" not in text and "eighbour" not in text
