import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.db import connections, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from councils.models import Council
from cpc.accounts.models import User
from cpc.cases.models import Case, CaseMembership
from cpc.casework.services import cancel_case, pause_case, postpone_case, remove_member, resume_case
from cpc.deadlines.models import Deadline
from cpc.deadlines.services import cancel_deadlines, meet_deadline, revise_deadline
from cpc.notifications.models import Message, MessageState
from cpc.notifications.tasks import deliver_waiting
from cpc.reminders import sweep as reminders
from cpc.reminders.models import Reminder, ReminderRule
from cpc.reminders.sweep import find_due, sweep, timing_of
from cpc.reminders.tasks import finish_sweep as finish_task
from cpc.reminders.tasks import sweep as sweep_task
from cpc.reminders.timing import spans
from cpc.reminders.wording import words_for
from tests.counting import count_queries
from tests.cpc.conftest import DUE, START
from tests.factories.accounts import make_user
from tests.factories.cases import make_cases
from tests.factories.rules import ensure_default_rules


def days(number):
    return timedelta(days=number)


def told(person):
    """What this person was reminded of, in order."""
    return [
        item["when"]
        for message in Message.objects.filter(kind="reminders", to=person).order_by("pk")
        for item in message.context["items"]
    ]


def due_reminders(today):
    """What a sweep of this day would find, whether or not it is held back."""
    return [due for batch in find_due(today) for due in batch]


def offsets(found):
    return {due.side: ReminderRule.objects.get(pk=due.rule_id).offset_days for due in found}


def only_rule(offset, **changed):
    ReminderRule.objects.all().delete()
    return ReminderRule.objects.create(offset_days=offset, **changed)


# ------------------------------------------------------------------ on which day


@pytest.mark.parametrize(
    ("after_due", "speaks"),
    [
        (-29, None),
        (-28, -28),
        (-27, -28),
        (-8, -28),
        (-7, -7),
        (0, -7),
        (1, 1),
        (13, 1),
        (14, 14),
        (380, 14),
        (381, None),
    ],
)
def test_the_last_rule_whose_day_has_come_speaks(make_promise, after_due, speaks):
    make_promise()
    found = offsets(due_reminders(DUE + days(after_due)))
    assert found == (({"Council": speaks} if speaks else {}) | ({"LGA": 14} if speaks == 14 else {}))


def test_a_sweep_on_every_day_reminds_on_the_right_days_and_once_each(make_promise):
    promise = make_promise()
    spoken = {}
    for offset in range(-60, 60):
        before = told(promise.coordinator), told(promise.manager)
        sweep(DUE + days(offset))
        sweep(DUE + days(offset))
        after = told(promise.coordinator), told(promise.manager)
        if after != before:
            spoken[offset] = tuple(new[len(old) :] for old, new in zip(before, after, strict=True))
    assert spoken == {
        -28: (["due in 28 days"], []),
        -7: (["due in 7 days"], []),
        1: (["1 day late"], []),
        14: (["14 days late"], ["14 days late"]),
    }


def test_a_missed_day_is_made_good_and_a_pile_of_them_with_one_message(make_promise):
    promise = make_promise()
    assert sweep(DUE - days(29)) == 0
    assert sweep(DUE + days(20)) == 2
    assert told(promise.coordinator) == told(promise.manager) == ["20 days late"]
    assert sweep(DUE + days(21)) == 0


def test_a_sweep_in_january_after_days_without_one_sends_one_message_a_person_and_deadline(make_promise):
    """Nobody ran the service from 18 December to 11 January."""
    promise = make_promise(due_on=date(2026, 12, 23))
    for number, due_on in enumerate([date(2027, 1, 4), date(2027, 1, 12), date(2027, 1, 20), date(2027, 3, 1)]):
        Deadline.objects.create(
            case=promise.case, kind=f"k{number}", label="L", due_on=due_on, first_due_on=due_on, owner_role="Council"
        )
    sweep(date(2026, 12, 18))
    before = told(promise.coordinator)
    assert before == ["due in 5 days", "due in 17 days", "due in 25 days"]
    sweep(date(2027, 1, 11))
    assert told(promise.coordinator)[len(before) :] == ["19 days late", "7 days late", "due in 1 day", "due in 9 days"]
    assert told(promise.manager) == ["19 days late"]
    assert sweep(date(2027, 1, 11)) == 0


