"""Reorganisations of many councils, and what comes in between while one is entered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
import time_machine
from django.db import connections

from councils.models import Council, FormerFact, PlannedSuccession, Reorganisation, Succession
from councils.reorganisations import services as drafting
from councils.reorganisations.enactment import put_in_force, undo_reorganisation, what_happens, why_not_undone
from councils.reorganisations.queries import problems_of, successors_of
from cpc.components.errors import Refused
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.reorganisation import make_draft

pytestmark = pytest.mark.django_db

VESTING = date(2028, 4, 1)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-26 12:00"):
        yield


@pytest.fixture
def manager():
    return make_user("programme_manager")


def carrying_on(draft, council, **facts):
    empty = {"name": "", "official_name": "", "council_type": ""}
    return drafting.add_continuing(reorganisation=draft, council=council, by=draft.made_by, **empty | facts)


def test_many_predecessors_cost_what_three_cost(manager):
    counts = []
    for number in (3, 30):
        draft = make_draft(manager, {f"Newshire {number}": [make_council()]}, name=f"Example {number}")
        successor = draft.successors.get()
        councils = [make_council() for _ in range(number)]
        new = {"successor": successor, "predecessors": councils, "by": manager}
        counts.append(
            [
                # Chosen, chosen otherwise, and once more.
                count_queries(lambda new=new, kind=kind: drafting.add_predecessors(kind=kind, **new))
                for kind in ("merger", "boundary", "boundary")
            ]
        )
        assert PlannedSuccession.objects.filter(successor=successor, kind="boundary").count() == number
    assert counts[0] == counts[1]


@pytest.mark.parametrize("vesting_on", [VESTING, date(2026, 4, 1)])
def test_putting_in_force_and_undoing_cost_the_same_with_one_and_with_three(manager, vesting_on):
    counts = []
    for number in (1, 3):
        new = {f"New {number} {each}": [make_council(), make_council()] for each in range(number)}
        draft = make_draft(manager, new, name=f"Example {number}", vesting_on=vesting_on)
        for each in range(number):
            council = make_council(council_type="district", parent=make_council(council_type="county"))
            carrying_on(draft, council, name=f"Carried {number} {each}", council_type="unitary")
        draft.refresh_from_db()
        before = sorted(map(str, Council.objects.values_list()))
        done = []
        saving = count_queries(
            lambda draft=draft, done=done: done.append(
                put_in_force(reorganisation=draft, version=draft.version, by=manager)
            )
        )
        assert FormerFact.objects.count() == (3 * number if vesting_on < VESTING else 0)
        undoing = count_queries(
            lambda done=done: undo_reorganisation(reorganisation=done[0], version=done[0].version, by=manager)
        )
        assert not FormerFact.objects.exists() and not Succession.objects.exists()
        versions = {"version": 0}
        Council.objects.update(**versions)
        assert sorted(map(str, Council.objects.values_list())) == before
        counts.append((saving, undoing))
    assert counts[0] == counts[1]


def test_a_council_that_was_taken_out_meanwhile_is_not_changed(manager):
    draft = make_draft(manager, {"Newshire": [make_council()]})
    successor = draft.successors.get()
    facts = {"name": "Other", "official_name": "Other Council", "council_type": "unitary", "region": "x", "slug": ""}
    drafting.remove_successor(reorganisation=draft, successor_id=successor.pk, by=manager)
    with pytest.raises(Refused, match="was taken out of the reorganisation"):
        drafting.change_successor(successor=successor, facts=facts, version=draft.version, by=manager)


def test_a_new_council_has_a_type_of_its_nation(manager):
    council = make_council(nation="England")
    draft = make_draft(manager, {"Newshire": [council]})
    draft.successors.update(council_type="welsh_unitary")
    told = problems_of(draft, successors_of(draft))
    assert told == ["Newshire Council is of the type “Welsh unitary”, which Wales alone has. Change its type."]
    Council.objects.update(nation="Wales")
    assert problems_of(draft, successors_of(draft)) == []


def test_what_happens_says_that_a_new_entry_is_the_same_body(manager):
    same, other = make_council(official_name="Old County Council"), make_council(official_name="Birch Council")
    draft = make_draft(manager, {"Newshire": [same]}, kind="continues")
    drafting.add_predecessors(successor=draft.successors.get(), predecessors=[other], kind="merger", by=manager)
    told = what_happens(draft, successors_of(draft))[0]
    assert told.endswith("It is the same body as Old County Council, whose peer challenges count here.")


def test_undo_is_refused_where_the_register_was_loaded_with_another_that_follows(manager):
    """The register's file tells who follows whom, not how."""
    council = make_council(official_name="Alder Council")
    draft = make_draft(manager, {"Newshire": [council]})
    row = put_in_force(reorganisation=draft, version=draft.version, by=manager)
    other = make_council(official_name="Loaded Council")
    Succession.objects.create(predecessor=council, successor=other, on=VESTING, kind="")
    assert any("Loaded Council is recorded to follow Alder Council too" in reason for reason in why_not_undone(row))


@pytest.mark.django_db(transaction=True)
def test_two_drafts_are_not_given_one_name_at_once():
    manager = make_user("programme_manager")
    drafts, start = [make_draft(manager, name=f"Example {number}") for number in range(2)], Barrier(2)

    def rename(draft):
        start.wait()
        try:
            drafting.change_reorganisation(
                reorganisation=draft, name="Both", vesting_on=VESTING, source="", notes="", version=0, by=manager
            )
        except Refused as error:
            return error.field
        finally:
            connections.close_all()
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(rename, drafts)) == ["changed", "name"]
    assert Reorganisation.objects.filter(name="Both").count() == 1
