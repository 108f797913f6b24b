"""A real worker, killed in the middle of its work: no reminder is lost, and none comes twice but where nobody can know.

Between the mail server's "250" and the commit of the row a kill leaves a mail that was sent and a row that does not
know it. That mail goes out again, under the same Message-ID, so that a receiver can drop the copy.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.cases.models import CaseMembership
from cpc.deadlines.models import Deadline
from cpc.demo import embedded
from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from cpc.reminders.models import Reminder, ReminderRule
from tests.cpc.notifications.mail_server import MailServer
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db(transaction=True)

BASE = Path(__file__).resolve().parents[3]
# As many as docker-compose gives the worker.
HANDS = 4
PEOPLE = 180
# Kill when the mail server has taken this many mails and hears this word: in the middle of queueing, with a mail here
# that nobody was told of, before a mail is here, and after its "250" while the row does not know it.
KILLS = [(8, "DATA"), (50, "RCPT"), (100, "QUIT"), (140, "DATA")]


class Worker:
    """The worker as docker-compose starts it, with its own name at the database."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.log = folder / "worker.log"
        command = ["-m", "celery", "-A", "cpc.config", "worker", "-P", "threads", "-c", str(HANDS), "-l", "WARNING"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, "--without-mingle", "--without-gossip"],
                cwd=BASE,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """The whole process group, at once; nothing is told and nothing is finished."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def until(true: Callable[[], object], seconds: float = 60, between: Callable[[], object] = lambda: None) -> bool:
    """Whether it became true in time; `between` is done about every second."""
    end, next_round = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        if true():
            return True
        if time.monotonic() > next_round:
            between()
            next_round = time.monotonic() + 1
        time.sleep(0.02)
    return False


@pytest.fixture
def redis(tmp_path) -> Iterator[embedded.Redis]:
    """One of our own: tasks that a killed worker held stay in it, and no other test may meet them."""
    server = embedded.Redis(tmp_path / "redis").start()
    yield server
    server.stop()


@pytest.fixture
def environment(tmp_path, redis) -> dict[str, str]:
    database = connection.settings_dict
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    place = quote(database["HOST"], safe="") + (f":{database['PORT']}" if database["PORT"] else "")
    return dict(os.environ) | {
        "DJANGO_SETTINGS_MODULE": "cpc.config.settings",
        "TESTING": "1",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"postgres://{login}@{place}/{database['NAME']}?application_name=killed",
        "REDIS_URL": redis.url(),
        "CELERY_BROKER_URL": redis.broker_url(),
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_TIMEOUT": "10",
        "REMINDERS_FROM_HOUR": "0",
    }


def database_has_let_go() -> bool:
    """The server has noticed that the worker is gone: what it was told to commit is committed, the rest undone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'killed'")
        return cursor.fetchone() == (0,)


@transaction.atomic
def make_due_reminders() -> None:
    """A promise of a council with very many people, for each of whom a reminder is due today."""
    staged = make_staged()
    Deadline.objects.filter(case=staged.case).delete()
    due_on = timezone.localdate() + timedelta(days=7)
    Deadline.objects.create(
        case=staged.case, kind="promise", label="Promise", due_on=due_on, first_due_on=due_on, owner_role="Council"
    )
    # Three were there.
    people = User.objects.bulk_create(
        User(
            email=f"person{number}@example.org",
            full_name=f"Person {number}",
            role="coordinator",
            council=staged.case.council,
        )
        for number in range(PEOPLE - 3)
    )
    CaseMembership.objects.bulk_create(
        CaseMembership(
            case=staged.case, user=user, role="coordinator", starts_on=due_on - timedelta(days=30), added_by=user
        )
        for user in people
    )
    # Whatever day it is run on.
    ReminderRule.objects.update(waits_for_working_day=False, speaks_before_elections=True)
    Message.objects.all().delete()


def test_no_reminder_is_lost_when_workers_are_killed_in_the_middle_of_it(tmp_path, environment, redis):
    make_due_reminders()
    kills = list(KILLS)
    workers: list[Worker] = []

    def watch(word: str) -> None:
        if kills and (len(server.accepted) >= kills[0][0] and word == kills[0][1]):
            kills.pop(0)
            workers[-1].kill()

    server = MailServer(watch=watch)
    environment["EMAIL_PORT"] = str(server.port)
    # The connection is named: an application would take the tests' own broker from the environment.
    beat = Celery(set_as_current=False)
    queue = beat.connection_for_write(redis.broker_url())

    def tick() -> None:
        """What beat asks for every minute, and more often here."""
        beat.send_task("deadlines.sweep", connection=queue)
        beat.send_task("notifications.deliver_waiting", connection=queue)

    def ids(state: str) -> set[str]:
        return {message_id(message) for message in Message.objects.filter(state=state)}

    def states() -> str:
        found = Counter(Message.objects.values_list("state", "failure"))
        return f"{found}, {len(kills)} kills to come\n{workers[-1].log.read_text()[-3000:]}"

    # How often a mail was here while a kill left its row not knowing.
    unknown: Counter[str] = Counter()
    begun = time.monotonic()
    try:
        for _ in KILLS:
            left, before = len(kills), len(server.accepted)
            workers.append(Worker(tmp_path, environment))
            assert until(lambda left=left: len(kills) < left, between=tick), states()
            workers[-1].process.wait(10)
            # What it had put on the line is read, what it had told the database is done.
            assert until(lambda: server.lines == 0 and database_has_let_go(), 20)
            arrived = {mail["Message-ID"] for mail in server.accepted[before:]}
            left_open = arrived - ids(MessageState.SENT)
            assert len(left_open) <= HANDS
            unknown.update(left_open)
        workers.append(Worker(tmp_path, environment))
        all_sent = PEOPLE
        assert until(lambda: len(ids(MessageState.SENT)) == all_sent, 30, between=tick), states()
    finally:
        for worker in workers:
            worker.kill()
        until(database_has_let_go, 20)
        server.close()
        queue.release()
        beat.close()

    rows = Message.objects.filter(kind="reminders")
    claimed = Counter(Reminder.objects.filter(message__in=rows).values_list("row", "to"))
    assert len(claimed) == all_sent
    assert set(claimed.values()) == {1}
    # Nothing lost; each copy stands for a kill that left its row not knowing, and carries the same Message-ID.
    copies = Counter(mail["Message-ID"] for mail in server.accepted)
    assert set(copies) == {message_id(message) for message in rows}
    assert copies == Counter({message_id(message): 1 for message in rows}) + unknown
    # The kills fell where they were meant to: at least those with a mail here made a copy.
    assert sum(unknown.values()) >= sum(word != "RCPT" for _, word in KILLS)
    print(f"{time.monotonic() - begun:.1f} s, {len(KILLS)} kills, {len(copies)} mails, {sum(unknown.values())} copies")
