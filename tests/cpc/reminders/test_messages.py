"""One mail a day and address: what it says, what it carries, and what falls out of it before it leaves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection, connections, transaction
from icalendar import Calendar

from cpc.cases.models import CaseMembership
from cpc.deadlines.kinds import label_of
from cpc.deadlines.models import Deadline
from cpc.deadlines.services import meet_deadline
from cpc.notifications import services
from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from cpc.notifications.tasks import deliver, deliver_waiting
from cpc.reminders.models import Reminder, ReminderPause, ReminderRule
from cpc.reminders.sweep import sweep
from tests.cpc.conftest import DUE, START
from tests.factories.accounts import make_user
from tests.factories.cases import make_cases

DAY = timedelta(days=1)


def another(promise, kind, due_on, **changed):
    values = {"label": label_of(kind), "owner_role": "Council"}
    return Deadline.objects.create(case=promise.case, kind=kind, due_on=due_on, first_due_on=due_on, **values | changed)


@pytest.fixture
def three(make_promise, clock):
    """Three promises of one council, all to be told of on one day."""
    promise = make_promise()
    another(promise, "action_plan_public", DUE + 20 * DAY)
    another(promise, "progress_review_held", DUE - 8 * DAY)
    clock.move_to(f"{DUE - 7 * DAY}T12:00:00+00:00")
    return promise


def test_several_reminders_of_a_day_to_one_address_are_one_mail(three):
    assert sweep(DUE - 7 * DAY) == 1
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.to == [three.coordinator.email]
    assert sent.subject == "3 reminders about peer challenges"
    # By their days, each with its link.
    lines = [line for line in sent.body.splitlines() if line[:2] in {"1.", "2.", "3."}]
    assert [line[3:].partition(": ")[2] for line in lines] == [
        "hold the progress review, 1 day late", "publish the feedback report, due in 7 days", "publish the action plan, due in 27 days",
    ]  # fmt: skip
    assert sent.body.count(f"/cases/{three.case.reference}/deadlines/") == 3
    assert sent.alternatives[0][0].count('<a href="') == 3
    # In calendars: the days to come, each under a name of its own.
    calendar = Calendar.from_ical(sent.attachments[0][1])
    assert {str(event["summary"]).partition(":")[0]: event["dtstart"].dt for event in calendar.walk("VEVENT")} == {
        "Publish the feedback report": DUE, "Publish the action plan": DUE + 20 * DAY,
    }  # fmt: skip
    assert len({str(event["uid"]) for event in calendar.walk("VEVENT")}) == 2
    references = {reminder.reference for reminder in Reminder.objects.all()}
    assert set(sent.extra_headers["X-Reminders"].split()) == references
    assert len(references) == 3


def test_what_comes_up_later_on_a_day_waits_for_the_next_days_mail(three, clock):
    sweep(DUE - 7 * DAY)
    deliver_waiting()
    another(three, "late_comer", DUE - 4 * DAY)
    assert sweep(DUE - 7 * DAY) == 0
    assert Reminder.objects.filter(message__isnull=True).count() == 1
    clock.move_to(f"{DUE - 6 * DAY}T12:00:00+00:00")
    assert sweep(DUE - 6 * DAY) == 1
    deliver_waiting()
    assert sorted(sent.subject.partition(": ")[2] or sent.subject for sent in mail.outbox) == [
        "3 reminders about peer challenges", "late comer, due in 2 days",
    ]  # fmt: skip


def test_what_was_kept_while_the_mail_waited_falls_out_of_it(three):
    sweep(DUE - 7 * DAY)
    meet_deadline(case=three.case, kind="report_public", on=START, by=three.boss)
    meet_deadline(case=three.case, kind="progress_review_held", on=START, by=three.boss)
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.subject == f"{three.case.title}: publish the action plan, due in 27 days"
    assert "Feedback report" not in sent.body
    assert Reminder.objects.filter(dropped_at__isnull=False).count() == 2
    assert sweep(DUE - 6 * DAY) == 0


def test_a_mail_with_nothing_left_is_not_sent(three):
    sweep(DUE - 7 * DAY)
    for kind in ("report_public", "action_plan_public", "progress_review_held"):
        meet_deadline(case=three.case, kind=kind, on=START, by=three.boss)
    deliver_waiting()
    assert Message.objects.get().state == MessageState.DROPPED
    assert not Reminder.objects.filter(dropped_at__isnull=True).exists()


def test_a_rules_own_words_reach_the_reader_with_the_values_of_the_day(make_promise, clock):
    promise = make_promise()
    ReminderRule.objects.all().delete()
    ReminderRule.objects.create(
        offset_days=-7,
        subject_text="{what} of {title}",
        body_text="On {date}, {when}.\n\nKing's & Queen's <b>words</b>",
        attaches_date=False,
    )
    clock.move_to(f"{DUE - 7 * DAY}T12:00:00+00:00")
    sweep(DUE - 7 * DAY)
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.subject == f"Publish the feedback report of {promise.case.title}"
    assert "On 30 June 2027, due in 7 days.\n\nKing's & Queen's <b>words</b>" in sent.body
    assert "<p>King&#x27;s &amp; Queen&#x27;s &lt;b&gt;words&lt;/b&gt;</p>" in sent.alternatives[0][0]
    assert sent.attachments == []
    assert sent.body.startswith(f"Dear {promise.coordinator.full_name},")


def test_two_rules_about_one_thing_to_one_person_are_one_item(make_promise, clock):
    """The manager is the LGA, and stands in for a council with nobody there."""
    promise = make_promise()
    promise.case.memberships.filter(user=promise.coordinator).delete()
    clock.move_to(f"{DUE + 14 * DAY}T12:00:00+00:00")
    sweep(DUE + 14 * DAY)
    assert Reminder.objects.filter(to=promise.manager).count() == 2
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.subject.endswith("publish the feedback report, 14 days late")
    assert "comes to you" not in sent.body


def test_a_message_of_before_has_a_day_of_its_own_each(make_promise):
    make_promise()
    for number in (-7, 1):
        sweep(DUE + number * DAY)
    keys = Message.objects.order_by("pk").values_list("subject_key", flat=True)
    assert list(keys) == [f"reminders:{DUE + number * DAY}" for number in (-7, 1)]
    assert date(2027, 6, 23) == DUE - 7 * DAY


@pytest.fixture
def two_mails(make_promise, clock):
    """The coordinator's mail left on Friday 25 June, the leader's could not."""
    promise = make_promise()
    leader = make_user("leader", council=promise.case.council)
    CaseMembership.objects.create(case=promise.case, user=leader, role="leader", starts_on=START, added_by=promise.boss)
    ReminderRule.objects.all().delete()
    ReminderRule.objects.create(offset_days=-5, waits_for_working_day=True)
    clock.move_to("2027-06-25T12:00:00+00:00")
    assert sweep(DUE - 5 * DAY) == 2
    deliver(Message.objects.get(to=promise.coordinator).pk)
    return promise, leader


def test_a_mail_that_is_late_does_not_wait_for_monday(two_mails, clock):
    promise, leader = two_mails
    clock.move_to("2027-06-26T12:00:00+00:00")
    sweep(DUE - 4 * DAY)
    deliver_waiting()
    assert [sent.to[0] for sent in mail.outbox] == [promise.coordinator.email, leader.email]


def test_a_mail_that_meets_a_pause_waits_until_it_is_over_and_is_the_same_mail(two_mails, clock):
    promise, leader = two_mails
    before = message_id(Message.objects.get(to=leader))
    ReminderPause.objects.create(
        case=promise.case, reason="A by-election", starts_on=START, ends_on=DUE - 4 * DAY, made_by=promise.boss
    )
    clock.move_to("2027-06-26T12:00:00+00:00")
    for _ in range(2):
        sweep(DUE - 4 * DAY)
        deliver_waiting()
    assert len(mail.outbox) == 1
    assert Message.objects.get(to=leader).next_attempt_at.isoformat() == "2027-06-27T06:00:00+00:00"
    clock.move_to("2027-06-27T12:00:00+00:00")
    assert sweep(DUE - 3 * DAY) == 0
    deliver_waiting()
    assert [sent.to[0] for sent in mail.outbox] == [promise.coordinator.email, leader.email]
    assert mail.outbox[1].extra_headers["Message-ID"] == before
    assert "due in 3 days" in mail.outbox[1].subject


def test_of_a_mail_some_of_which_is_held_back_the_rest_leaves_and_what_is_held_follows(make_promise, clock):
    one, other = make_promise(), make_promise(due_on=DUE + DAY)
    other.case.joint_councils.add(one.case.council)
    CaseMembership.objects.create(
        case=other.case, user=one.coordinator, role="coordinator", starts_on=START, added_by=one.boss
    )
    CaseMembership.objects.filter(case=other.case, user=other.coordinator).delete()
    clock.move_to(f"{DUE - 6 * DAY}T12:00:00+00:00")
    assert sweep(DUE - 6 * DAY) == 1
    ReminderPause.objects.create(
        case=other.case, reason="Asked", starts_on=START, ends_on=DUE - 6 * DAY, made_by=one.boss
    )
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.subject == f"{one.case.title}: publish the feedback report, due in 6 days"
    clock.move_to(f"{DUE - 5 * DAY}T12:00:00+00:00")
    assert sweep(DUE - 5 * DAY) == 1
    deliver_waiting()
    assert mail.outbox[1].subject == f"{other.case.title}: publish the feedback report, due in 6 days"
    assert mail.outbox[1].to == sent.to == [one.coordinator.email]


# ------------------------------------------------------------------ what is left of a day whose worker was killed


NEW = "new_promise"


@pytest.fixture
def left_over(three, clock):
    """Three reminders in a mail that nobody began to send; it is the next day's morning, with something new to say."""
    sweep(DUE - 7 * DAY)
    another(three, NEW, DUE + DAY)
    clock.move_to(f"{DUE - 6 * DAY}T08:00:00+00:00")
    return three


