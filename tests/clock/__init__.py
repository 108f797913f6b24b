"""The moment at which the tests run: chosen, and the same in every thread and in every process that a test starts.

A suite that runs by the clock of the wall fails on some days: a Sunday has no reminders, a quarter ends. So each test
begins at MOMENT, and time goes on from there. `make test-days` runs the tests that read a clock at other moments.
A test marked `moment("2026-11-26 12:00")` begins then, its fixtures too, so that who signs in there is still signed in;
a test marked `real_clock` runs by the clock of the wall.

What time it is stands in the environment as a distance from the real time, so that a worker that a test starts agrees
with the test (`sitecustomize.py` beside this file). Waiting is measured by `time.monotonic`, which is left alone.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import time

import time_machine

# A working Tuesday, far from elections, holidays, changes of the clock and the ends of a month.
CHOSEN = "2026-11-17T10:00:00+00:00"
MOMENT = datetime.fromisoformat(os.environ.get("TEST_MOMENT") or CHOSEN).astimezone(UTC)
DISTANCE = "TEST_CLOCK_DISTANCE"


class Clock:
    """The clock of this test process. Times are aware, in UTC."""

    def __init__(self) -> None:
        # A process of xdist was started by one whose clock had been set: what it brought along ends with the first change.
        self.traveller: time_machine.travel | None = getattr(sys.modules.get("sitecustomize"), "traveller", None)

    def start(self, moment: datetime = MOMENT) -> None:
        """From now on it is that moment, here and in every process that is started from here."""
        self.stop()
        assert not time_machine.escape_hatch.is_travelling(), "A test before this one left a clock of its own behind."
        os.environ[DISTANCE] = str(moment.timestamp() - time())
        folders = [str(Path(__file__).parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(folders))
        self.traveller = time_machine.travel(moment, tick=True)
        self.traveller.start()

    def stop(self) -> None:
        """From now on it is what the wall says."""
        if self.traveller is not None:
            self.traveller.stop()
            self.traveller = None
        os.environ.pop(DISTANCE, None)