@pytest.mark.parametrize(
    ("due_on", "today", "words"),
    [
        (date(2027, 3, 1), date(2027, 2, 22), "due in 7 days"),
        (date(2027, 3, 1), date(2027, 2, 28), "due in 1 day"),
        (date(2028, 3, 1), date(2028, 2, 28), "due in 2 days"),
        (date(2027, 3, 1), date(2027, 3, 1), "due today"),
        (date(2027, 3, 1), date(2027, 3, 2), "1 day late"),
        (date(2027, 3, 1), date(2027, 4, 1), "31 days late"),
    ],
)
def test_words_count_the_days(due_on, today, words):
    assert words_for(due_on, today) == words


def test_working_days_of_a_rule_are_those_of_the_councils_nation(make_promise):
    promise = make_promise(due_on=date(2027, 1, 8))
    rule = only_rule(-10, in_working_days=True)
    assert timing_of(rule).send_day(promise.deadline.due_on, "England") == date(2026, 12, 22)
    assert sweep(date(2026, 12, 21)) == 0
    assert sweep(date(2026, 12, 22)) == 1
    Reminder.objects.all().delete()
    Council.objects.filter(pk=promise.case.council_id).update(nation="Scotland")
    # 4 January 2027 is free in Scotland: one day earlier.
    assert [due.send_on for due in due_reminders(date(2026, 12, 21))] == [date(2026, 12, 21)]
    assert due_reminders(date(2026, 12, 20)) == []


@pytest.mark.parametrize("offset", [-1, -3, -60, -250, -1000])
def test_a_rule_of_many_working_days_speaks_on_its_day(make_promise, offset):
    """Far ahead of the deadline, over several Christmases."""
    promise = make_promise(due_on=date(2031, 1, 2))
    rule = only_rule(offset, in_working_days=True)
    on = timing_of(rule).send_day(promise.deadline.due_on, "England")
    assert due_reminders(on - days(1)) == []
    assert [due.send_on for due in due_reminders(on)] == [on]


@given(
    st.dates(date(2020, 1, 1), date(2190, 1, 1)),
    st.integers(-300, 300),
    st.booleans(),
    st.sampled_from(["England", "Scotland", "Northern Ireland"]),
)
def test_on_its_own_day_every_rule_is_within_the_spans_of_the_sweep(due_on, offset, in_working_days, nation):
    timing = timing_of(ReminderRule(pk=1, offset_days=offset, in_working_days=in_working_days))
    on = timing.send_day(due_on, nation)
    found = [
        span
        for span in spans((timing,), on, 60, True)
        if span.owner == "LGA" and span.nation == nation and span.from_on <= due_on <= span.until_on
    ]
    assert [(span.rule, due_on + days(span.shift)) for span in found] == [(1, on)]


def test_rules_of_as_many_days_and_working_days_each_speak(make_promise):
    """Seven working days come before seven days: the one must not pass for the other."""
    promise = make_promise()
    only_rule(-7)
    ReminderRule.objects.create(kind="report_public", offset_days=-7, in_working_days=True)
    for offset in range(-12, 0):
        sweep(DUE + days(offset))
    assert told(promise.coordinator) == ["due in 9 days", "due in 7 days"]


def test_a_rule_of_one_kind_speaks_of_that_kind_and_one_that_is_off_of_none(make_promise):
    promise = make_promise()
    only_rule(-7, kind="action_plan_public")
    assert due_reminders(DUE) == []
    ReminderRule.objects.update(kind="report_public")
    assert len(due_reminders(DUE)) == 1
    ReminderRule.objects.update(is_active=False)
    assert due_reminders(DUE) == []
    assert sweep(DUE) == 0
    assert told(promise.coordinator) == []


# ------------------------------------------------------------------ clocks that change, midnight


@pytest.mark.parametrize(
    ("before", "at"),
    [
        ("2027-03-27 23:59:59", "2027-03-28 00:00"),  # the night the clocks go forward begins in GMT ...
        ("2027-03-28 22:59:59", "2027-03-28 23:00"),  # ... and ends in summer time
        ("2027-07-14 22:59:59", "2027-07-14 23:00"),
        ("2027-10-30 22:59:59", "2027-10-30 23:00"),  # the night they go back begins in summer time ...
        ("2027-10-31 23:59:59", "2027-11-01 00:00"),  # ... and ends in GMT
        ("2026-12-31 23:59:59", "2027-01-01 00:00"),
    ],
)
def test_a_day_begins_at_midnight_in_london(make_promise, clock, settings, before, at):
    settings.REMINDERS_FROM_HOUR = 0
    midnight = datetime.fromisoformat(at).replace(tzinfo=UTC)
    due_on = timezone.localdate(midnight)
    assert timezone.localtime(midnight).time().isoformat() == "00:00:00"
    promise = make_promise(due_on=due_on)
    only_rule(0)
    clock.move_to(datetime.fromisoformat(before).replace(tzinfo=UTC))
    assert sweep_task() == 0
    clock.move_to(midnight)
    assert sweep_task() == 1
    assert told(promise.coordinator) == ["due today"]


