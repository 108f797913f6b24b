"""A simulated year of sweeps: nothing that was to be said is lost, and nothing is said twice but where nobody can know.

Once with everything real: PostgreSQL, a Redis and a worker of their own, a mail server that is talked to over its port;
only what day it is is made up. And from other seeds in this process, killed in the middle of any statement.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection

from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from cpc.notifications.tasks import deliver_waiting
from cpc.reminders.models import Reminder
from cpc.reminders.sweep import WENT_ALONG, sweep
from tests.journeys.reminder_year import FIRST, Year, judge
from tests.journeys.simulated import Service, all_sent, connected, count_copies, references, set_clock, until

pytestmark = pytest.mark.django_db(transaction=True)


def choose(chance: random.Random, days: list[date], **numbers: int) -> dict[date, str]:
    """Day -> what befalls it; each kind so many times, on days of their own. The last fortnight is left to make good."""
    picked = chance.sample(days[:-14], sum(numbers.values()))
    return {picked.pop(): name for name, number in numbers.items() for _ in range(number)}


@pytest.fixture
def service(tmp_path) -> Iterator[Service]:
    found = Service(tmp_path)
    yield found
    found.close()


def run_a_day(service: Service, fate: str, chance: random.Random) -> bool:
    """Whether the whole of a day's sweep and mails came through."""
    if not service.is_up():
        service.start()
    service.heard_today, service.kill_at = 0, None
    if fate == "killed":
        before = service.kills
        if chance.random() < 0.6:
            service.kill_at = (chance.choice(["RCPT", "DATA", "QUIT"]), chance.randrange(1, 4))
        service.send("deadlines.sweep")
        if not service.kill_at or not until(lambda: service.kills > before, 1.5):
            time.sleep(chance.random() * 0.08)
            service.kill_at = None
            service.kill()
        assert service.worker
        service.worker.wait(10)
        assert until(lambda: service.server.lines == 0 and not connected(), 20)
        return False
    tasks = [service.send("deadlines.sweep") for _ in range(2 if fate == "twice" else 1)]
    assert all(service.done(each) for each in tasks), service.log()
    if not all_sent():
        assert service.done(service.send("notifications.deliver_waiting")), service.log()
    assert until(all_sent, 60), service.log()
    return True


@pytest.mark.long
@pytest.mark.browser
def test_in_a_year_of_sweeps_that_are_skipped_doubled_and_killed_nothing_is_lost(service, monkeypatch):
    """Marked as the tests in a browser are, with which it begins: it takes long. The whole year at 400 councils and 300
    cases, for which WHOLE_YEAR=1 is set, takes ten minutes; otherwise it is eleven weeks at fewer."""
    chance = random.Random(20270201)
    set_clock(monkeypatch, service.clock, FIRST)
    if os.environ.get("WHOLE_YEAR"):
        year = Year(1, councils=400, cases=300, days=366)
        fates = choose(chance, year.days, skipped=30, twice=20, killed=20)
    else:
        year = Year(1, councils=50, cases=38, days=80)
        fates = choose(chance, year.days, skipped=7, twice=5, killed=5)
    year.begin()
    complete, swept = set(), set()
    received: list[tuple[date, Any]] = []
    # Sent before a kill, while the row does not know it: such a mail may come again.
    open_ids: Counter[str] = Counter()
    # In a worker's hands when it was killed: nobody knows, and it stays a mail of its own.
    in_hand: set[str] = set()
    begun = time.monotonic()
    for day in year.days:
        set_clock(monkeypatch, service.clock, day)
        year.happen(day)
        fate = fates.get(day, "")
        if fate == "skipped":
            continue
        swept.add(day)
        before = len(service.server.accepted)
        if run_a_day(service, fate, chance):
            complete.add(day)
        arrived = service.server.accepted[before:]
        received += [(day, mail) for mail in arrived]
        if fate == "killed":
            sent = {message_id(message) for message in Message.objects.filter(state=MessageState.SENT)}
            open_ids.update({mail["Message-ID"] for mail in arrived} - sent)
            in_hand |= offered_and_waiting()
    reminders = [(day, mail) for day, mail in received if references(mail)]
    found, copies = count_copies(service, reminders)
    verdict = judge(year, complete, swept, found)
    # What is said again in another mail: its first was received while a kill left its row not knowing.
    unknown = {
        (reference, str(mail["To"]))
        for _, mail in reminders
        if mail["Message-ID"] in open_ids
        for reference in references(mail)
    }
    print(
        f"{time.monotonic() - begun:.0f} s; {len(swept)} days swept, {service.kills} kills; {verdict.expected} (reminder, "
        f"recipient) to say, {len(found)} received in {len(reminders) - copies} mails, {copies} copies, "
        f"{len(verdict.missing)} lost, {len(verdict.doubled)} said again in another mail after a kill"
    )
    assert verdict.missing == []
    assert verdict.not_due == []
    assert set(verdict.doubled) <= unknown
    # A copy only where the kill fell between the mail server's 250 and the commit, under the same Message-ID.
    twice = Counter(mail["Message-ID"] for _, mail in reminders)
    assert all(twice[each] <= 1 + open_ids[each] for each in twice)
    # One mail a day and address, but one that was in a killed worker's hands, which comes beside the next day's: what
    # was never offered went along with that.
    days = sorted(swept)
    late = {day for earlier, day in pairwise(days) if fates.get(earlier) == "killed"}
    assert (
        in_two_mails({mail["Message-ID"]: (day, str(mail["To"])) for day, mail in reversed(reminders)}, in_hand) <= late
    )
    went_along = Message.objects.filter(failure=WENT_ALONG).count()
    print(f"{went_along} mails of killed days went along with the next day's")
    assert len(found) > (2000 if os.environ.get("WHOLE_YEAR") else 100)
    assert service.kills >= sum(fate == "killed" for fate in fates.values())


