"""Some weeks of sweeps in which not the worker dies but what it leans on: the mail server, Redis, the clock.

As in the simulated year everything is real but what day it is, and what is received is held against the same slow reference.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError as QueueIsDown
from redis.exceptions import RedisError

from cpc.demo import embedded
from cpc.notifications import services
from cpc.notifications.models import Message, MessageState
from cpc.notifications.services import resend
from cpc.notifications.tasks import deliver_waiting
from cpc.reminders.tasks import sweep
from tests.cpc.notifications.mail_server import MailServer
from tests.journeys.reminder_year import DAY, FIRST, Year, judge
from tests.journeys.simulated import BASE, Service, all_sent, count_copies, references, set_clock, until

pytestmark = pytest.mark.django_db(transaction=True)

# As many mails as the worker has hands may be between the mail server's "250" and the commit of their rows.
HANDS = 4
# What is waited for between two looks at what the mail server refused, in minutes.
LATER = [1, 2, 5, 15, 60, 180, 240]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Short enough for sockets in it: what starts again is to be found where it was."""
    with tempfile.TemporaryDirectory(prefix="cpc-") as folder:
        yield Path(folder)


@pytest.fixture
def service(short_folder, monkeypatch) -> Iterator[Service]:
    # Nothing is sent by this process: only the worker has hands.
    monkeypatch.setattr(services, "HINTS", [])
    found = Service(short_folder)
    yield found
    found.close()


