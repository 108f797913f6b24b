"""Run by test_reminder_troubles in a process of its own, with a PostgreSQL of its own: that one may die.

Not collected with the other tests: their database is not to be stopped.
"""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from tests.journeys.reminder_year import DAY, FIRST
from tests.journeys.simulated import until
from tests.journeys.test_reminder_troubles import service, short_folder, weeks  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)

# Whoever runs this looks here for what is to be done to the server, and takes the file away when it runs again.
STRIKE = Path(os.environ["STRIKE_FILE"])


def answers() -> bool:
    """Whether the database is there again. This process lets go of the line that died with it."""
    try:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def test_postgresql_may_be_gone_for_five_seconds(service, weeks):  # noqa: F811
    run = weeks(13, days=40)
    struck: list[date] = []

    def strike() -> None:
        STRIKE.write_text(["SIGINT", "SIGKILL"][len(struck)])
        struck.append(day)
        # The mail server keeps its answer until the database is gone: nobody can commit that this mail was taken.
        time.sleep(0.3)

    service.strikes = strike
    for day in run.year.days:
        run.clock(day)
        run.year.happen(day)
        service.heard_today, service.kill_at = 0, None
        before = len(service.server.accepted)
        if len(struck) < 2 and day >= FIRST + (10 + 10 * len(struck)) * DAY:
            # In the middle of the day's mails.
            service.kill_at = ("RCPT", 2)
        deaths = len(struck)
        service.send("deadlines.sweep")
        if service.kill_at and until(lambda deaths=deaths: len(struck) > deaths, 5):
            gone = time.monotonic()
            assert until(lambda: not STRIKE.exists(), 60)
            assert until(answers, 60)
            assert time.monotonic() - gone > 5
        service.kill_at = None
        assert run.settle(day), service.log()
        run.complete.add(day)
        run.received += [(day, mail) for mail in service.server.accepted[before:]]
    print(f"\n{run.verdict()}; PostgreSQL gone on {', '.join(map(str, struck))}; the worker came back by itself")
    assert len(struck) == 2
    # The mails that were in hand when it went, taken or not: nobody can know.
    assert run.copies <= 2 * 4