@pytest.mark.parametrize("sunday", [date(2027, 3, 28), date(2027, 10, 31)])
def test_sweeps_every_quarter_of_an_hour_over_the_change_remind_once_a_day(make_promise, clock, sunday):
    promise = make_promise(due_on=sunday)
    ReminderRule.objects.all().delete()
    for offset in (-1, 0, 1):
        ReminderRule.objects.create(offset_days=offset)
    now = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC) - timedelta(hours=26)
    heard = {}
    for step in range(4 * (26 + 34)):
        clock.move_to(now + timedelta(minutes=15) * step)
        if sweep_task():
            heard[timezone.localtime().isoformat(timespec="minutes")[:16]] = told(promise.coordinator)[-1]
    assert heard == {
        f"{sunday - days(1)}T07:00": "due in 1 day",
        f"{sunday}T07:00": "due today",
        f"{sunday + days(1)}T07:00": "1 day late",
    }


@pytest.mark.parametrize("batches", [1, 2])
def test_a_sweep_that_was_killed_half_way_is_done_again_within_the_minute(make_promise, clock, monkeypatch, batches):
    """Claimed and without a mail: that is not left to the next sweep, a quarter of an hour later."""
    monkeypatch.setattr(reminders, "BATCH", 2)
    clock.move_to(datetime.combine(DUE + days(20), time(10), tzinfo=UTC))
    assert finish_task() == 0
    promises = [make_promise() for _ in range(3)]
    found = list(reminders.find_due(DUE + days(20)))
    rules = {rule.pk: rule for rule in ReminderRule.objects.all()}
    for batch in found[:batches]:
        reminders.claim(batch, rules, DUE + days(20))
    assert Reminder.objects.filter(message__isnull=True).exists()
    assert finish_task() > 0
    assert not Reminder.objects.filter(message__isnull=True).exists()
    for promise in promises:
        assert told(promise.coordinator) == told(promise.manager) == ["20 days late"]
    assert finish_task() == sweep_task() == 0
    # What was claimed long ago waits on purpose, and what would wake nobody in the night.
    Reminder.objects.update(message=None, made_at=timezone.now() - timedelta(hours=1))
    Message.objects.all().delete()
    assert finish_task() == 0
    Reminder.objects.update(made_at=timezone.now())
    clock.move_to(datetime.combine(DUE + days(20), time(3), tzinfo=UTC))
    assert finish_task() == 0


# ------------------------------------------------------------------ who is left in peace


@pytest.mark.parametrize("state", ["paused", "cancelled", "closed"])
def test_a_case_that_stands_still_or_is_over_is_left_in_peace(make_promise, state):
    promise = make_promise()
    changed = {"state": state, "state_reason": "" if state == "closed" else "A by-election"}
    Case.objects.filter(pk=promise.case.pk).update(**changed)
    assert due_reminders(DUE) == []
    assert sweep(DUE + days(100)) == 0


def test_a_postponed_case_is_still_reminded(make_promise):
    """Work goes on meanwhile."""
    promise = make_promise()
    postpone_case(
        case=promise.case, reason="Elections", new_on=date(2027, 9, 1), agreed_with="The leader", by=promise.boss
    )
    assert sweep(DUE - days(7)) == 1


def test_after_a_pause_the_last_missed_reminder_is_made_good(make_promise):
    promise = make_promise()
    pause_case(case=promise.case, reason="A by-election", by=promise.boss)
    assert sweep(DUE - days(28)) == sweep(DUE - days(7)) == 0
    resume_case(case=promise.case, by=promise.boss)
    assert sweep(DUE - days(2)) == 1
    assert told(promise.coordinator) == ["due in 2 days"]


def test_what_was_kept_or_fell_away_is_not_reminded_of(make_promise):
    met, fallen = make_promise(), make_promise()
    meet_deadline(case=met.case, kind="report_public", on=START, by=met.boss)
    cancel_deadlines(case=fallen.case, by=fallen.boss)
    assert sweep(DUE + days(30)) == 0


