from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from councils.imports.loading import load
from councils.imports.matching import Register
from councils.models import (
    Contact,
    Council,
    FormerFact,
    PlannedSuccession,
    Reorganisation,
    Succession,
    SuccessionKind,
)
from councils.queries import as_at
from councils.reorganisations import services as drafting
from councils.reorganisations.enactment import (
    due_to_take_names,
    put_in_force,
    take_new_names,
    undo_reorganisation,
    what_happens,
)
from councils.reorganisations.queries import problems_of, successors_of
from councils.services import change_days, record_succession
from councils.tasks import take_new_names as take_new_names_task
from cpc.audit.models import Event
from cpc.components.errors import Refused, Stale
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.reorganisation import make_draft, make_surrey, unmake_surrey

pytestmark = pytest.mark.django_db

VESTING = date(2028, 4, 1)
LAST_DAY = date(2028, 3, 31)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-26 12:00"):
        yield


@pytest.fixture
def manager():
    return make_user("programme_manager")


def rows(model, *but):
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in but]
    return sorted(map(str, model.objects.values_list(*names)))


def register():
    """All that the register tells. Versions only grow: a page opened before must not pass for one opened after."""
    return rows(Council, "version"), rows(Succession), rows(FormerFact)


def in_force(draft, by):
    return put_in_force(reorganisation=draft, version=draft.version, by=by)


def undone(row, by):
    return undo_reorganisation(reorganisation=row, version=row.version, by=by)


def problems(draft):
    draft.refresh_from_db()
    return problems_of(draft, successors_of(draft))


def carry_on(draft, council, predecessors, by, **facts):
    wanted = {"name": "", "official_name": "", "council_type": ""} | facts
    successor = drafting.add_continuing(reorganisation=draft, council=council, by=by, **wanted)
    if predecessors:
        drafting.add_predecessors(successor=successor, predecessors=predecessors, kind="merger", by=by)
    draft.refresh_from_db()
    return successor


def verbs():
    return list(Event.objects.filter(verb__startswith="reorganisation").order_by("pk").values_list("verb", flat=True))


# ------------------------------------------------------------------ the draft


def test_a_draft_changes_nothing_in_the_register(manager):
    councils = [make_council(), make_council()]
    before = register()
    draft = make_draft(manager, {"Newshire": councils})
    assert register() == before
    assert problems(draft) == []
    assert (draft.state, draft.version) == ("draft", 2)


def test_the_same_draft_again_is_the_same(manager):
    facts = {"name": " Exampleshire ", "vesting_on": VESTING, "source": "", "notes": "", "by": manager}
    draft = drafting.create_reorganisation(**facts)
    assert drafting.create_reorganisation(**facts) == draft
    with pytest.raises(Refused, match="There is a reorganisation with this name already"):
        drafting.create_reorganisation(**facts | {"vesting_on": date(2027, 4, 1)})
    assert verbs() == ["reorganisation_made"]
    drafting.discard_reorganisation(reorganisation=draft, version=0, by=manager)
    assert drafting.create_reorganisation(**facts) != draft


def test_change_of_a_draft(manager):
    draft = make_draft(manager)
    facts = {"name": "Other", "vesting_on": date(2027, 4, 1), "source": "Order", "notes": "", "by": manager}
    changed = drafting.change_reorganisation(reorganisation=draft, version=0, **facts)
    assert (changed.name, changed.vesting_on, changed.version) == ("Other", date(2027, 4, 1), 1)
    # The second press, and a page that is stale.
    assert drafting.change_reorganisation(reorganisation=draft, version=0, **facts).version == 1
    with pytest.raises(Stale):
        drafting.change_reorganisation(reorganisation=draft, version=0, **facts | {"notes": "More"})
    make_draft(manager, name="Taken")
    with pytest.raises(Refused, match="with this name already") as refused:
        drafting.change_reorganisation(reorganisation=draft, version=1, **facts | {"name": "Taken"})
    assert refused.value.field == "name"


