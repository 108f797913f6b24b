from datetime import date

import pytest
import time_machine
from django.apps import apps

from councils.imports.loading import load
from councils.models import Council
from councils.reorganisations.enactment import put_in_force
from cpc.audit.models import Event
from cpc.components.errors import Refused
from cpc.cycle.queries import due_list
from cpc.deadlines.models import Deadline
from cpc.reorganisations.queries import effect_of
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge
from tests.factories.reorganisation import make_draft, make_surrey, unmake_surrey

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 26)
VESTING = date(2028, 4, 1)


@pytest.fixture
def manager():
    return make_user("programme_manager")


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-26 12:00"):
        yield


def whole_database():
    """Every row of ours, as text."""
    return {
        model._meta.label: sorted(map(str, model._base_manager.values_list()))
        for app in ("councils", "cpc", "teams", "assessments")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }


def told(rows):
    """Rows without the keys, which a trial gives out anew."""
    return [
        (
            row.council.slug,
            row.on,
            row.standing,
            row.state,
            row.last,
            row.window_on,
            row.due_on,
            row.reasons,
            row.warnings,
        )
        for row in rows
    ]


def quarters(rows):
    return {each.text: each.due for each in rows if each.due}


def test_two_councils_become_one(manager):
    alder, birch, cedar = make_council(name="Alder"), make_council(name="Birch"), make_council(name="Cedar")
    make_challenge(alder, date(2024, 5, 14))
    make_challenge(birch, date(2022, 6, 1))
    make_challenge(cedar, date(2024, 5, 14))
    draft = make_draft(manager, {"Newshire": [alder, birch]})
    before = whole_database()
    effect = effect_of(draft, TODAY)
    assert whole_database() == before
    # Due in May 2029, after the end; Birch is due in June 2027, before it, and stays due.
    assert [row.council.name for row in effect.lose_due_date] == ["Alder"]
    assert {row.council.name: row.due_on for row in effect.rows_after} == {
        "Alder": None,
        "Birch": date(2027, 6, 1),
        "Cedar": date(2029, 5, 14),
    }
    assert [(row.council.name, row.due_on, row.window_on) for row in effect.rows_of_new] == [
        ("Newshire", date(2032, 4, 1), date(2031, 4, 1))
    ]
    # The day before 1 April 2028 is less than eighteen months off.
    assert [(row.council.name, row.warnings) for row in effect.warned] == [
        ("Alder", ("ends on 31 March 2028",)),
        ("Birch", ("ends on 31 March 2028",)),
    ]
    assert [row.council.name for row in effect.rows_at_vesting] == ["Cedar", "Newshire"]
    before, after = effect.quarters
    assert quarters(before) == {"April to June 2027": 1, "April to June 2029": 2}
    assert quarters(after) == {"April to June 2027": 1, "April to June 2029": 1}
    # Two due are the whole height in both plots.
    assert [max(each.height for each in plot) for plot in effect.quarters] == [160, 80]


def test_what_it_falls_on(manager):
    alder, birch, cedar = make_council(name="Alder"), make_council(name="Birch"), make_council(name="Cedar")
    over = make_booked(alder, date(2026, 9, 1), end_on=date(2028, 5, 4))
    within = make_booked(birch, date(2026, 9, 1), end_on=date(2027, 5, 4))
    late = make_booked(cedar, date(2026, 9, 1), end_on=date(2028, 2, 4), joint=(birch,))
    Deadline.objects.create(
        case=late,
        kind="report",
        label="Report public",
        due_on=date(2028, 5, 4),
        first_due_on=date(2028, 5, 4),
        owner_role="LGA",
    )
    open_ended = make_booked(alder, date(2026, 10, 1))
    make_challenge(alder, date(2020, 1, 9))
    effect = effect_of(make_draft(manager, {"Newshire": [alder, birch]}), TODAY)
    assert {each.case: (each.councils, each.falls_after) for each in effect.cases} == {
        late: (("Birch",), ("Report public, due 4 May 2028",)),
        over: (("Alder",), ("Onsite 4 May 2028",)),
        open_ended: (("Alder",), ("No onsite days are agreed yet",)),
    }
    assert within not in [each.case for each in effect.cases]


def test_a_draft_that_is_not_whole_is_refused_and_changes_nothing(manager):
    draft = make_draft(manager, {"Newshire": []})
    before = whole_database()
    with pytest.raises(Refused, match="Newshire Council has no predecessor yet. Choose"):
        effect_of(draft, TODAY)
    assert whole_database() == before


@pytest.mark.parametrize("vesting_on", [VESTING, date(2026, 4, 1)])
def test_after_is_what_comes_when_it_is_put_in_force(manager, vesting_on):
    councils = [make_council(name=f"Example {number}") for number in range(6)]
    for number, council in enumerate(councils):
        make_challenge(council, date(2020 + number, 3, 2))
    draft = make_draft(manager, {"Eastshire": councils[:3], "Westshire": councils[2:5]}, vesting_on=vesting_on)
    effect = effect_of(draft, TODAY)
    assert told(effect.rows_before) == told(due_list(TODAY))
    put_in_force(reorganisation=draft, version=draft.version, by=manager)
    assert told(effect.rows_after) == told(due_list(TODAY))
    at_vesting = due_list(max(vesting_on, TODAY))
    assert told(effect.rows_at_vesting) == told(at_vesting)
    later = {row.council.name for row in at_vesting} - {row.council.name for row in due_list(TODAY)}
    assert {row.council.name for row in effect.rows_of_new} == later


def test_surrey_on_the_whole_register(manager):
    load(apply=True)
    real_today, real_vesting = told(due_list(TODAY)), told(due_list(date(2027, 4, 1)))
    unmake_surrey()
    draft = make_surrey(manager)
    events, councils = Event.objects.count(), Council.objects.count()
    effect = effect_of(draft, TODAY)
    assert (Event.objects.count(), Council.objects.count()) == (events, councils)
    assert (len(effect.rows_before), len(effect.rows_at_vesting)) == (317, 307)
    assert {row.council.name for row in effect.rows_of_new} == {"East Surrey", "West Surrey"}
    assert len(effect.warned) == 12
    # The register that was loaded knows of Surrey already: the trial comes to the same due list.
    assert told(effect.rows_after) == real_today
    assert told(effect.rows_at_vesting) == real_vesting
