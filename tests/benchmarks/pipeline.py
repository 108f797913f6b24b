"""`python -m tests.benchmarks.pipeline`: how quick the lists are, beside a bare view and the Django admin.

Fills two databases, one with ten times the rows of the other, serves both as production does and asks both in turn, so
that a busy machine slows everything it compares. Trust the ratios; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from cpc.demo import embedded
from tests.benchmarks.load import Burst, burst
from tests.run import production_environment

BASE = Path(__file__).resolve().parent.parent.parent
COUNCILS = 400
TIMES = 10
CONNECTIONS = 4
LIST, LIST_OF_FIFTY = "pipeline", "pipeline, 50 rows"
# Pages with a bar of their own; the others are printed to be watched.
BARRED = [LIST, LIST_OF_FIFTY, "case", "my work", "councils", "due list"]
ADMIN = {LIST: "admin", LIST_OF_FIFTY: "admin, 50 rows"}


def say(text: str = "") -> None:
    print(text, flush=True)


def served_by() -> list[str]:
    """The command of the image, so that what is measured is what runs."""
    lines = (BASE / "Dockerfile").read_text().splitlines()
    return json.loads(next(line for line in lines if line.startswith("CMD ")).removeprefix("CMD "))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Site:
    """One database, filled, and the web server in front of it."""

    environment: dict[str, str]
    made: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen | None = None

    def run(self, *words: str) -> str:
        command = [sys.executable, *words]
        return subprocess.run(
            command, env=self.environment, cwd=BASE, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def fill(self, councils: int) -> None:
        self.made = json.loads(self.run("-m", "tests.benchmarks.data", str(councils)))

    def serve(self, log: Path) -> None:
        self.port = free_port()
        command = served_by()
        command[0] = str(Path(sys.executable).parent / command[0])
        command[command.index("--host") + 1] = "127.0.0.1"
        command[command.index("--port") + 1] = str(self.port)
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, env=self.environment, cwd=BASE, stdout=out, stderr=out, start_new_session=True
            )
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            line = HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                line.request("GET", "/healthz", headers=self.headers(""))
                if line.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.2)
            finally:
                line.close()
        raise SystemExit(f"The web server does not serve:\n{log.read_text(errors='replace')[-2000:]}")

    def headers(self, cookie: str) -> dict[str, str]:
        # What the proxy in front of production adds.
        return {"Host": "localhost", "X-Forwarded-Proto": "https", "Cookie": cookie}

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(15)


@dataclass
class Figures:
    """Bursts of one page on one site, and of the bare view of its size between them."""

    page: dict[str, Any]
    size: int = 0
    loads: list[Burst] = field(default_factory=list)
    bare: list[Burst] = field(default_factory=list)
    alone: list[Burst] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return rate(self.loads)

    @property
    def to_bare(self) -> float:
        """Requests per second beside those of the bare view, round by round."""
        return median(rate([ours]) / rate([bare]) for ours, bare in zip(self.loads, self.bare, strict=True))

    @property
    def time_alone(self) -> float:
        return median(second for made in self.alone for second in made.times)


def rate(bursts: list[Burst]) -> float:
    return sum(len(made.times) for made in bursts) / sum(made.seconds for made in bursts)


def part(bursts: list[Burst], percent: int) -> float:
    return quantiles([second for made in bursts for second in made.times], n=100)[percent - 1]


class Benchmark:
    def __init__(self, rounds: int, requests: int, sites: list[Site], pool: ProcessPoolExecutor) -> None:
        self.rounds, self.requests, self.sites, self.pool = rounds, requests, sites, pool
        self.figures = [{page["name"]: Figures(page) for page in site.made["pages"]} for site in sites]

    def ask(self, site: Site, page: dict[str, Any], address: str, connections: int, requests: int) -> Burst:
        headers = site.headers(page["cookie"])
        made = self.pool.submit(burst, site.port, address, headers, connections, requests).result()
        if made.problem:
            raise SystemExit(made.problem)
        return made

    def measure(self) -> None:
        for turn in range(self.rounds + 1):
            say(f"Round {turn} of {self.rounds} ..." if turn else "Warming up ...")
            for name in self.figures[0]:
                # Both sites in turn, first the one and then the other.
                for number in (0, 1) if turn % 2 else (1, 0):
                    self.turn(self.sites[number], self.figures[number][name], keep=turn > 0)

    def turn(self, site: Site, figures: Figures, *, keep: bool) -> None:
        address = figures.page["address"]
        load = self.ask(site, figures.page, address, CONNECTIONS, self.requests)
        bare = self.ask(site, figures.page, f"/bare/{load.size}/", CONNECTIONS, self.requests)
        alone = self.ask(site, figures.page, address, 1, self.requests // CONNECTIONS)
        if keep:
            figures.size = load.size
            figures.loads.append(load)
            figures.bare.append(bare)
            figures.alone.append(alone)

    # ------------------------------------------------------------------ what is printed

    def growth(self, name: str) -> float:
        """A page's time at ten times the rows, alone on its connection, round by round."""
        small, large = (each[name] for each in self.figures)
        pairs = zip(small.alone, large.alone, strict=True)
        return median(median(after.times) / median(before.times) for before, after in pairs)

    def against_admin(self, name: str, number: int) -> float:
        ours, theirs = self.figures[number][name], self.figures[number][ADMIN[name]]
        return median(rate([one]) / rate([other]) for one, other in zip(ours.loads, theirs.loads, strict=True))

    def table(self) -> None:
        for site, figures in zip(self.sites, self.figures, strict=True):
            say()
            say(", ".join(f"{number:,} {name}" for name, number in site.made["rows"].items()))
            say(
                f"{'page':<25}{'kB':>6}{'SQL':>5}{'alone':>8}{'req/s':>8}{'p50':>7}{'p95':>7}"
                f"{'  | to bare: req/s':>18}{'p50':>6}{'p95':>6}"
            )
            for name, each in figures.items():
                p50, p95 = part(each.loads, 50), part(each.loads, 95)
                say(
                    f"{name:<25}{each.size / 1000:>6.1f}{each.page['statements']:>5}{each.time_alone * 1000:>8.1f}"
                    f"{each.rate:>8.0f}{p50 * 1000:>7.1f}{p95 * 1000:>7.1f}  |{each.to_bare:>15.2f}"
                    f"{p50 / part(each.bare, 50):>6.1f}{p95 / part(each.bare, 95):>6.1f}"
                )
            every = [made for each in figures.values() for made in each.bare]
            say(
                f"{'bare views, all sizes':<38}{'':>6}{rate(every):>8.0f}"
                f"{part(every, 50) * 1000:>7.1f}{part(every, 95) * 1000:>7.1f}"
            )
        say("\nTimes are milliseconds; p50 and p95 at four connections, alone is the median at one.")
        say(f"\n{'page':<25}time at ten times the rows")
        for name in self.figures[0]:
            say(f"{name:<25}x {self.growth(name):.2f}")

    def bars(self) -> list[tuple[str, str, bool]]:
        found = []
        for number, rows in enumerate(("", f" at {TIMES} times the rows")):
            for name in (LIST, LIST_OF_FIFTY):
                ratio, admin = self.figures[number][name].to_bare, self.against_admin(name, number)
                found.append((f"{name}{rows}: at least 0.5 of the bare view", f"{ratio:.2f}", ratio >= 0.5))
                found.append((f"{name}{rows}: at least three times the Django admin", f"{admin:.1f}", admin >= 3))
            fifty = self.figures[number][LIST_OF_FIFTY]
            p95 = part(fifty.loads, 95) * 1000
            alone = fifty.time_alone * 1000
            found.append((f"50 rows{rows}: alone within 40 ms", f"{alone:.1f}", alone <= 40))
            found.append((f"50 rows{rows}: at least 80 requests per second", f"{fifty.rate:.0f}", fifty.rate >= 80))
            found.append((f"50 rows{rows}: p95 within 100 ms", f"{p95:.0f}", p95 <= 100))
        small, large = self.figures
        for name in BARRED:
            few, many = small[name].page["statements"], large[name].page["statements"]
            grown, after = self.growth(name), large[name].time_alone * 1000
            held = grown <= 1.3 or after <= 40
            bar = f"at most 1.3 times as long at {TIMES} times the rows, or within 40 ms"
            found.append((f"{name}: {bar}", f"{grown:.2f}, {after:.1f}", held))
            found.append((f"{name}: at most 12 statements, the same at both", f"{few}, {many}", few == many <= 12))
        return found


