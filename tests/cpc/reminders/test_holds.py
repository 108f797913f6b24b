from datetime import date, timedelta

import pytest
from django.utils import timezone

from councils.models import Poll
from cpc.calendars.models import CalendarEntry
from cpc.reminders.holds import Holds, paused_addresses
from cpc.reminders.models import Reminder, ReminderPause, ReminderRule
from cpc.reminders.sources import subjects_of
from cpc.reminders.sweep import sweep
from tests.counting import count_queries
from tests.cpc.conftest import DUE, START
from tests.factories.councils import make_council

DAY = timedelta(days=1)


def why(promise, on, **rule):
    subject = subjects_of([("deadline", promise.deadline.pk)])["deadline", promise.deadline.pk]
    return Holds([subject], on, on).why(ReminderRule(offset_days=0, **rule), subject, on)


def pause(promise, **changed):
    values = {"reason": "A by-election", "starts_on": START, "ends_on": START + 7 * DAY, "made_by": promise.boss}
    return ReminderPause.objects.create(**values | changed)


def test_a_weekend_or_bank_holiday_holds_back_a_rule_that_waits_for_working_days(make_promise):
    promise = make_promise()
    for on in (date(2026, 11, 28), date(2026, 12, 25)):
        assert why(promise, on, waits_for_working_day=True) == "not a working day"
        assert why(promise, on) == ""


def test_quiet_days_hold_back_everywhere_or_at_one_council(make_promise):
    promise = make_promise()
    values = {"kind": "other", "starts_on": START, "ends_on": START + DAY, "is_quiet": True}
    CalendarEntry.objects.create(name="Elsewhere", council=make_council(), **values)
    CalendarEntry.objects.create(name="Careful", **values | {"is_quiet": False})
    assert why(promise, START) == ""
    CalendarEntry.objects.create(name="Closed", council=promise.case.council, **values)
    assert [why(promise, START + number * DAY) for number in (-1, 0, 1, 2)] == [
        "", "quiet days: Closed", "quiet days: Closed", "",
    ]  # fmt: skip


def test_nothing_is_said_in_the_councils_own_pre_election_period_unless_the_rule_says_so(make_promise):
    promise = make_promise()
    Poll.objects.create(council=promise.case.council, on=date(2027, 5, 6))
    Poll.objects.create(council=make_council(), on=date(2027, 6, 24))
    # Notice of election: 25 working days before the poll, with Easter between.
    assert [why(promise, on) for on in (date(2027, 3, 30), date(2027, 3, 31), date(2027, 5, 6), date(2027, 5, 7))] == [
        "", "pre-election period until 6 May 2027", "pre-election period until 6 May 2027", "",
    ]  # fmt: skip
    assert why(promise, date(2027, 5, 6), speaks_before_elections=True) == ""


@pytest.mark.parametrize("about", ["case", "council"])
def test_a_pause_holds_back_until_its_last_day_and_then_the_last_missed_reminder_is_made_good(make_promise, about):
    promise = make_promise(due_on=START + 8 * DAY)
    subject = promise.case if about == "case" else promise.case.council
    pause(promise, **{about: subject})
    assert why(promise, START) == "paused until 23 November 2026"
    assert [sweep(START + number * DAY) for number in range(8)] == [0] * 8
    assert sweep(START + 8 * DAY) == 1


def test_a_pause_of_another_or_one_that_was_lifted_holds_nothing_back(make_promise):
    promise, other = make_promise(), make_promise()
    pause(promise, case=other.case)
    pause(promise, council=other.case.council)
    pause(promise, case=promise.case, lifted_at=timezone.now(), lifted_by=promise.boss)
    assert why(promise, START) == ""


def test_somebody_who_asked_for_peace_is_not_written_to_and_the_lga_hears_instead(make_promise):
    promise = make_promise()
    pause(promise, email=promise.coordinator.email, ends_on=DUE)
    assert paused_addresses(START) == {promise.coordinator.email}
    assert paused_addresses(DUE + DAY) == frozenset()
    assert sweep(DUE - 7 * DAY) == 1
    (reminder,) = Reminder.objects.all()
    assert (reminder.to, reminder.side) == (promise.manager, "Council")
    assert reminder.instead == f"{promise.coordinator.full_name} asked not to be reminded for a while"


def test_a_batch_costs_the_same_with_one_subject_and_with_three(make_promise):
    counts = []
    for _ in range(3):
        make_promise()
        keys = [("deadline", pk) for pk in range(1, 10_000)]
        subjects = list(subjects_of(keys).values())
        counts.append(count_queries(lambda subjects=subjects: Holds(subjects, START, DUE)))
    assert counts == [3, 3, 3]
