"""What a page reads of a day is what the rule says of what is committed: after every change, by whatever way it came."""

import random
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from councils.models import Council, Succession
from cpc.audit.models import Event
from cpc.cases.models import Case
from cpc.cycle import due_days
from cpc.cycle.due_days import DueFilter, due_day
from cpc.cycle.exports import cells
from cpc.cycle.models import Conversation, CycleChange, Prompt, Trigger
from cpc.cycle.queries import due_list
from cpc.cycle.services import forget_changes
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge, make_conversation, make_prompt, make_trigger

pytestmark = pytest.mark.django_db(transaction=True)

ON = date(2026, 11, 26)


@contextmanager
def somebody_else():
    """Another connection, in a transaction of its own that its user ends."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        yield other
    finally:
        other.rollback()
        other.close()


def texts(rows):
    return [cells(row) for row in rows]


def assert_as_the_rule_says(on=ON):
    found, wanted = due_day(on).all, due_list(on)
    assert found == wanted
    assert texts(found) == texts(wanted)


def rename(other, council, name):
    with other.cursor() as cursor:
        cursor.execute("UPDATE councils_council SET name = %s WHERE id = %s", [name, council.pk])


def names(on=ON):
    return [row.council.name for row in due_day(on).all]


def test_what_nobody_changed_is_not_worked_out_again():
    make_challenge(make_council(), date(2022, 6, 10))
    first = due_day(ON)
    assert count_queries(lambda: due_day(ON)) == 1
    assert due_day(ON) is first
    assert first.rows(DueFilter()) is first.rows(DueFilter())


def test_one_change_among_many_reads_that_council_alone(monkeypatch):
    councils = [make_council() for _ in range(5)]
    due_day(ON)
    asked = []
    monkeypatch.setattr(
        due_days, "due_list", lambda on, councils=None: asked.append(councils) or due_list(on, councils)
    )
    make_challenge(councils[2], date(2022, 6, 10))
    assert_as_the_rule_says()
    assert asked == [{councils[2].pk}]


def changes():
    """Every way in which a line of the list can change: what is there before, and what is done."""

    def with_case(change):
        def prepare():
            case = make_challenge(make_council(), date(2022, 6, 10))
            return lambda: change(case)

        return prepare

    def with_council(change):
        def prepare():
            council = make_council()
            return lambda: change(council)

        return prepare

    def with_row(make, change):
        def prepare():
            row = make(make_council())
            return lambda: change(row)

        return prepare

    def update(**values):
        return lambda row: type(row)._default_manager.filter(pk=row.pk).update(**values)

    def talk(council):
        return make_conversation(council, date(2026, 1, 1), recorded_by=make_user())

    @transaction.atomic
    def cancel(case):
        Event.objects.create(verb="case_cancelled", case=case, by=make_user())
        Case.objects.filter(pk=case.pk).update(state="cancelled", state_reason="Flood")

    return {
        "a challenge held": with_council(lambda council: make_challenge(council, date(2022, 6, 10))),
        "a challenge booked": with_council(lambda council: make_booked(council, date(2026, 9, 1))),
        "a corrected day": with_case(update(cycle_start_on=date(2023, 1, 1))),
        "another last day": with_case(update(onsite_end_on=date(2023, 1, 1), cycle_start_on=None)),
        "a cancelled challenge": with_case(cancel),
        "another kind": with_case(update(kind="peer_support")),
        "a joint challenge": with_case(lambda case: case.joint_councils.add(make_council())),
        "a new council": lambda: make_council,
        "a council renamed": with_council(update(name="Aaaton")),
        "a council in another region": with_council(update(region="London")),
        "a council that ends": with_council(update(end_on=date(2026, 12, 1))),
        "a council that is gone": with_council(update(end_on=date(2026, 11, 1))),
        "a council left out": with_council(update(in_programme=False)),
        "a council deleted": with_council(lambda council: council.delete()),
        "talks": with_council(talk),
        "talks that ended": with_row(talk, update(ended_on=date(2026, 2, 1))),
        "a prompt": with_council(lambda council: make_prompt(council, date(2026, 1, 1))),
        "a prompt closed": with_row(
            lambda council: make_prompt(council, date(2026, 1, 1)),
            update(state="acted_on", closed_on=date(2026, 2, 1)),
        ),
        "a trigger": with_council(lambda council: make_trigger(council, date(2026, 1, 1))),
        "a trigger withdrawn": with_row(
            lambda council: make_trigger(council, date(2026, 1, 1)), lambda trigger: trigger.delete()
        ),
    }


@pytest.mark.parametrize("what", sorted(changes()))
def test_every_change_is_seen_at_once(what):
    change = changes()[what]()
    make_challenge(make_council(), date(2021, 6, 10))
    before = texts(due_day(ON).all)
    change()
    assert_as_the_rule_says()
    assert texts(due_day(ON).all) != before


def test_what_changes_at_a_council_speaks_for_whoever_carries_on_from_it():
    first, second, third = (make_council(name=name) for name in ("First", "Second", "Third"))
    for before, after in ((first, second), (second, third)):
        Succession.objects.create(predecessor=before, successor=after, on=date(2023, 4, 1), kind="continues")
    due_day(ON)
    make_challenge(first, date(2022, 6, 10))
    assert_as_the_rule_says()
    assert {row.council.name: row.last is not None for row in due_day(ON).all} == {
        "First": True,
        "Second": True,
        "Third": True,
    }
    Succession.objects.all().delete()
    assert_as_the_rule_says()


def test_a_partner_taken_out_of_a_joint_challenge_is_seen():
    partner = make_council()
    case = make_challenge(make_council(), date(2022, 6, 10), joint=(partner,))
    due_day(ON)
    case.joint_councils.remove(partner)
    assert_as_the_rule_says()


def test_what_the_list_does_not_read_of_a_case_is_no_change():
    case = make_challenge(make_council(), date(2022, 6, 10))
    CycleChange.objects.all().delete()
    Case.objects.filter(pk=case.pk).update(version=7)
    assert not CycleChange.objects.exists()


def test_what_is_not_committed_is_not_seen_and_what_is_committed_late_is():
    """The transaction that began first ends last: nobody may take the later number for the end of the matter."""
    early, late = make_council(name="Early"), make_council(name="Late")
    due_day(ON)
    with somebody_else() as first, somebody_else() as second:
        rename(first, early, "Early renamed")
        rename(second, late, "Late renamed")
        assert names() == ["Early", "Late"]
        second.commit()
        assert names() == ["Early", "Late renamed"]
        first.commit()
        assert names() == ["Early renamed", "Late renamed"]
        assert due_day(ON) is due_day(ON)


def test_what_is_taken_back_was_never_there():
    council = make_council(name="Alderham")
    due_day(ON)
    with somebody_else() as other:
        rename(other, council, "Birchley")
        other.rollback()
    assert names() == ["Alderham"]


def test_a_transaction_sees_its_own_changes_and_leaves_them_to_nobody():
    council = make_council(name="Alderham")
    kept = due_day(ON)
    with transaction.atomic():
        Council.objects.filter(pk=council.pk).update(name="Birchley")
        assert names() == ["Birchley"]
        transaction.set_rollback(True)
    assert names() == ["Alderham"]
    assert due_day(ON) is kept


def test_so_many_changes_that_all_is_worked_out(monkeypatch):
    monkeypatch.setattr(due_days, "MOST_CHANGED", 2)
    councils = [make_council() for _ in range(4)]
    due_day(ON)
    asked = []
    monkeypatch.setattr(
        due_days, "due_list", lambda on, councils=None: asked.append(councils) or due_list(on, councils)
    )
    for council in councils[:3]:
        make_challenge(council, date(2022, 6, 10))
    assert_as_the_rule_says()
    assert asked == [None]


def test_changes_let_go_of_are_not_lost_on_whoever_kept_a_day():
    council = make_council(name="Alderham")
    due_day(ON)
    Council.objects.filter(pk=council.pk).update(name="Birchley")
    assert forget_changes() > 0
    assert CycleChange.objects.count() == 1
    assert names() == ["Birchley"]
    forget_changes()
    assert CycleChange.objects.count() == 1
    with somebody_else() as other:
        # Begun before the changes are let go of, committed after it.
        rename(other, council, "Cedarton")
        forget_changes()
        assert names() == ["Birchley"]
        other.commit()
    assert names() == ["Cedarton"]


def test_a_table_emptied_at_once_is_seen():
    make_council()
    assert due_day(ON).all
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE councils_council CASCADE")
    assert due_day(ON).all == []


def test_a_setting_changed_is_another_list(settings):
    make_challenge(make_council(), date(2022, 6, 10))
    assert due_day(ON).all[0].due_on == date(2027, 6, 10)
    settings.CYCLE_DUE_MONTHS = 72
    assert due_day(ON).all[0].due_on == date(2028, 6, 10)


def test_only_so_many_days_and_questions_are_kept():
    make_challenge(make_council(), date(2022, 6, 10))
    for number in range(due_days.MOST_DAYS + 3):
        due_day(ON + timedelta(days=number))
    assert len(due_days._kept) == due_days.MOST_DAYS
    day = due_day(ON)
    for number in range(due_days.MOST_QUESTIONS + 3):
        day.rows(DueFilter(region=f"Region {number}"))
    assert len(day._kept) == due_days.MOST_QUESTIONS


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_in_whatever_order(seed):
    dice = random.Random(seed)
    person = make_user()
    councils = [make_council(name=f"Invented {number:02}") for number in range(8)]

    def any_day():
        return date(2012, 1, 1) + timedelta(days=dice.randrange(5500))

    def update(model, **values):
        rows = list(model.objects.order_by("pk"))
        if rows:
            model.objects.filter(pk=dice.choice(rows).pk).update(**values)

    def succeed():
        before, after = dice.sample(councils, 2)
        if not Succession.objects.filter(predecessor__in=[before, after], successor__in=[before, after]).exists():
            Succession.objects.create(
                predecessor=before, successor=after, on=any_day(), kind=dice.choice(["continues", "merger"])
            )

    def talk():
        council = dice.choice(councils)
        if not Conversation.objects.filter(council=council).exists():
            make_conversation(council, any_day(), recorded_by=person)

    deeds = [
        lambda: make_challenge(dice.choice(councils), any_day(), joint=tuple(dice.sample(councils, 1))),
        lambda: update(Case, cycle_start_on=any_day()),
        lambda: update(Case, onsite_end_on=any_day(), onsite_start_on=date(2011, 1, 1)),
        lambda: update(Council, end_on=dice.choice([None, date(2026, 12, 31), date(2025, 1, 1)])),
        lambda: update(Council, name=f"Renamed {dice.randrange(99):02}"),
        succeed,
        lambda: Succession.objects.order_by("?")[:1].get().delete() if Succession.objects.exists() else None,
        talk,
        lambda: make_prompt(dice.choice(councils), any_day()),
        lambda: update(Prompt, state="acted_on", closed_on=date(2026, 11, 1)),
        lambda: make_trigger(dice.choice(councils), any_day()),
        lambda: update(Trigger, happened_on=any_day()),
        forget_changes,
    ]
    for _ in range(40):
        for _ in range(dice.randrange(1, 4)):
            dice.choice(deeds)()
        assert_as_the_rule_says()
        assert_as_the_rule_says(date(2020, 2, 29))