def explained(sites: list[Site]) -> None:
    for page in sites[-1].made["pages"]:
        say(f"\n{page['name']}: {page['address']}")
        for statement in page["sql"]:
            say(f"  {statement}")


def main(words: list[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m tests.benchmarks.pipeline", description=__doc__)
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--requests", type=int, default=80, help="of one page in one round")
    options.add_argument("--councils", type=int, default=COUNCILS)
    options.add_argument("--keep", type=Path, help="a folder for the databases, to use them again in the next run")
    options.add_argument("--sql", action="store_true", help="print every page's statements")
    chosen = options.parse_args(words)
    # Whoever ends this process ends its servers too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="cpc-benchmark-"))
    sites: list[Site] = []
    postgres, redis = embedded.Postgres(folder, durable=False), embedded.Redis(folder)
    # The load comes from a process of its own, started before anything else is open.
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    try:
        postgres.start()
        redis.start()
        for number, councils in enumerate((chosen.councils, chosen.councils * TIMES)):
            environment = production_environment(dict(os.environ)) | {
                "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
                "DATABASE_URL": postgres.make_database(f"benchmark_{councils}"),
                "REDIS_URL": f"unix://{redis.socket}?db={number}",
                "CELERY_BROKER_URL": redis.broker_url(),
                "ALLOWED_HOSTS": "localhost",
                "BEHIND_PROXY": "true",
                "TRUSTED_PROXY_COUNT": "1",
                "LOG_LEVEL": "WARNING",
                "VAR_DIR": str(folder / "var"),
            }
            site = Site(environment)
            if not sites:
                say("Collecting static files ...")
                site.run("-m", "django", "collectstatic", "--no-input", "-v", "0")
            sites.append(site)
            say(f"Filling a database with {councils:,} councils ...")
            site.fill(councils)
            site.serve(folder / f"web-{number}.log")
        if chosen.sql:
            explained(sites)
        benchmark = Benchmark(chosen.rounds, chosen.requests, sites, pool)
        benchmark.measure()
        benchmark.table()
        say("\nBars")
        for text, value, held in benchmark.bars():
            say(f"{'held' if held else 'NOT HELD':<9} {value:>11}  {text}")
    finally:
        pool.shutdown(cancel_futures=True)
        for site in sites:
            site.stop()
        redis.stop()
        postgres.stop()
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
