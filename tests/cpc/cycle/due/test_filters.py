"""Rows, orders and numbers of the due list's page and files: the database sorts and counts what the list itself says."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection

from councils.models import Council, Succession
from cpc.cycle.due.exports import cells
from cpc.cycle.due.filters import ORDERS, DueFilter, due_page, due_rows
from cpc.cycle.due.forecast import forecast
from cpc.cycle.models import Trigger
from cpc.cycle.queries import DueState, Standing, due_list
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge, make_conversation, make_prompt, make_trigger

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 26)
SORTED = {
    "due": lambda row: (row.due_on or date.max, row.window_on or date.max),
    "council": lambda row: (),
    "last": lambda row: row.last.on if row.last else date.min,
    "state": lambda row: DueState.values.index(row.state),
}


def takes(chosen: DueFilter, row) -> bool:
    if chosen.standing == "" and row.standing == Standing.NEVER_HAD:
        return False
    return chosen.standing in ("", "all", row.standing) and chosen.state in ("", row.state)


def of_councils(chosen: DueFilter, row) -> bool:
    return chosen.region in ("", row.council.region) and chosen.council_type in ("", row.council.council_type)


def some_history(dice: random.Random) -> list[Council]:
    person = make_user()

    def any_day() -> date:
        return date(2014, 1, 1) + timedelta(days=dice.randrange(4800))

    councils = [
        make_council(
            name=f"{dice.choice(['Ä', 'a', 'A', 'Z', 'St. ', 'St '])}bury {number % 12}",
            region=dice.choice(["London", "North East"]),
            council_type=dice.choice(["unitary", "county"]),
            start_on=dice.choice([None, None, any_day()]),
            end_on=dice.choice([None, None, date(2027, 3, 31)]),
        )
        for number in range(30)
    ]
    for before, after in pairwise(councils[:5]):
        Succession.objects.create(predecessor=before, successor=after, on=any_day(), kind="continues")
    # Who carries on from whom may go round in a circle by mistake: that must not go on for ever.
    Succession.objects.create(predecessor=councils[4], successor=councils[0], on=any_day(), kind="continues")
    for _ in range(40):
        make_challenge(
            dice.choice(councils),
            any_day(),
            joint=tuple(dice.sample(councils, dice.choice([0, 1]))),
            onsite_precision=dice.choice(["day", "month", "year"]),
        )
    for council in dice.sample(councils, 15):
        make_conversation(council, any_day(), recorded_by=person)
        make_prompt(council, any_day())
        make_trigger(council, any_day())
        make_booked(council, any_day(), end_on=dice.choice([None, any_day()]))
    return councils


@pytest.mark.parametrize("seed", range(3))
def test_a_page_holds_what_the_list_says_sorted_and_counted(seed):
    dice = random.Random(seed)
    councils = some_history(dice)
    every = due_list(ON)
    assert [row.council.name for row in every] == sorted(row.council.name for row in every)
    for order in ORDERS:
        for _ in range(6):
            chosen = DueFilter(
                region=dice.choice(["", "", "London", "Nowhere"]),
                council_type=dice.choice(["", "", "county"]),
                standing=dice.choice(["", "all", *Standing.values]),
                state=dice.choice(["", "", "", *DueState.values]),
                order=order,
            )
            these = dice.choice([None, {council.pk for council in dice.sample(councils, 12)}])
            counted = [row for row in every if of_councils(chosen, row) and (these is None or row.council.pk in these)]
            wanted = sorted((row for row in counted if takes(chosen, row)), key=SORTED[order])
            assert due_rows(ON, chosen, these) == wanted
            for start in (0, 5):
                page = due_page(ON, chosen, these, start=start, most=5)
                assert page.rows == wanted[start : start + 5]
                assert [cells(row) for row in page.rows] == [cells(row) for row in wanted[start : start + 5]]
                assert page.total == len(wanted)
                assert page.of_standing == Counter(row.standing for row in counted)
                assert page.quarters == forecast(counted, ON)
                assert page.regions == sorted({row.council.region for row in every})


def test_a_page_costs_two_statements_with_one_council_and_with_three():
    def ask() -> int:
        return count_queries(lambda: due_page(ON, DueFilter(standing="all"), start=0, most=25))

    found = []
    for number in (1, 3):
        for _ in range(number):
            council = make_council()
            make_challenge(council, date(2022, 6, 10))
            make_trigger(council, date(2026, 6, 10))
        found.append(ask())
    assert found == [2, 2]


def test_what_somebody_changed_a_moment_ago_is_in_it_by_whatever_way_it_came():
    council = make_council(name="Alderham")
    make_challenge(council, date(2022, 6, 10))
    first = due_list(ON)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cpc_case SET cycle_start_on = '2023-02-28'")
    assert first[0].due_on == date(2027, 6, 10)
    assert due_list(ON)[0].due_on == date(2028, 2, 28)
    make_trigger(council, date(2026, 1, 1))
    assert len(due_list(ON)[0].reasons) == 2
    Trigger.objects.all().delete()
    assert len(due_list(ON)[0].reasons) == 1


def test_a_day_on_which_there_is_no_council():
    page = due_page(ON, DueFilter(), start=0, most=25)
    assert (page.rows, page.total, page.regions) == ([], 0, [])