def test_what_was_never_offered_goes_along_with_the_next_days_mail(left_over):
    assert sweep(DUE - 6 * DAY) == 1
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.subject == "4 reminders about peer challenges"
    assert "due in 6 days" in sent.body
    earlier, later = Message.objects.order_by("pk")
    assert (earlier.state, later.state) == (MessageState.DROPPED, MessageState.SENT)
    assert sent.extra_headers["Message-ID"] == message_id(later)
    assert "goes into the next day's email" in earlier.failure
    assert set(Reminder.objects.values_list("message", "dropped_at")) == {(later.pk, None)}
    assert sweep(DUE - 6 * DAY) == 0


def test_what_was_kept_or_is_said_again_by_a_later_rule_does_not_go_along(left_over):
    meet_deadline(case=left_over.case, kind="report_public", on=START, by=left_over.boss)
    ReminderRule.objects.create(offset_days=2, kind="progress_review_held")
    sweep(DUE - 6 * DAY)
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.subject == "3 reminders about peer challenges"
    assert "Feedback report" not in sent.body
    references = sent.extra_headers["X-Reminders"].split()
    assert len(references) == 3
    dropped = Reminder.objects.filter(dropped_at__isnull=False)
    assert sorted(dropped.values_list("kind", flat=True)) == ["progress_review_held", "report_public"]
    assert not {each.reference for each in dropped} & set(references)


