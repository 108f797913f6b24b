"""The worker as it is run for real, but for the clock: what time it is stands in a file.

`celery -A tests.simulated_worker worker`. Only `timezone.now` is replaced, before anything reads it: the queue, the
database and the mail server keep the real time.
"""

import os
from datetime import datetime
from pathlib import Path

from django.utils import timezone

CLOCK = Path(os.environ["SIMULATED_CLOCK"])


def simulated_now() -> datetime:
    return datetime.fromisoformat(CLOCK.read_text())


timezone.now = simulated_now

from celery.signals import task_postrun, worker_ready  # noqa: E402
from redis import Redis  # noqa: E402

from cpc.config.celery import app  # noqa: E402, F401

ANSWERS = Redis.from_url(os.environ["ANSWERS_URL"])


@worker_ready.connect
def say_ready(**kwargs: object) -> None:
    ANSWERS.rpush("ready", 1)


@task_postrun.connect
def say_done(task_id: str = "", state: str = "", **kwargs: object) -> None:
    ANSWERS.rpush(f"done:{task_id}", state)