def test_a_new_council_is_added_once_and_changed(manager):
    draft = make_draft(manager)
    facts = {"name": "Newshire", "official_name": "Newshire Council", "council_type": "unitary", "region": "London"}
    successor = drafting.add_successor(reorganisation=draft, slug="", by=manager, **facts)
    assert drafting.add_successor(reorganisation=draft, slug="", by=manager, **facts) == successor
    with pytest.raises(Refused, match="is already on the list. Change it instead"):
        drafting.add_successor(reorganisation=draft, slug="", by=manager, **facts | {"region": "South East"})
    facts |= {"name": "Newland", "slug": ""}
    changed = drafting.change_successor(successor=successor, facts=facts, version=1, by=manager)
    assert (changed.name, changed.slug) == ("Newland", "newshire")
    assert drafting.change_successor(successor=successor, facts=facts, version=1, by=manager).name == "Newland"
    with pytest.raises(Stale):
        drafting.change_successor(successor=successor, facts=facts | {"name": "Other"}, version=1, by=manager)
    assert drafting.remove_successor(reorganisation=draft, successor_id=successor.pk, by=manager)
    assert not drafting.remove_successor(reorganisation=draft, successor_id=successor.pk, by=manager)


def test_names_in_addresses(manager):
    make_council(slug="somerset")
    draft = make_draft(manager)
    facts = {"official_name": "Somerset Council", "council_type": "unitary", "region": "South West", "by": manager}
    second = drafting.add_successor(reorganisation=draft, name="Somerset", slug="", **facts)
    assert second.slug == "somerset-2028"
    for slug in ("somerset", "somerset-2028", "imports"):
        with pytest.raises(Refused, match="A council has this name in addresses already") as refused:
            drafting.add_successor(reorganisation=draft, name="Third", slug=slug, **facts)
        assert refused.value.field == "slug"
    with pytest.raises(Refused, match="Enter a name for addresses"):
        drafting.add_successor(reorganisation=draft, name="שלום", slug="", **facts)


def test_a_council_that_goes_to_several_is_split(manager):
    county, east, west = make_council(), make_council(), make_council()
    draft = make_draft(manager, {"East": [county, east], "West": [county, west]})
    kinds = dict(PlannedSuccession.objects.values_list("predecessor_id", "kind").distinct())
    assert kinds == {county.pk: "split", east.pk: "merger", west.pk: "merger"}
    west_row = draft.successors.get(name="West")
    planned = west_row.predecessors.get(predecessor=county)
    assert drafting.remove_predecessor(reorganisation=draft, planned_id=planned.pk, by=manager)
    assert not drafting.remove_predecessor(reorganisation=draft, planned_id=planned.pk, by=manager)
    assert PlannedSuccession.objects.get(predecessor=county).kind == "merger"


def test_predecessors_again_change_nothing_and_another_kind_does(manager):
    council = make_council()
    draft = make_draft(manager, {"Newshire": [council]})
    successor = draft.successors.get()
    add = {"successor": successor, "predecessors": [council], "by": manager}
    assert drafting.add_predecessors(kind="merger", **add) == 0
    assert drafting.add_predecessors(kind="boundary", **add) == 1
    assert successor.predecessors.get().kind == "boundary"
    with pytest.raises(Refused, match="Choose the councils that it follows"):
        drafting.add_predecessors(kind="merger", **add | {"predecessors": []})


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"end_on": date(2027, 3, 31)}, "ends on 31 March 2027 already. Take it out, or correct the last day"),
        ({"start_on": VESTING}, "begins on 1 April 2028, not before the vesting day. Take it out"),
    ],
)
def test_a_council_that_is_not_there_is_refused(manager, overrides, sentence):
    council = make_council(**overrides)
    draft = make_draft(manager, {"Newshire": [make_council()]})
    successor = draft.successors.get()
    for field, add in (
        ("predecessors", lambda: drafting.add_predecessors(
            successor=successor, predecessors=[council], kind="merger", by=manager)),
        ("council", lambda: carry_on(draft, council, [], manager)),
    ):  # fmt: skip
        with pytest.raises(Refused, match=sentence) as refused:
            add()
        assert refused.value.field == field
    # It may come to be so only after it was added.
    other = make_council()
    drafting.add_predecessors(successor=successor, predecessors=[other], kind="merger", by=manager)
    Council.objects.filter(pk=other.pk).update(**overrides)
    assert [sentence in each for each in problems(draft)] == [True]
    before = register()
    with pytest.raises(Refused, match=sentence):
        in_force(draft, manager)
    assert register() == before