def test_what_is_held_back_goes_along_when_it_may(left_over, clock):
    ReminderPause.objects.create(
        case=left_over.case, reason="Asked", starts_on=START, ends_on=DUE - 6 * DAY, made_by=left_over.boss
    )
    # Of another case nothing is held back.
    other = Deadline.objects.get(kind=NEW)
    (case,) = make_cases(1, by=left_over.boss, members={"coordinator": left_over.coordinator})
    case.joint_councils.add(left_over.case.council)
    Deadline.objects.filter(case=case).delete()
    Deadline.objects.filter(pk=other.pk).update(case=case)
    assert sweep(DUE - 6 * DAY) == 1
    deliver_waiting()
    assert [sent.subject for sent in mail.outbox] == [f"{case.title}: new promise, due in 7 days"]
    clock.move_to(f"{DUE - 5 * DAY}T08:00:00+00:00")
    sweep(DUE - 5 * DAY)
    deliver_waiting()
    assert mail.outbox[1].subject == "3 reminders about peer challenges"
    assert len(mail.outbox) == 2


def test_of_what_was_offered_nobody_knows_and_it_stays_the_same_mail(left_over, monkeypatch, clock):
    """Its worker died before the mail server's answer was written down."""

    def killed(message):
        raise SystemExit

    clock.move_to(f"{DUE - 7 * DAY}T12:00:00+00:00")
    message = Message.objects.get()
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(services, "mail_of", killed)
        deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.WAITING, 0)
    assert message.offered_at is not None
    clock.move_to(f"{DUE - 6 * DAY}T08:00:00+00:00")
    assert sweep(DUE - 6 * DAY) == 1
    deliver_waiting()
    assert [sent.extra_headers["Message-ID"] for sent in mail.outbox] == [
        message_id(each) for each in Message.objects.order_by("pk")
    ]
    assert [len(sent.extra_headers["X-Reminders"].split()) for sent in mail.outbox] == [3, 1]


