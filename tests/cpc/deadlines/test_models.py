from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cpc.calendars.models import CalendarEntry
from cpc.deadlines.models import Deadline
from cpc.reminders.models import ReminderRule
from tests.cpc.conftest import DUE, START

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"due_on": START}, "deadline_moved_by_agreement"),
        ({"first_due_on": START}, "deadline_moved_by_agreement"),
        ({"state": "met"}, "deadline_met_has_day"),
        ({"met_on": START}, "deadline_met_has_day"),
        ({"agreed_at": timezone.make_aware(timezone.datetime(2026, 11, 16))}, "deadline_agreed_who_and_when"),
    ],
)
def test_the_database_refuses_half_truths(make_promise, changed, constraint):
    promise = make_promise()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Deadline.objects.filter(pk=promise.deadline.pk).update(**changed)


def test_a_case_promises_one_kind_once(make_promise):
    promise = make_promise()
    with pytest.raises(IntegrityError, match="deadline_kind_once"), transaction.atomic():
        Deadline.objects.create(
            case=promise.case, kind="report_public", label="L", due_on=DUE, first_due_on=DUE, owner_role="LGA"
        )


def test_an_entry_is_there_once_for_every_council_too():
    row = {"kind": "other", "name": "Days", "starts_on": START, "ends_on": START}
    CalendarEntry.objects.create(**row)
    with pytest.raises(IntegrityError, match="calendar_entry_once"), transaction.atomic():
        CalendarEntry.objects.create(**row)
    with pytest.raises(IntegrityError, match="calendar_entry_ends_after_start"), transaction.atomic():
        CalendarEntry.objects.create(**row | {"name": "Other", "ends_on": date(2026, 11, 15)})


@pytest.mark.parametrize(
    ("changed", "state", "late"),
    [
        ({}, "active", True),
        ({"due_on": START, "first_due_on": START}, "active", False),
        ({"state": "cancelled"}, "active", False),
        ({"state": "met", "met_on": START}, "active", False),
        ({}, "paused", False),
        ({}, "postponed", False),
    ],
)
def test_late_is_open_past_its_day_in_a_case_under_way(make_promise, changed, state, late):
    promise = make_promise(due_on=date(2026, 11, 15))
    promise.move_to(**changed)
    promise.deadline.case.state = state
    assert promise.deadline.is_late is late


def test_late_begins_at_midnight_in_london(make_promise, clock):
    promise = make_promise(due_on=date(2027, 6, 1))
    clock.move_to("2027-06-01 22:59 +0000")
    assert not promise.deadline.is_late
    clock.move_to("2027-06-01 23:00 +0000")
    assert promise.deadline.is_late


def test_a_rule_says_what_it_counts():
    assert str(ReminderRule(offset_days=-7)) == "every deadline: -7 days"
    assert str(ReminderRule(kind="report_public", offset_days=-7, in_working_days=True)).endswith("-7 working days")