def test_a_council_stands_in_one_draft_only(manager):
    council = make_council(official_name="Alder Council")
    make_draft(manager, {"Newshire": [council]}, name="First")
    other = make_draft(manager, {"Newland": [make_council()]}, name="Second")
    match = "Alder Council is in the draft “First” already. Take it out there first."
    with pytest.raises(Refused, match=match):
        drafting.add_predecessors(successor=other.successors.get(), predecessors=[council], kind="merger", by=manager)
    with pytest.raises(Refused, match=match):
        carry_on(other, council, [], manager)
    PlannedSuccession.objects.create(successor=other.successors.get(), predecessor=council, kind="merger")
    assert problems(other) == ["Alder Council is in the draft “First” too. Take it out of one of them."]
    drafting.discard_reorganisation(
        reorganisation=(first := Reorganisation.objects.get(name="First")), version=first.version, by=manager
    )
    assert problems(other) == []


def test_what_has_to_be_put_right(manager):
    draft = make_draft(manager)
    assert problems(draft) == ["No council comes after the day yet. Add each, with the councils that it follows."]
    draft = make_draft(manager, {"Newshire": []}, name="Two")
    assert problems(draft) == ["Newshire Council has no predecessor yet. Choose the councils that it follows."]
    alder = make_council(official_name="Alder Council")
    carry_on(draft, alder, [], manager)
    assert "Alder Council carries on as it is. Choose the councils that it takes over, or take it out." in problems(
        draft
    )
    newshire = draft.successors.get(name="Newshire")
    drafting.add_predecessors(successor=newshire, predecessors=[alder], kind="merger", by=manager)
    assert any("Alder Council carries on and ends here." in each for each in problems(draft))
    # A name that was free when it was typed.
    make_council(slug="newshire")
    assert any("with the name “newshire” in addresses is on the register" in each for each in problems(draft))


def test_ends_here_and_goes_on_there(manager):
    alder = make_council(official_name="Alder Council")
    draft = make_draft(manager, {"East": [alder], "West": [make_council()]})
    west = draft.successors.get(name="West")
    drafting.add_predecessors(successor=west, predecessors=[alder], kind="boundary", by=manager)
    assert any(
        "Alder Council ends in one place and goes on with a smaller area in another." in each
        for each in problems(draft)
    )
    drafting.add_predecessors(successor=west, predecessors=[alder], kind="continues", by=manager)
    assert any("Alder Council can carry on as one body only." in each for each in problems(draft))
    cedar = make_council()
    drafting.add_predecessors(successor=west, predecessors=[cedar], kind="continues", by=manager)
    assert "West Council can be the same body as one council only. Choose which." in problems(draft)


def test_two_nations_do_not_merge(manager):
    draft = make_draft(manager, {"Newshire": [make_council(), make_council(nation="Wales")]})
    assert problems(draft) == ["Newshire Council follows councils of England and Wales. Keep those of one nation."]


def test_no_council_comes_before_and_after_another(manager):
    alder, birch = make_council(official_name="Alder Council"), make_council(official_name="Birch Council")
    draft = make_draft(manager)
    for one, other in ((alder, birch), (birch, alder)):
        successor = carry_on(draft, one, [], manager)
        drafting.add_predecessors(successor=successor, predecessors=[other], kind="boundary", by=manager)
    assert problems(draft) == [
        "Birch Council follows Alder Council already. It cannot come before it too: take it out."
    ] or problems(draft) == ["Alder Council follows Birch Council already. It cannot come before it too: take it out."]
    with pytest.raises(Refused, match="does not follow itself"):
        drafting.add_predecessors(successor=draft.successors.first(), predecessors=[alder], kind="boundary", by=manager)


def test_a_loop_with_what_is_recorded_already(manager):
    alder, birch = make_council(official_name="Alder Council"), make_council(official_name="Birch Council")
    Succession.objects.create(predecessor=alder, successor=birch, on=date(2009, 4, 1), kind="boundary")
    draft = make_draft(manager)
    carry_on(draft, alder, [birch], manager)
    assert problems(draft) == [
        "Birch Council follows Alder Council already. It cannot come before it too: take it out."
    ]
    other = make_draft(manager, name="Other")
    drafting.remove_successor(reorganisation=draft, successor_id=draft.successors.get().pk, by=manager)
    carry_on(other, birch, [alder], manager)
    assert problems(other) == ["Birch Council follows Alder Council already. Take it out."]