def offered_and_waiting() -> set[str]:
    """Of which nobody knows whether the mail server has them."""
    return {message_id(each) for each in Message.objects.filter(state=MessageState.WAITING, offered_at__isnull=False)}


def in_two_mails(mails: dict[str, tuple[date, str]], in_hand: set[str]) -> set[date]:
    """The days on which an address had two mails; of these all but one must have been in a killed worker's hands.
    `mails` is Message-ID -> (day, address)."""
    whole = Counter(key for name, key in mails.items() if name not in in_hand)
    assert max(whole.values()) == 1
    return {day for (day, _), number in Counter(mails.values()).items() if number > 1}


class Killed(BaseException):
    """Nothing catches it, as nothing catches a SIGKILL."""


def kill_after(statements: int) -> Callable[..., Any]:
    left = [statements]

    def wrapper(execute, sql, params, many, context):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return execute(sql, params, many, context)

    return wrapper


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
def test_from_other_seeds_nothing_is_lost_wherever_it_is_killed(monkeypatch, seed):
    chance = random.Random(seed)
    set_clock(monkeypatch, None, FIRST)
    year = Year(seed, councils=20, cases=12, days=80)
    year.begin()
    fates = choose(chance, year.days, skipped=10, twice=6, killed=22)
    complete, swept, received, unknown, in_hand = set(), set(), [], set(), set()
    for day in year.days:
        set_clock(monkeypatch, None, day)
        year.happen(day)
        fate = fates.get(day, "")
        if fate == "skipped":
            continue
        swept.add(day)
        before = len(outbox.outbox)
        try:
            if fate == "killed":
                with connection.execute_wrapper(kill_after(chance.randrange(0, 60))):
                    sweep(day)
                    deliver_waiting()
            else:
                sweep(day)
                deliver_waiting()
                if fate == "twice":
                    sweep(day)
                    deliver_waiting()
            complete.add(day)
        except Killed:
            sent = {message_id(message) for message in Message.objects.filter(state=MessageState.SENT)}
            in_hand |= offered_and_waiting()
            unknown |= {
                (reference, mail.to[0])
                for mail in outbox.outbox[before:]
                if mail.extra_headers["Message-ID"] not in sent
                for reference in mail.extra_headers.get("X-Reminders", "").split()
            }
        received += [(day, mail) for mail in outbox.outbox[before:]]
    found, seen = [], {}
    for day, mail in received:
        if (mail.extra_headers["Message-ID"] not in seen) and "X-Reminders" in mail.extra_headers:
            seen[mail.extra_headers["Message-ID"]] = (day, mail.to[0])
            found += [(day, reference, mail.to[0]) for reference in mail.extra_headers["X-Reminders"].split()]
    verdict = judge(year, complete, swept, found)
    assert (verdict.missing, verdict.not_due) == ([], [])
    assert set(verdict.doubled) <= unknown
    in_two_mails(seen, in_hand)
    assert len(found) > 30
    assert Reminder.objects.count() >= len(found)
