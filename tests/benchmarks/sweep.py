"""`python -m tests.benchmarks.sweep`: what a sweep costs that finds nothing, beside the one statement that says so.

Fills two databases, one with a hundred times the rows of the other, in which everything was said that a working day
asks for. Trust the ratios; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from cpc.demo import embedded
from tests.run import production_environment

BASE = Path(__file__).resolve().parent.parent.parent
COUNCILS = 400
TIMES = 100
# Python's own allocations differ by a little from run to run: this is no growth with the rows.
FLAT = 1.25


def say(text: str = "") -> None:
    print(text, flush=True)


def measured(environment: dict[str, str], councils: int, rounds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.sweep_data", str(councils), str(rounds)]
    return json.loads(
        subprocess.run(command, env=environment, cwd=BASE, check=True, stdout=subprocess.PIPE, text=True).stdout
    )


def ratio(found: dict[str, Any]) -> float:
    """The sweep's time beside the statement's, round by round."""
    return median(ours / bare for ours, bare in zip(found["sweep"], found["statement"], strict=True))


def show(found: dict[str, Any]) -> None:
    say()
    say(", ".join(f"{number:,} {name}" for name, number in found["rows"].items()))
    say(
        f"A sweep that finds nothing: {found['queries']} statements, {median(found['sweep']) * 1000:.1f} ms "
        f"(the day's first {found['first'] * 1000:.0f} ms); the statement alone {median(found['statement']) * 1000:.1f} ms; "
        f"x {ratio(found):.2f}; peak {found['peak'] / 1024:.0f} KiB"
    )
    say(
        f"With {found['held']:,} reminders held back on a quiet day: {found['held_queries']} statements, "
        f"{found['held_seconds'] * 1000:.0f} ms, peak {found['held_peak'] / 1024:,.0f} KiB"
    )
    say(
        f"Once a day beside it: the cycle's sweep {found['cycle_queries']} statements, {found['cycle'] * 1000:.0f} ms, "
        f"peak {found['cycle_peak'] / 1024:,.0f} KiB; writing down the days {found['dates'] * 1000:.0f} ms"
    )


def bars(small: dict[str, Any], large: dict[str, Any]) -> list[tuple[str, str, bool]]:
    few, many = small["queries"], large["queries"]
    found = [("the same number of statements at both", f"{few}, {many}", few == many)]
    for rows, each in (("", small), (f" at {TIMES} times the rows", large)):
        found.append((f"at most 3 times the statement alone{rows}", f"{ratio(each):.2f}", ratio(each) <= 3))
    grown = large["peak"] / small["peak"]
    found.append((f"memory flat: at most {FLAT} times at {TIMES} times the rows", f"{grown:.2f}", grown <= FLAT))
    return found


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.sweep", description=__doc__)
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--councils", type=int, default=COUNCILS)
    options.add_argument("--keep", type=Path, help="a folder for the databases, to use them again in the next run")
    options.add_argument("--plan", action="store_true", help="print how the database answers the statement")
    chosen = options.parse_args(words)
    # Whoever ends this process ends its server too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="cpc-benchmark-"))
    postgres = embedded.Postgres(folder, durable=False)
    try:
        postgres.start()
        sizes = []
        for councils in (chosen.councils, chosen.councils * TIMES):
            say(f"Filling a database with {councils:,} councils, and sweeping ...")
            environment = production_environment(dict(os.environ)) | {
                "DATABASE_URL": postgres.make_database(f"sweep_{councils}"),
                # Nothing is queued.
                "REDIS_URL": f"unix://{folder}/none.sock",
                "CELERY_BROKER_URL": f"redis+socket://{folder}/none.sock",
                "LOG_LEVEL": "WARNING",
                "VAR_DIR": str(folder / "var"),
            }
            sizes.append(measured(environment, councils, chosen.rounds))
        for found in sizes:
            show(found)
            if chosen.plan:
                say("\n".join(found["plan"]))
        say("\nBars")
        for text, value, held in bars(*sizes):
            say(f"{'held' if held else 'NOT HELD':<9} {value:>7}  {text}")
    finally:
        postgres.stop()
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