def test_nothing_is_changed_once_it_is_in_force_or_discarded(manager):
    draft = make_draft(manager, {"Newshire": [make_council()]})
    successor = draft.successors.get()
    planned = successor.predecessors.get()
    acts = [
        lambda: drafting.change_reorganisation(
            reorganisation=draft, name="X", vesting_on=VESTING, source="", notes="", version=9, by=manager
        ),
        lambda: drafting.add_successor(
            reorganisation=draft, name="X", official_name="X", council_type="unitary", region="X", slug="", by=manager
        ),
        lambda: carry_on(draft, make_council(), [], manager),
        lambda: drafting.change_successor(successor=successor, facts={"name": "X"}, version=9, by=manager),
        lambda: drafting.remove_successor(reorganisation=draft, successor_id=successor.pk, by=manager),
        lambda: drafting.add_predecessors(
            successor=successor, predecessors=[make_council()], kind="merger", by=manager
        ),
        lambda: drafting.remove_predecessor(reorganisation=draft, planned_id=planned.pk, by=manager),
    ]
    row = in_force(draft, manager)
    for act in [*acts, lambda: drafting.discard_reorganisation(reorganisation=row, version=row.version, by=manager)]:
        with pytest.raises(Refused, match="in force. Undo that before you change it"):
            act()
    row = undone(row, manager)
    row = drafting.discard_reorganisation(reorganisation=row, version=row.version, by=manager)
    assert drafting.discard_reorganisation(reorganisation=row, version=0, by=manager).state == "discarded"
    for act in [*acts, lambda: put_in_force(reorganisation=row, version=row.version, by=manager)]:
        with pytest.raises(Refused, match="was discarded. Enter a new one"):
            act()
    with pytest.raises(Refused, match="Only a reorganisation that is in force can be undone"):
        undo_reorganisation(reorganisation=make_draft(manager, name="Other"), version=0, by=manager)


# ------------------------------------------------------------------ in force


def test_put_in_force(manager):
    alder = make_council(name="Alder", in_programme=False)
    birch, cedar = make_council(name="Birch"), make_council(name="Cedar")
    draft = make_draft(manager, {"Newshire": [alder, birch]})
    drafting.add_predecessors(
        successor=draft.successors.get(), predecessors=[cedar], kind=SuccessionKind.BOUNDARY, by=manager
    )
    draft.refresh_from_db()
    with pytest.raises(Stale):
        put_in_force(reorganisation=draft, version=draft.version - 1, by=manager)
    row = in_force(draft, manager)
    # The second press, with the page of before.
    assert put_in_force(reorganisation=draft, version=draft.version, by=manager).version == row.version
    new = Council.objects.get(slug="newshire")
    assert (new.start_on, new.end_on, new.in_programme, new.nation) == (VESTING, None, True, "England")
    assert new.has_provisional_code and len(new.gss_code) == 9
    assert row.successors.get().made == new
    assert [
        council.end_on for council in Council.objects.filter(pk__in=[alder.pk, birch.pk, cedar.pk]).order_by("pk")
    ] == [
        LAST_DAY,
        LAST_DAY,
        None,
    ]
    assert sorted(new.succeeds.values_list("predecessor__name", "kind", "on")) == [
        ("Alder", "merger", VESTING),
        ("Birch", "merger", VESTING),
        ("Cedar", "boundary", VESTING),
    ]
    assert verbs().count("reorganisation_put_in_force") == 1
    event = Event.objects.get(verb="reorganisation_put_in_force")
    assert event.council is None and event.data["successors"] == "Newshire Council"


def test_a_council_is_not_matched_by_its_provisional_code(manager, tmp_path):
    in_force(make_draft(manager, {"Newshire": [make_council()]}), manager)
    new = Council.objects.get(slug="newshire")
    found = Register()
    assert new.gss_code not in found.by_code
    assert found.named("Newshire Council") == [new]
    assert new not in Council.objects.with_given_code()


def test_a_council_that_carries_on_has_its_new_name_from_the_day(manager):
    county = make_council(council_type="county", name="Oldshire")
    body = make_council(name="Alder", official_name="Alder District Council", council_type="district", parent=county)
    other = make_council(name="Birch")
    draft = make_draft(manager)
    carry_on(draft, body, [other], manager, name="Newshire", official_name="Newshire Council", council_type="unitary")
    before = register()
    sentences = " ".join(what_happens(draft, successors_of(draft)))
    assert "Alder District Council carries on, with its history, its people and its peer challenges." in sentences
    assert (
        "From 1 April 2028, its name is Newshire, its official name is Newshire Council and its type is Unitary."
        in sentences
    )
    row = in_force(draft, manager)
    body.refresh_from_db()
    assert (body.name, body.end_on) == ("Alder", None)
    assert Succession.objects.get().successor == body
    take_new_names_task()
    assert not due_to_take_names(LAST_DAY) and not take_new_names(reorganisation=row, today=LAST_DAY)
    with time_machine.travel("2028-04-02 03:00"):
        take_new_names_task()
        take_new_names_task()
    body.refresh_from_db()
    assert (body.name, body.official_name, body.council_type, body.parent) == (
        "Newshire",
        "Newshire Council",
        "unitary",
        None,
    )
    then, now = as_at(body, LAST_DAY), as_at(body, VESTING)
    assert (then.name, then.type_text, then.parent) == ("Alder", "District", county)
    assert (now.name, now.type_text, now.parent) == ("Newshire", "Unitary", None)
    assert verbs().count("reorganisation_names_taken") == 1
    row.refresh_from_db()
    undone(row, manager)
    assert register() == before