def test_a_new_date_is_a_new_promise_with_reminders_of_its_own(make_promise, clock):
    promise = make_promise()
    clock.move_to(datetime(2027, 7, 9, 12, tzinfo=UTC))
    sweep(DUE + days(9))
    revise_deadline(
        deadline=promise.deadline,
        due_on=date(2027, 9, 1),
        reason="The leader fell ill",
        agreed_with="The chief executive",
        version=0,
        by=promise.manager,
    )
    assert sweep(date(2027, 7, 11)) == sweep(date(2027, 8, 3)) == 0
    assert sweep(date(2027, 8, 4)) == 1
    assert told(promise.coordinator) == ["9 days late", "due in 28 days"]


def deactivate(promise):
    User.objects.filter(pk=promise.coordinator.pk).update(is_active=False)


def leave(promise):
    membership = promise.case.memberships.get(user=promise.coordinator)
    remove_member(membership=membership, reason="Left the council", by=promise.boss)


def abolish(promise):
    Council.objects.filter(pk=promise.case.council_id).update(end_on=START - days(1))


@pytest.mark.parametrize(
    "change",
    [
        lambda promise: meet_deadline(case=promise.case, kind="report_public", on=START, by=promise.boss),
        lambda promise: promise.move_to(state="cancelled"),
        lambda promise: promise.move_to(due_on=DUE + days(1), first_due_on=DUE + days(1)),
        lambda promise: Deadline.objects.all().delete(),
        lambda promise: pause_case(case=promise.case, reason="A by-election", by=promise.boss),
        lambda promise: cancel_case(case=promise.case, reason="Declined", by=promise.boss),
        leave,
        deactivate,
        abolish,
    ],
    ids=["met", "fell away", "moved", "gone", "paused", "cancelled", "left", "account closed", "council abolished"],
)
def test_what_no_longer_applies_drops_out_at_sending(make_promise, change):
    promise = make_promise()
    sweep(DUE - days(7))
    message = Message.objects.get(kind="reminders", to=promise.coordinator)
    change(promise)
    deliver_waiting()
    message.refresh_from_db()
    assert message.state == MessageState.DROPPED
    assert not [sent for sent in mail.outbox if sent.to == [promise.coordinator.email] and "due in" in sent.subject]


def test_what_still_applies_is_sent_in_the_words_of_the_day_of_sending(make_promise, clock):
    """The mail server was away for two days."""
    promise = make_promise()
    clock.move_to(datetime(2027, 6, 23, 12, tzinfo=UTC))
    sweep(DUE - days(7))
    clock.move_to(datetime(2027, 6, 25, 12, tzinfo=UTC))
    sweep(DUE - days(5))
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.to == [promise.coordinator.email]
    assert sent.subject == f"{promise.case.council.name}: publish the feedback report, due in 5 days"
    assert "due in 5 days (30 June 2027)" in sent.body
    assert "comes to you" not in sent.body
    (name, content, _) = sent.attachments[0]
    assert name == "dates.ics"
    assert "DTSTART;VALUE=DATE:20270630" in content


# ------------------------------------------------------------------ to whom


def test_the_lga_is_reminded_once_of_its_own_deadline(make_promise):
    """Two rules name the LGA two weeks after: as the owner, and as the LGA."""
    promise = make_promise(owner_role="LGA")
    for offset in (14, 15, 16):
        sweep(DUE + days(offset))
    assert told(promise.manager) == ["14 days late"]
    assert told(promise.coordinator) == []


def test_somebody_in_two_roles_gets_one_message(make_promise):
    promise = make_promise()
    CaseMembership.objects.create(
        case=promise.case, user=promise.manager, role="support_officer", starts_on=START, added_by=promise.boss
    )
    sweep(DUE + days(14))
    assert told(promise.manager) == told(promise.coordinator) == ["14 days late"]


def test_somebody_who_joins_later_is_not_told_of_what_was_said_before(make_promise):
    promise = make_promise()
    sweep(DUE - days(7))
    leader = make_user("leader", council=promise.case.council)
    CaseMembership.objects.create(case=promise.case, user=leader, role="leader", starts_on=START, added_by=promise.boss)
    assert sweep(DUE - days(6)) == 0
    assert sweep(DUE + days(1)) == 2
    assert told(leader) == ["1 day late"]


@pytest.mark.parametrize("change", [leave, deactivate, abolish])
def test_with_nobody_on_its_side_the_lga_is_told_and_told_why(make_promise, change):
    promise = make_promise()
    change(promise)
    assert sweep(DUE - days(7)) == 1
    assert sweep(DUE - days(6)) == 0
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.to == [promise.manager.email]
    if change is abolish:
        reason = f"{promise.case.council.name} ceased to exist after 15 November 2026"
    else:
        reason = "No one from the council is on this peer challenge"
    assert f"{reason}, so we are sending this reminder to you." in sent.body
    assert f"{reason}, so we are sending this reminder to you." in sent.alternatives[0][0]
    # Two weeks late both sides' rules mean the same people: one message each.
    assert sweep(DUE + days(14)) == 1


