"""A service for simulated days: Redis, a worker and a mail server that are real, and a clock that is made up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone
from redis import Redis

from cpc.demo import embedded
from cpc.notifications.models import Message, MessageState
from tests.cpc.notifications.mail_server import MailServer
from tests.journeys.reminder_year import at

BASE = Path(__file__).resolve().parents[2]
HANDS = 4


def set_clock(monkeypatch: pytest.MonkeyPatch, file: Path | None, day: date, hour: int = 9, minute: int = 0) -> None:
    """This process and, by the file, the worker believe that it is then."""
    moment = at(day, hour, minute)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    if file is not None:
        file.with_suffix(".new").write_text(moment.isoformat())
        file.with_suffix(".new").rename(file)


class Service:
    """Redis, worker and mail server of one simulated year."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        self.redis = embedded.Redis(folder / "redis").start()
        self.server = MailServer(watch=self.watch)
        # At which word to the mail server, heard so many times today, what happens: without more, the worker is killed.
        self.kill_at: tuple[str, int] | None = None
        self.strikes: Callable[[], object] = self.kill
        self.heard_today = 0
        self.worker: subprocess.Popen | None = None
        self.kills = 0

    def watch(self, word: str) -> None:
        if self.kill_at and word == self.kill_at[0]:
            self.heard_today += 1
            if self.heard_today >= self.kill_at[1]:
                self.kill_at = None
                self.strikes()

    def environment(self) -> dict[str, str]:
        database = connection.settings_dict
        login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
        place = quote(database["HOST"], safe="") + (f":{database['PORT']}" if database["PORT"] else "")
        return dict(os.environ) | {
            "DJANGO_SETTINGS_MODULE": "cpc.config.settings",
            "TESTING": "1",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": f"postgres://{login}@{place}/{database['NAME']}?application_name=simulated",
            "REDIS_URL": self.redis.url(),
            "CELERY_BROKER_URL": self.redis.broker_url(),
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.server.port),
            "EMAIL_TIMEOUT": "10",
            "SIMULATED_CLOCK": str(self.clock),
            "ANSWERS_URL": self.redis.url(),
        }

    def queue(self) -> Redis:
        return Redis.from_url(self.redis.url(), socket_timeout=90)

    def start(self) -> None:
        """A worker, as docker-compose starts it."""
        self.queue().delete("ready")
        command = ["-m", "celery", "-A", "tests.simulated_worker", "worker", "-P", "threads", "-c", str(HANDS)]
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                [
                    sys.executable,
                    *command,
                    "-l",
                    "WARNING",
                    "--without-mingle",
                    "--without-gossip",
                    "--without-heartbeat",
                ],
                cwd=BASE,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert self.queue().blpop(["ready"], 60), self.log()

    def log(self) -> str:
        return (self.folder / "worker.log").read_text()[-3000:]

    def kill(self) -> None:
        if self.worker and self.worker.poll() is None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.kills += 1

    def is_up(self) -> bool:
        return self.worker is not None and self.worker.poll() is None

    def send(self, task: str) -> str:
        """What beat does."""
        beat = Celery(set_as_current=False)
        with beat.connection_for_write(self.redis.broker_url()) as line:
            sent = beat.send_task(task, connection=line)
        beat.close()
        return sent.id

    def done(self, task_id: str, seconds: int = 60) -> bool:
        """Whether the worker came to the end of it, and without an error."""
        answer = self.queue().blpop([f"done:{task_id}"], seconds)
        return bool(answer) and answer[1] == b"SUCCESS"

    def close(self) -> None:
        self.kill()
        if self.worker:
            self.worker.wait(10)
        until(lambda: not connected(), 20)
        self.server.close()
        self.redis.stop()


def until(true: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def connected() -> int:
    """How many lines the worker has open at the database: what it was told to commit is committed when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'simulated'")
        return cursor.fetchone()[0]


def all_sent() -> bool:
    return not Message.objects.filter(state=MessageState.WAITING).exists()


def references(mail: Any) -> list[str]:
    return str(mail["X-Reminders"] or "").split()


def count_copies(service: Service, received: list[tuple[date, Any]]) -> tuple[list[tuple[date, str, str]], int]:
    """(day, reference, address) of every mail, and how many came a second time under the same Message-ID."""
    seen: set[str] = set()
    copies, found = 0, []
    for day, mail in received:
        if mail["Message-ID"] in seen:
            copies += 1
            continue
        seen.add(mail["Message-ID"])
        found += [(day, reference, str(mail["To"])) for reference in references(mail)]
    return found, copies