def test_a_past_day_is_history_and_names_change_at_once(manager):
    body, other = make_council(name="Alder"), make_council()
    draft = make_draft(manager, vesting_on=date(2023, 4, 1))
    carry_on(draft, body, [other], manager, name="Newshire")
    before = register()
    row = in_force(draft, manager)
    body.refresh_from_db()
    other.refresh_from_db()
    assert (body.name, other.end_on) == ("Newshire", date(2023, 3, 31))
    assert as_at(body, date(2023, 3, 31)).name == "Alder"
    undone(row, manager)
    assert register() == before


def test_surrey_as_the_register_tells_it(manager):
    load(apply=True)
    days = {each.slug: (each.start_on, each.end_on, each.in_programme) for each in Council.objects.all()}
    pairs = set(Succession.objects.values_list("predecessor__slug", "successor__slug", "on"))
    # As it is loaded, there is nothing to enter: the answer says so.
    draft = make_draft(manager, {"Another": [make_council()]})
    with pytest.raises(Refused, match="Surrey County Council ends on 31 March 2027 already"):
        drafting.add_predecessors(
            successor=draft.successors.get(),
            predecessors=[Council.objects.get(slug="surrey")],
            kind="merger",
            by=manager,
        )
    drafting.discard_reorganisation(reorganisation=draft, version=draft.version, by=manager)
    Council.objects.filter(gss_code__startswith="X").delete()
    unmake_surrey()
    before = register()
    draft = make_surrey(manager)
    assert problems(draft) == []
    row = in_force(draft, manager)
    after = {each.slug: (each.start_on, each.end_on, each.in_programme) for each in Council.objects.all()}
    assert after == days
    assert set(Succession.objects.values_list("predecessor__slug", "successor__slug", "on")) == pairs
    kinds = dict(Succession.objects.filter(on=draft.vesting_on).values_list("predecessor__slug", "kind"))
    assert {kind for slug, kind in kinds.items() if slug != "surrey"} == {"merger"} and kinds["surrey"] == "split"
    undone(row, manager)
    assert register() == before


# ------------------------------------------------------------------ undone


def test_undo_and_again(manager):
    draft = make_draft(manager, {"Newshire": [make_council(), make_council()]})
    before = register()
    row = in_force(draft, manager)
    with pytest.raises(Stale):
        undo_reorganisation(reorganisation=row, version=row.version - 1, by=manager)
    back = undone(row, manager)
    assert register() == before
    assert (back.state, back.effects, back.put_in_force_by, back.undone_by) == ("draft", {}, None, manager)
    assert undo_reorganisation(reorganisation=row, version=row.version, by=manager).version == back.version
    assert verbs().count("reorganisation_undone") == 1
    again = in_force(back, manager)
    assert again.state == "in_force" and Council.objects.filter(slug="newshire").count() == 1


def test_undo_is_refused_once_anything_hangs_on_the_new_councils(manager):
    row = in_force(make_draft(manager, {"Newshire": [make_council(official_name="Alder Council")]}), manager)
    new = Council.objects.get(slug="newshire")
    after = register()
    hanging = [
        lambda: Contact.objects.create(
            council=new, role="leader", name="A", email="a@example.org", started_on=date(2028, 4, 1)
        ),
        lambda: Event.objects.create(verb="council_changed", council=new, by=manager),
        lambda: make_user("coordinator", council=new),
        lambda: Succession.objects.create(
            predecessor=new, successor=make_council(), on=date(2040, 4, 1), kind="boundary"
        ),
        lambda: make_draft(manager, {"Later": [new]}, name="Later", vesting_on=date(2040, 4, 1)),
    ]
    words = ["1 contact", "1 event", "1 user", "1 succession", "1 planned succession"]
    for hang, word in zip(hanging, words, strict=True):
        point = transaction.savepoint()
        hang()
        with pytest.raises(Refused, match=f"Newshire Council has {word} by now. The new councils stay."):
            undone(row, manager)
        transaction.savepoint_rollback(point)
    assert register() == after
    assert undone(row, manager).state == "draft"


