"""`make test-days`: the tests that read a clock, at moments that have broken such code before.

First the whole suite at its usual moment, in which each test that asks what day it is is noted; then those tests at
each hard moment. Browser tests are left out: what they show has tests without a browser. Words after the command go to
pytest in both rounds; MOMENTS=2 runs the first two moments alone, NOTED=file uses a list that was made before, SHARE=8
runs an eighth of the tests at each moment, each time another one.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.services import throwaway_services

BASE = Path(__file__).resolve().parent.parent

# Times of Europe/London, as its clocks show them then.
MOMENTS = {
    # Each day of a week, at the hours at which people begin and end.
    "2026-10-12T08:55:00+01:00": "a Monday",
    "2026-10-13T23:59:30+01:00": "a Tuesday, half a minute before midnight",
    "2026-10-14T00:00:30+01:00": "a Wednesday, half a minute after midnight",
    "2026-10-15T12:00:00+01:00": "a Thursday",
    "2026-10-16T17:30:00+01:00": "a Friday evening",
    "2026-10-17T10:00:00+01:00": "a Saturday",
    "2026-10-18T10:00:00+01:00": "a Sunday",
    # Clocks change: an hour is missing, or comes twice.
    "2026-10-25T01:30:00+00:00": "the second half past one of the night on which clocks go back",
    "2027-03-28T00:59:00+00:00": "a minute before clocks go forward, on Easter Sunday",
    "2027-03-28T02:01:00+01:00": "a minute after clocks went forward",
    # Holidays.
    "2026-12-24T16:00:00+00:00": "Christmas Eve",
    "2026-12-25T10:00:00+00:00": "Christmas Day",
    "2026-12-26T10:00:00+00:00": "Boxing Day, a Saturday",
    "2026-12-28T10:00:00+00:00": "a substitute for Boxing Day",
    "2026-12-31T23:30:00+00:00": "the last half hour of a year, and the 31st of a month",
    "2027-01-01T00:30:00+00:00": "the first half hour of a year",
    "2027-01-02T10:00:00+00:00": "a Saturday after New Year",
    "2027-05-31T10:00:00+01:00": "a bank holiday that is the 31st of a month",
    "2028-02-29T10:00:00+00:00": "29 February",
    # Local elections.
    "2027-03-31T10:00:00+01:00": "the first days of a period before an election, and the end of a financial year",
    "2027-05-06T10:00:00+01:00": "a polling day",
}


def run(environment: dict[str, str], words: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "-m", "not browser", *words]
    return subprocess.run(command, cwd=BASE, env=environment, check=False).returncode


def main(words: list[str]) -> int:
    environment = dict(os.environ)
    environment.pop("TEST_MOMENT", None)
    throwaway_services(environment)
    noted = Path(environment.get("NOTED") or BASE / "var" / "tests-that-read-a-clock")
    results = []
    if not environment.get("NOTED"):
        noted.unlink(missing_ok=True)
        results.append(("the usual moment", run(environment | {"NOTE_CLOCK_READERS": str(noted)}, words)))
    names = sorted(set(noted.read_text().splitlines()))
    print(f"\n{len(names)} tests read a clock.", flush=True)
    share = int(environment.get("SHARE") or 1)
    chosen = list(MOMENTS.items())[: int(environment.get("MOMENTS") or len(MOMENTS))]
    for number, (moment, what) in enumerate(chosen):
        only = noted.with_name(f"{noted.name}-at-a-moment")
        only.write_text("\n".join(names[number % share :: share]))
        print(f"\n=== {moment}: {what} ===", flush=True)
        begun = time.monotonic()
        code = run(environment | {"TEST_MOMENT": moment, "ONLY_CLOCK_READERS": str(only)}, words)
        results.append((f"{moment}: {what}, {time.monotonic() - begun:.0f} s", code))
    print("\n=== Summary ===")
    for what, code in results:
        print(f"{'passed' if code == 0 else 'FAILED':<7} {what}")
    return 1 if any(code for _, code in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
