import random
from datetime import timedelta

import pytest

from councils.models import Poll
from cpc.calendars.models import CalendarEntry
from cpc.deadlines.models import Deadline
from cpc.reminders.models import Reminder, ReminderPause, ReminderRule
from cpc.reminders.plan.queries import addressed, planned_reminders
from cpc.reminders.sweep import sweep
from tests.counting import count_queries
from tests.cpc.conftest import DUE, START

pytestmark = pytest.mark.django_db


def days(number):
    return timedelta(days=number)


def said_by_sweeps(clock, from_on, number):
    """(day, row, side, rule) of everything that sweeps on so many days claim."""
    found = []
    for offset in range(number):
        on = from_on + days(offset)
        clock.move_to(f"{on}T12:00:00+00:00")
        known = set(Reminder.objects.values_list("pk", flat=True))
        sweep(on)
        found += [
            (on, each.row, each.side, each.rule_id, each.send_on)
            for each in Reminder.objects.exclude(pk__in=known)
            .distinct("row", "side", "send_on")
            .order_by("row", "side", "send_on")
        ]
    return found


def plain(planned):
    return [(each.on, each.subject.row, each.side, each.rule.pk, each.send_on) for each in planned]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_the_dry_run_is_what_the_sweeps_then_say(make_promise, clock, seed):
    """Rules, quiet days, elections and pauses by chance; nothing happens meanwhile."""
    chance = random.Random(seed)
    promise = make_promise(due_on=START + days(chance.randrange(0, 60)))
    for number in range(12):
        due_on = START + days(chance.randrange(-80, 150))
        Deadline.objects.create(
            case=promise.case,
            kind=f"k{number}" if number > 1 else "action_plan_public",
            label="L",
            due_on=due_on,
            first_due_on=due_on,
            owner_role=chance.choice(["Council", "LGA"]),
        ) if number else None
    ReminderRule.objects.all().delete()
    for kind in ("", "", "", "action_plan_public", "report_public"):
        ReminderRule.objects.get_or_create(
            kind=kind,
            offset_days=chance.randrange(-30, 30),
            in_working_days=chance.random() < 0.5,
            recipients=chance.choice(["owner", "LGA", "adviser"]),
            defaults={"waits_for_working_day": chance.random() < 0.5, "speaks_before_elections": chance.random() < 0.5},
        )
    Poll.objects.create(council=promise.case.council, on=START + days(chance.randrange(30, 90)))
    quiet = START + days(chance.randrange(0, 60))
    CalendarEntry.objects.create(kind="other", name="Closed", starts_on=quiet, ends_on=quiet + days(9), is_quiet=True)
    pause = START + days(chance.randrange(0, 60))
    ReminderPause.objects.create(
        case=promise.case, reason="A by-election", starts_on=pause, ends_on=pause + days(7), made_by=promise.boss
    )
    planned = planned_reminders(START, START + days(59))
    assert len(planned) > 3
    assert sorted(plain(planned)) == sorted(said_by_sweeps(clock, START, 60))
    assert planned_reminders(START + days(59), START + days(59)) == []


def test_what_was_said_is_not_planned_again_and_what_waits_says_why(make_promise):
    promise = make_promise(due_on=START + days(20))
    (first, *later) = planned_reminders(START, START + days(60))
    assert (first.on, first.rule.offset_days) == (START, -28)
    sweep(START)
    assert plain(planned_reminders(START, START + days(60))) == plain(later)
    ReminderPause.objects.create(
        council=promise.case.council,
        reason="A new chief executive begins",
        starts_on=START,
        ends_on=START + days(14),
        made_by=promise.boss,
    )
    held = planned_reminders(START, START + days(60))[0]
    assert (held.on, held.waited) == (START + days(15), "paused until 30 November 2026")


def test_whom_it_reaches_is_told_with_the_reason_when_it_is_somebody_else(make_promise):
    promise = make_promise()
    planned = planned_reminders(DUE - days(7), DUE - days(7))
    (each,) = addressed(planned, DUE - days(7))
    assert [person.user_id for person in each.reached.people] == [promise.coordinator.pk]
    ReminderPause.objects.create(
        email=promise.coordinator.email, reason="On leave", starts_on=START, ends_on=DUE, made_by=promise.boss
    )
    (each,) = addressed(planned, DUE - days(7))
    assert [person.user_id for person in each.reached.people] == [promise.manager.pk]
    assert each.reached.instead == f"{promise.coordinator.full_name} asked not to be reminded for a while"


def test_it_costs_the_same_with_one_promise_and_with_three(make_promise):
    counts = []
    for _ in range(3):
        make_promise()
        counts.append(count_queries(lambda: addressed(planned_reminders(START, DUE), START)))
    assert len(planned_reminders(START, DUE)) == 6
    assert counts[0] == counts[2]