def test_undo_is_refused_where_somebody_changed_a_council_since(manager):
    alder = make_council(official_name="Alder Council")
    row = in_force(make_draft(manager, {"Newshire": [alder]}), manager)
    new = Council.objects.get(slug="newshire")
    point = transaction.savepoint()
    Council.objects.filter(pk=alder.pk).update(end_on=date(2028, 5, 31))
    with pytest.raises(Refused, match="Alder Council was changed since. Correct what is wrong on its page."):
        undone(row, manager)
    transaction.savepoint_rollback(point)
    point = transaction.savepoint()
    Council.objects.filter(pk=new.pk).update(version=1)
    with pytest.raises(Refused, match="Newshire Council has a change by hand or by an import by now"):
        undone(row, manager)
    transaction.savepoint_rollback(point)
    alder.refresh_from_db()
    other = make_council(official_name="Other Council")
    record_succession(predecessor=alder, successor=other, on=VESTING, kind="split", by=manager)
    with pytest.raises(Refused, match="Other Council is recorded to follow Alder Council too. Remove that"):
        undone(row, manager)


def test_the_days_of_a_council_that_was_reorganised_are_guarded(manager):
    alder = make_council()
    in_force(make_draft(manager, {"Newshire": [alder]}), manager)
    alder.refresh_from_db()
    with pytest.raises(Refused, match="Newshire Council follows it from 1 April 2028"):
        change_days(council=alder, start_on=None, end_on=None, version=alder.version, by=manager)


def test_who_and_when_are_kept_together(manager):
    draft = make_draft(manager)
    for broken in ({"undone_at": "2026-11-26T12:00Z"}, {"discarded_by": manager}, {"state": "in_force"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reorganisation.objects.filter(pk=draft.pk).update(**broken)


class AnyReorganisation(TestCase):
    """Whatever was entered: undoing it leaves every row of the register as it was."""

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(
        ends=st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=3),
        boundary=st.sets(st.integers(6, 7)),
        takes=st.sets(st.integers(8, 9), max_size=2),
        renamed=st.booleans(),
        days=st.integers(-900, 900),
    )
    def test_undo_restores_every_row(self, ends, boundary, takes, renamed, days):
        with time_machine.travel("2026-11-26 12:00"):
            manager = make_user("programme_manager")
            councils = [make_council(in_programme=number % 3 != 0) for number in range(11)]
            vesting_on = date(2026, 11, 26) + timedelta(days=days)
            draft = make_draft(
                manager,
                {f"New {number}": [councils[each] for each in some] for number, some in enumerate(ends)},
                vesting_on=vesting_on,
            )
            if boundary:
                drafting.add_predecessors(
                    successor=draft.successors.first(),
                    predecessors=[councils[each] for each in boundary],
                    kind="boundary",
                    by=manager,
                )
            if takes or renamed:
                facts = {"name": "Renamed"} if renamed else {}
                carry_on(draft, councils[10], [councils[each] for each in takes], manager, **facts)
            draft.refresh_from_db()
            before = register()
            row = in_force(draft, manager)
            assert register() != before
            ended = set().union(*ends) | takes
            assert {c.end_on for c in Council.objects.filter(pk__in=[councils[n].pk for n in ended])} == {
                vesting_on - timedelta(days=1)
            }
            take_new_names(reorganisation=row, today=vesting_on)
            row.refresh_from_db()
            undone(row, manager)
            assert register() == before


@pytest.mark.django_db(transaction=True)
def test_nine_presses_put_it_in_force_once():
    manager = make_user("programme_manager")
    draft = make_draft(manager, {"Newshire": [make_council(), make_council()]})

    def press(_):
        try:
            return put_in_force(reorganisation=draft, version=draft.version, by=manager).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(9) as pool:
        assert set(pool.map(press, range(9))) == {"in_force"}
    assert Council.objects.filter(slug="newshire").count() == 1
    assert Succession.objects.count() == 2
    assert Event.objects.filter(verb="reorganisation_put_in_force").count() == 1
