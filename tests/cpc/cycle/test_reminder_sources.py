"""The cycle's reminders, from its rows to the mail that is received."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail

from councils.models import Contact, Tenure
from cpc.cases.models import Case
from cpc.cycle.models import AdviserPost, ContactLogEntry, CycleDate, JourneyEntry, Prompt
from cpc.cycle.queries import standing_of
from cpc.cycle.reference_data import RULES, ensure_cycle_rules
from cpc.cycle.services import set_aside_prompt, write_cycle_dates
from cpc.notifications.tasks import deliver_waiting
from cpc.reminders.models import Reminder, ReminderRule
from cpc.reminders.plan.queries import planned_reminders
from cpc.reminders.sweep import sweep
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge, make_conversation, make_prompt, make_trigger

pytestmark = pytest.mark.django_db

# Window: Tuesday 14 March 2028; due: Wednesday 14 March 2029.
LAST = date(2024, 3, 14)
WINDOW, DUE = date(2028, 3, 14), date(2029, 3, 14)
DAY = timedelta(days=1)


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-16 12:00 +0000", tick=False) as traveller:
        yield traveller


@pytest.fixture
def council(clock):
    """A council with a past challenge, a principal adviser, and a chief executive who has no account."""
    ensure_cycle_rules()
    council = make_council(name="Alderham", slug="alderham")
    make_challenge(council, LAST)
    adviser = make_user("principal_adviser", full_name="Avery Adviser", email="avery@example.org")
    AdviserPost.objects.create(council=council, user=adviser, started_on=date(2024, 1, 1))
    Contact.objects.create(
        council=council,
        role="chief_executive",
        name="Casey Chief",
        email="casey@alderham.example",
        started_on=date(2024, 1, 1),
    )
    make_user("programme_manager", email="pat@example.org")
    return council


def mails(clock, on):
    """Who gets which subjects on a day, and the mails."""
    clock.move_to(f"{on}T12:00:00+00:00")
    write_cycle_dates(on)
    sweep(on)
    before = len(mail.outbox)
    deliver_waiting()
    return {sent.to[0]: sent for sent in mail.outbox[before:]}


def test_the_days_are_those_of_the_due_list(council, clock):
    write_cycle_dates(date(2026, 11, 16))
    row = standing_of(council, date(2026, 11, 16))
    assert dict(CycleDate.objects.values_list("kind", "on")) == {
        "cycle_window_opens": row.window_on, "cycle_due": row.due_on,
    }  # fmt: skip
    assert (row.window_on, row.due_on) == (WINDOW, DUE)
    assert write_cycle_dates(date(2026, 11, 16)) == 0
    make_challenge(council, date(2025, 6, 1))
    assert write_cycle_dates(date(2026, 11, 16)) == 2
    council.in_programme = False
    council.save()
    assert write_cycle_dates(date(2026, 11, 16)) == 2
    assert not CycleDate.objects.exists()


def test_when_the_window_opens_the_adviser_hears_before_and_the_council_on_the_day(council, clock):
    assert mails(clock, WINDOW - 31 * DAY) == {}
    # 30 days before is a Sunday.
    heard = mails(clock, WINDOW - 29 * DAY)
    assert list(heard) == ["avery@example.org"]
    assert heard["avery@example.org"].subject == "Alderham: usual time for a peer challenge begins in 29 days"
    assert "due 14 March 2029: five years after 14 March 2024" in heard["avery@example.org"].body
    heard = mails(clock, WINDOW)
    assert list(heard) == ["casey@alderham.example"]
    assert heard["casey@alderham.example"].body.startswith("Dear Casey Chief,")
    assert "begins on 14 March 2028" in heard["casey@alderham.example"].body
    assert "/councils/alderham/" in heard["casey@alderham.example"].body
    assert mails(clock, WINDOW + DAY) == {}


def test_nobody_is_pestered_about_a_window_that_opened_long_before_anybody_looked(council, clock):
    assert mails(clock, WINDOW + 61 * DAY) == {}


def test_with_a_challenge_booked_nothing_is_said_even_where_the_days_were_written_before(council, clock):
    write_cycle_dates(date(2026, 11, 16))
    make_booked(council, date(2026, 11, 16))
    clock.move_to(f"{WINDOW}T12:00:00+00:00")
    assert CycleDate.objects.count() == 2
    assert sweep(WINDOW) == 0
    write_cycle_dates(WINDOW)
    assert not CycleDate.objects.exists()


def test_overdue_without_anything_done_reaches_the_programme_managers(council, clock):
    assert list(mails(clock, DUE + DAY)) == ["avery@example.org"]
    heard = mails(clock, DUE + 30 * DAY)
    assert list(heard) == ["pat@example.org"]
    assert heard["pat@example.org"].subject == "Alderham: next peer challenge 30 days late"


def test_r3_r4_a_prompt_reaches_the_principal_adviser_and_escalates_when_nothing_happens(council, clock):
    """R3, R4: within a day, one mail; R5: both reasons in it."""
    on = date(2026, 11, 17)
    prompt = make_prompt(council, on)
    make_trigger(council, date(2026, 11, 10), prompt=prompt, detail="Robin Leader")
    make_trigger(council, date(2026, 11, 2), prompt=prompt, kind="new_chief_executive", detail="Casey Chief")
    heard = mails(clock, on)
    assert list(heard) == ["avery@example.org"]
    body = heard["avery@example.org"].body
    assert "new leader since 10 November 2026 (Robin Leader)" in body
    assert "new chief executive since 2 November 2026 (Casey Chief)" in body
    assert mails(clock, on + DAY) == {}
    assert list(mails(clock, on + 21 * DAY)) == ["pat@example.org"]


def test_a_prompt_that_was_set_aside_is_not_spoken_of(council, clock):
    prompt = make_prompt(council, date(2026, 11, 16))
    make_trigger(council, date(2026, 11, 10), prompt=prompt)
    sweep(date(2026, 11, 16))
    set_aside_prompt(prompt=prompt, reason="Agreed with the leader", version=0, by=make_user("programme_manager"))
    deliver_waiting()
    assert mail.outbox == []
    assert Prompt.objects.get().state == "set_aside"


def test_r7_a_soft_prompt_reaches_the_principal_adviser_alone(council, clock):
    prompt = make_prompt(council, date(2026, 11, 16), is_soft=True)
    make_trigger(council, date(2026, 11, 10), prompt=prompt, kind="long_tenure")
    assert list(mails(clock, date(2026, 11, 16))) == ["avery@example.org"]
    assert mails(clock, date(2026, 12, 16)) == {}


def test_without_an_adviser_the_programme_managers_are_told_and_told_why(council, clock):
    AdviserPost.objects.all().delete()
    prompt = make_prompt(council, date(2026, 11, 16))
    make_trigger(council, date(2026, 11, 10), prompt=prompt)
    heard = mails(clock, date(2026, 11, 16))
    assert list(heard) == ["pat@example.org"]
    assert "Alderham has no principal adviser, so we are sending this reminder to you." in heard["pat@example.org"].body


def test_talks_of_which_nothing_was_heard_are_asked_about_and_a_new_entry_begins_anew(council, clock):
    talk = make_conversation(council, date(2026, 9, 1))
    ContactLogEntry.objects.create(
        council=council, on=date(2026, 9, 15), with_whom="The leader", text="Later", written_by=talk.recorded_by,
        form_key="00000000-0000-4000-8000-000000000001",
    )  # fmt: skip
    assert mails(clock, date(2026, 11, 13)) == {}
    heard = mails(clock, date(2026, 11, 16))
    assert "was on 15 September 2026 (62 days ago)" in heard["avery@example.org"].body
    make_booked(council, date(2026, 11, 16))
    assert mails(clock, date(2026, 12, 16)) == {}


def test_a_council_that_ended_is_told_nothing(council, clock):
    council.end_on = WINDOW - DAY
    council.save()
    assert mails(clock, WINDOW) == {}


def test_the_rules_are_loaded_once_and_what_was_edited_stays(council):
    rule = ReminderRule.objects.filter(kind="cycle_due").first()
    rule.body_text = "Ours"
    rule.save()
    assert ensure_cycle_rules() == 0
    assert ReminderRule.objects.filter(kind__startswith="cycle").count() == len(RULES)
    rule.refresh_from_db()
    assert rule.body_text == "Ours"


def test_looking_ahead_sees_the_cycle_too(council, clock):
    write_cycle_dates(date(2026, 11, 16))
    clock.move_to("2028-03-01T12:00:00+00:00")
    codes = ["cycle_date", "cycle_prompt", "cycle_talk"]
    ahead = planned_reminders(date(2028, 3, 1), date(2028, 3, 31), codes)
    assert [(each.on, each.rule.recipients) for each in ahead] == [(date(2028, 3, 1), "adviser"), (WINDOW, "contacts")]


def test_a_sweep_costs_the_same_with_one_council_and_with_three(council, clock):
    counts = []
    for number in range(3):
        other = make_council(name=f"Other {number}")
        make_challenge(other, LAST)
        make_conversation(other, date(2028, 3, 1))
        clock.move_to(f"{WINDOW - 20 * DAY}T12:00:00+00:00")
        write_cycle_dates(WINDOW - 20 * DAY)
        sweep(WINDOW - 20 * DAY)
        counts.append(count_queries(lambda: sweep(WINDOW - 20 * DAY)))
    assert Reminder.objects.values("row").distinct().count() == 4
    # The last lets go what an earlier day left over.
    assert counts == [4, 4, 4]


@pytest.mark.parametrize(("days", "says"), [(0, "begins on 14 March 2028"), (20, "began on 14 March 2028")])
def test_a_reminder_that_was_missed_for_weeks_says_that_the_window_has_opened(council, clock, days, says):
    heard = mails(clock, WINDOW + days * DAY)
    assert says in heard["casey@alderham.example"].body


def test_a_day_that_is_known_by_its_month_is_spoken_of_by_its_month(council, clock):
    Case.objects.update(onsite_precision="month", onsite_end_on=date(2024, 3, 31), cycle_start_on=date(2024, 3, 31))
    body = mails(clock, date(2028, 3, 31))["casey@alderham.example"].body
    assert "The usual time for the next one begins in March 2028." in body
    heard = mails(clock, date(2029, 5, 2))
    # Of the rules that had their day meanwhile the last one speaks, to each side.
    assert heard["avery@example.org"].subject == "Alderham: next peer challenge 2 months late"
    assert "was due in March 2029 (2 months late)" in heard["avery@example.org"].body


def test_the_plan_names_prompts_of_days_to_come_whose_reason_is_known(council, clock):
    on = date(2026, 11, 16)
    make_trigger(council, on + 7 * DAY, detail="Lesley Example")
    JourneyEntry.objects.create(
        council=council, kind="best_value_notice", name="Notice", started_on=date(2025, 1, 1), ended_on=on + 20 * DAY,
        recorded_by=make_user("programme_manager"),
    )  # fmt: skip
    Tenure.objects.create(
        council=make_council(name="Birchley"), post="chief_executive", person_name="Alex Longstanding",
        started_on=date(2018, 12, 1),
    )  # fmt: skip
    make_council(name="New Vale", start_on=on + 30 * DAY)
    booked = make_council(name="Booked")
    make_booked(booked, on - DAY)
    make_trigger(booked, on + 8 * DAY)
    ahead = planned_reminders(on, on + 60 * DAY, ["cycle_prompt"])
    firsts = [each for each in ahead if each.rule.offset_days == 0]
    assert [(each.on, each.subject.title) for each in firsts] == [
        (date(2026, 11, 23), "Alderham"), (date(2026, 12, 1), "Birchley"), (date(2026, 12, 7), "Alderham"),
        (date(2026, 12, 16), "New Vale"),
    ]  # fmt: skip
    assert "Lesley Example" in firsts[0].subject.detail
    counts = []
    for number in range(2):
        make_trigger(make_council(name=f"More {number}"), on + 9 * DAY)
        counts.append(count_queries(lambda: planned_reminders(on, on + 60 * DAY, ["cycle_prompt"])))
    assert counts[0] == counts[1]