class Weeks:
    """Sweeps of some days, and what came of them."""

    def __init__(self, service: Service, monkeypatch: pytest.MonkeyPatch, year: Year) -> None:
        self.service, self.monkeypatch, self.year = service, monkeypatch, year
        self.complete: set[date] = set()
        self.received: list[tuple[date, Any]] = []
        self.begun = time.monotonic()

    def clock(self, day: date, minutes: int = 0) -> None:
        set_clock(self.monkeypatch, self.service.clock, day, 9 + minutes // 60, minutes % 60)

    def settle(self, day: date, seconds: int = 90) -> bool:
        """What beat asks for every minute, until a whole sweep has come through and nothing waits."""
        end, minutes = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            minutes += 1
            self.clock(day, minutes)
            # Nobody starts it anew: it finds its queue and its database again by itself.
            assert self.service.is_up(), self.service.log()
            try:
                through = self.service.done(self.service.send("deadlines.sweep"), 5)
                through = self.service.done(self.service.send("notifications.deliver_waiting"), 10) and through
            except (RedisError, QueueIsDown):
                through = False
            if through and all_sent():
                return True
        return False

    def verdict(self) -> str:
        """Everything there by the day on which it was due, nothing else, nothing in two mails; then the figures."""
        reminders = [(day, mail) for day, mail in self.received if references(mail)]
        found, self.copies = count_copies(self.service, reminders)
        verdict = judge(self.year, self.complete, set(self.year.days), found)
        assert (verdict.missing, verdict.not_due, verdict.doubled) == ([], [], [])
        assert len(found) > 50
        return (
            f"{time.monotonic() - self.begun:.0f} s; {len(self.year.days)} days, {len(self.complete)} complete; "
            f"{verdict.expected} (reminder, recipient) to say, {len(found)} received in "
            f"{len(reminders) - self.copies} mails, {self.copies} copies"
        )


@pytest.fixture
def weeks(service, monkeypatch):
    def make(seed: int, days: int) -> Weeks:
        set_clock(monkeypatch, service.clock, FIRST)
        year = Year(seed, councils=70, cases=50, days=days)
        year.begin()
        service.start()
        return Weeks(service, monkeypatch, year)

    return make


@pytest.mark.long
def test_a_mail_server_that_refuses_every_third_mail_loses_none(service, weeks):
    chance = random.Random(11)
    run = weeks(11, days=40)
    answers = [chance.choice(["451 4.3.0 too busy, come back later", "250 taken", "250 taken"]) for _ in range(9999)]
    service.server.answers = list(answers)
    resent = 0
    for day in run.year.days:
        run.clock(day)
        run.year.happen(day)
        before = len(service.server.accepted)
        assert service.done(service.send("deadlines.sweep")), service.log()
        minutes = 0
        for later in [0, *LATER]:
            minutes += later
            run.clock(day, minutes)
            assert service.done(service.send("notifications.deliver_waiting")), service.log()
            # What hints have in hand.
            until(lambda: not services.waiting_messages(), 5)
            for message in Message.objects.filter(state=MessageState.FAILED):
                resent += resend(message=message, by=run.year.boss)
            if all_sent():
                run.complete.add(day)
                break
        run.received += [(day, mail) for mail in service.server.accepted[before:]]
    figures = run.verdict()
    refused = len(service.server.received) - len(service.server.accepted)
    print(f"\n{figures}; {refused} refused, {resent} resent by hand")
    assert refused > len(service.server.accepted) / 4
    assert run.copies == 0
    # Where staff look: why a mail came late stood there until it was sent.
    assert not Message.objects.exclude(failure="").filter(state=MessageState.SENT).exists()


@pytest.mark.long
def test_redis_may_die_in_the_middle_of_it(service, weeks):
    run = weeks(12, days=40)
    struck: list[date] = []

    def die() -> None:
        os.kill(service.redis.process.pid, signal.SIGKILL)
        struck.append(day)

    service.strikes = die
    for day in run.year.days:
        run.clock(day)
        run.year.happen(day)
        service.heard_today, service.kill_at = 0, None
        before = len(service.server.accepted)
        if len(struck) < 2 and day >= FIRST + (10 + 10 * len(struck)) * DAY:
            # With hints for the other mails of the day in it.
            service.kill_at = ("RCPT", 2)
        deaths = len(struck)
        service.send("deadlines.sweep")
        if service.kill_at and until(lambda deaths=deaths: len(struck) > deaths, 3):
            service.redis.process.wait(5)
            time.sleep(1)
            service.redis.socket.unlink(missing_ok=True)
            service.redis.start()
        service.kill_at = None
        assert run.settle(day), service.log()
        run.complete.add(day)
        run.received += [(day, mail) for mail in service.server.accepted[before:]]
    print(f"\n{run.verdict()}; Redis killed on {', '.join(map(str, struck))}; the worker came back by itself")
    assert len(struck) == 2
    assert run.copies == 0


@pytest.mark.long
def test_postgresql_may_be_gone_for_five_seconds(short_folder):
    """In a process and with a server of its own (own_database.py); stopped once, and killed once."""
    server = embedded.Postgres(short_folder).start()
    strike = short_folder / "strike"
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    environment |= {"DATABASE_URL": server.url(), "STRIKE_FILE": str(strike)}
    with (short_folder / "log").open("wb") as log:
        run = subprocess.Popen(
            [*command, "tests/journeys/own_database.py"], cwd=BASE, env=environment, stdout=log, stderr=log
        )
    try:
        while run.poll() is None:
            if strike.exists() and (how := strike.read_text()):
                os.kill(server.process.pid, getattr(signal, how))
                server.process.wait(20)
                time.sleep(5)
                server.start()
                strike.unlink()
            time.sleep(0.02)
    finally:
        run.kill()
        server.stop()
    said = (short_folder / "log").read_text(errors="replace")
    print(said[-1500:])
    assert run.returncode == 0, said[-6000:]


LONDON = ZoneInfo("Europe/London")


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "first", "change"),
    [("spring", date(2027, 3, 24), date(2027, 3, 28)), ("autumn", date(2027, 10, 27), date(2027, 10, 31))],
)
def test_around_a_change_of_the_clocks_everything_is_said_once_and_by_day(monkeypatch, settings, name, first, change):
    """Sweeps every quarter of an hour of real time, through the night in which an hour is missing or comes twice."""
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.REMINDERS_FROM_HOUR = 7
    now = [datetime.combine(FIRST, datetime.min.time(), LONDON).replace(hour=9)]
    monkeypatch.setattr(timezone, "now", lambda: now[0])
    year = Year(14, councils=40, cases=30, days=(first - FIRST).days + 9)
    year.begin()
    received: list[tuple[date, Any]] = []
    hours: Counter[date] = Counter()
    try:
        for day in year.days:
            year.happen(day)
            start = datetime.combine(day, datetime.min.time(), LONDON).astimezone(ZoneInfo("UTC"))
            end = datetime.combine(day + DAY, datetime.min.time(), LONDON).astimezone(ZoneInfo("UTC"))
            if day < first:
                # The weeks before, so that there is something that was said.
                moments = [start + timedelta(hours=10)]
            else:
                moments = [
                    start + timedelta(minutes=15 * number) for number in range((end - start) // timedelta(minutes=15))
                ]
            for now[0] in moments:
                hours[day] += 1
                before = len(server.accepted)
                sweep()
                deliver_waiting()
                if arrived := server.accepted[before:]:
                    assert timezone.localtime().hour >= 7
                    assert timezone.localdate() == day
                    received += [(day, mail) for mail in arrived]
    finally:
        server.close()
    assert [hours[day] / 4 for day in (change - DAY, change, change + DAY)] == [24, 23 if name == "spring" else 25, 24]
    reminders = [(day, mail) for day, mail in received if references(mail)]
    ids = Counter(mail["Message-ID"] for _, mail in reminders)
    found = [(day, reference, str(mail["To"])) for day, mail in reminders for reference in references(mail)]
    verdict = judge(year, set(year.days), set(year.days), found)
    print(
        f"\n{name}: {sum(hours.values())} sweeps, {verdict.expected} to say, {len(found)} received in {len(ids)} mails"
    )
    assert (verdict.missing, verdict.not_due, verdict.doubled) == ([], [], [])
    assert set(ids.values()) == {1}
    assert max(Counter((day, str(mail["To"])) for day, mail in reminders).values()) == 1
    assert sum(day >= first for day, _ in reminders) > 5