def test_it_waits_for_the_days_sweep_and_without_one_it_goes_by_itself(left_over, clock):
    (message,) = Message.objects.all()
    for hour in ("00:00", "08:00"):
        Message.objects.update(next_attempt_at=message.queued_at)
        clock.move_to(f"{DUE - 6 * DAY}T{hour}:00+00:00")
        assert deliver_waiting() == 0
        # A hint that comes late is no reason.
        message.refresh_from_db()
        assert message.offered_at is None
    assert message.next_attempt_at.isoformat() == f"{DUE - 6 * DAY}T08:30:00+00:00"
    clock.move_to(f"{DUE - 6 * DAY}T08:30:00+00:00")
    assert deliver_waiting() == 1
    assert sweep(DUE - 6 * DAY) == 1
    deliver_waiting()
    assert len(mail.outbox) == 2


def test_with_nothing_new_for_its_reader_the_sweep_lets_it_go_as_it_is(left_over):
    Deadline.objects.filter(kind=NEW).delete()
    before = message_id(Message.objects.get())
    deliver_waiting()
    assert mail.outbox == []
    assert sweep(DUE - 6 * DAY) == 0
    deliver_waiting()
    (sent,) = mail.outbox
    assert sent.extra_headers["Message-ID"] == before


def test_after_a_weekend_what_is_late_goes_along_though_the_day_is_no_working_day(two_mails, clock):
    promise, leader = two_mails
    another(promise, NEW, date(2027, 7, 10))
    ReminderRule.objects.create(offset_days=-14, kind=NEW)
    clock.move_to("2027-06-26T12:00:00+00:00")
    sweep(DUE - 4 * DAY)
    deliver_waiting()
    last = {sent.to[0]: sent.subject for sent in mail.outbox[1:]}
    assert last[leader.email] == "2 reminders about peer challenges"
    assert last[promise.coordinator.email] == f"{promise.case.title}: new promise, due in 14 days"
    assert len(mail.outbox) == 3


def test_a_row_that_older_code_wrote_counts_as_offered(left_over):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cpc_message (kind, subject_key, email, context, state, queued_at, next_attempt_at, attempts, "
            "failure) VALUES ('reminders', 'older', 'a@example.org', '{}', 'waiting', now(), now(), 0, '') "
            "RETURNING offered_at IS NOT NULL"
        )
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db(transaction=True)
def test_sweeps_and_senders_at_once_leave_nothing_out_and_say_nothing_twice(make_promise, clock, monkeypatch):
    monkeypatch.setattr(services, "HINTS", [])
    # A case and its event are one transaction.
    with transaction.atomic():
        promise = make_promise()
    another(promise, "action_plan_public", DUE + 20 * DAY)
    clock.move_to(f"{DUE - 7 * DAY}T12:00:00+00:00")
    sweep(DUE - 7 * DAY)
    (message,) = Message.objects.all()
    another(promise, NEW, DUE + DAY)
    clock.move_to(f"{DUE - 6 * DAY}T08:00:00+00:00")
    barrier = Barrier(8)

    def run(number):
        barrier.wait(10)
        try:
            sweep(DUE - 6 * DAY) if number % 2 else deliver(message.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(run, range(8)))
    sweep(DUE - 6 * DAY)
    deliver_waiting()
    said = [each for sent in mail.outbox for each in sent.extra_headers["X-Reminders"].split()]
    assert len(said) == len(set(said)) == 3
    assert not Message.objects.filter(state=MessageState.WAITING).exists()