@pytest.mark.parametrize("change", [leave, deactivate, abolish])
def test_a_reminder_whose_only_reader_left_before_it_was_sent_reaches_the_lga(make_promise, change):
    promise = make_promise()
    sweep(DUE - days(7))
    change(promise)
    deliver_waiting()
    assert [sweep(DUE - days(7)) for _ in range(2)] == [1, 0]
    assert told(promise.manager) == ["due in 7 days"]


def test_with_nobody_of_the_lga_either_the_programme_managers_are_told(make_promise):
    promise = make_promise()
    make_user("programme_manager", is_active=False)
    CaseMembership.objects.all().delete()
    assert sweep(DUE - days(7)) == 1
    assert told(promise.boss) == ["due in 7 days"]
    deliver_waiting()
    assert [sent.to for sent in mail.outbox] == [[promise.boss.email]]


def test_nobody_at_all_is_logged_and_holds_up_no_other(make_promise, caplog):
    alone, other = make_promise(), make_promise()
    CaseMembership.objects.filter(case=alone.case).delete()
    User.objects.filter(role="programme_manager").update(is_active=False)
    with caplog.at_level(logging.ERROR):
        assert sweep(DUE - days(7)) == 1
    assert told(other.coordinator) == ["due in 7 days"]
    assert f"deadline {alone.deadline.pk}" in caplog.text
    # As soon as there is somebody, the reminder is made good.
    User.objects.filter(pk=alone.boss.pk).update(is_active=True)
    assert sweep(DUE - days(5)) == 1
    assert told(alone.boss) == ["due in 5 days"]


def test_of_a_joint_challenge_the_council_that_is_left_is_reminded(make_promise):
    promise = make_promise()
    partner = make_user("coordinator")
    promise.case.joint_councils.add(partner.council)
    CaseMembership.objects.create(
        case=promise.case, user=partner, role="coordinator", starts_on=START, added_by=promise.boss
    )
    abolish(promise)
    assert sweep(DUE - days(7)) == 1
    assert told(partner) == ["due in 7 days"]
    assert told(promise.coordinator) == told(promise.manager) == []


def test_a_council_is_reminded_up_to_its_last_day(make_promise):
    promise = make_promise()
    Council.objects.filter(pk=promise.case.council_id).update(end_on=DUE - days(7))
    assert sweep(DUE - days(7)) == 1
    assert told(promise.coordinator) == ["due in 7 days"]
    assert sweep(DUE + days(1)) == 1
    assert told(promise.manager) == ["1 day late"]


# ------------------------------------------------------------------ cost, and two at once


@pytest.mark.django_db
def test_a_sweep_costs_the_same_with_one_deadline_and_with_three_hundred(clock):
    ensure_default_rules()
    boss = make_user("programme_manager")
    members = {"peer_challenge_manager": boss}
    reading, idle = [], []
    for number in (1, 2, 297):
        make_cases(number, by=boss, members=members)
        Deadline.objects.filter(kind="second").delete()
        Deadline.objects.update(due_on=DUE, first_due_on=DUE)
        Case.objects.first().joint_councils.add(Council.objects.last())
        sweep(DUE)
        reading.append(count_queries(lambda: due_reminders(DUE)))
        idle.append(count_queries(lambda: sweep(DUE)))
    assert due_reminders(DUE) == []
    assert Reminder.objects.count() == 300
    assert reading == [2, 2, 2]
    # The rules, what is due, what waits for a mail, and what is left of an earlier day.
    assert idle == [4, 4, 4]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_queue_each_message_once():
    ensure_default_rules()
    boss = make_user("programme_manager")
    members = {role: make_user(role) for role in ("coordinator", "leader", "chief_executive")}
    # A case and its event are one transaction.
    with transaction.atomic():
        make_cases(10, by=boss, members=members, owner_role="Council")
    today = timezone.localdate() + days(20)
    wanted = len(due_reminders(today)) * len(members)
    start = Barrier(4)

    def one(number):
        start.wait()
        try:
            return sweep(today)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(one, range(4)))
    assert Reminder.objects.filter(message__isnull=False).count() == wanted >= 30
    assert sum(claimed) == Message.objects.count() == len(mail.outbox) == len(members)
    assert sum(len(message.context["items"]) for message in Message.objects.all()) == wanted
