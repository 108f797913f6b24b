"""`make demo`: the whole service on one machine with nothing installed beforehand. Ctrl-C ends every process.

Starts a PostgreSQL of its own (unless DATABASE_URL names one), prepares database, files and demo people
(`manage.py demo`), then web server and Celery worker with beat. Everything it writes is under var/demo.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from cpc.demo import embedded

BASE = Path(__file__).resolve().parent.parent.parent
FOLDER = BASE / "var" / "demo"
NEEDED_MB = 500


class Stop(Exception):
    """Somebody pressed Ctrl-C or the machine asks us to end."""


def _asked_to_stop(number: int, frame: FrameType | None) -> None:
    raise Stop


def say(text: str) -> None:
    print(text, flush=True)


def end_of(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def refuse_if_hopeless(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise embedded.CannotStart(
                f"Port {port} is taken by another program. End that program, or choose another port: "
                f"make demo PORT={port + 1}"
            ) from error
    free = shutil.disk_usage(FOLDER).free // 1024**2
    if free < NEEDED_MB:
        raise embedded.CannotStart(f"The demo needs {NEEDED_MB} MB of free disk; {free} MB are free. Make room first.")


def demo_environment(port: int) -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DEBUG", "TESTING", "REDIS_URL", "CELERY_BROKER_URL", "CELERY_EAGER"}
    }
    return environment | {
        "DEMO": "1",
        "VAR_DIR": str(FOLDER),
        "SITE_URL": f"http://localhost:{port}",
        "DJANGO_SETTINGS_MODULE": "cpc.config.settings",
        "PYTHONUNBUFFERED": "1",
    }


class Demo:
    def __init__(self, port: int) -> None:
        self.port = port
        self.environment = demo_environment(port)
        self.processes: dict[str, subprocess.Popen] = {}
        self.postgres: embedded.Postgres | None = None
        self.numbers = FOLDER / "processes"

    def run(self) -> None:
        self._end_left_over()
        refuse_if_hopeless(self.port)
        if self.environment.get("DATABASE_URL"):
            say("Using the database that DATABASE_URL names.")
        else:
            self.postgres = embedded.Postgres(FOLDER).start()
            self.environment["DATABASE_URL"] = self.postgres.make_database("critical_friend")
        sign_ins = self._prepare()
        programs = Path(sys.executable).parent
        self._start(
            "web",
            [
                *[programs / "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "2"],
                *["--host", "127.0.0.1", "--port", str(self.port)],
                *["--log-level", "warning", "cpc.config.wsgi:application"],
            ],
        )
        self._start(
            "worker",
            [
                *[programs / "celery", "-A", "cpc.config", "worker", "-P", "threads", "-c", "2", "-B"],
                *["-s", FOLDER / "beat-schedule", "-l", "INFO"],
            ],
        )
        self._wait_for_sign_in_page()
        say(f"\nCritical Friend is running at http://localhost:{self.port}/")
        say(f"Mails are files in {FOLDER / 'mail'}. Logs are in {FOLDER}. Ctrl-C ends everything; the data stays.")
        say(sign_ins)
        while True:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise embedded.CannotStart(f"The {name} process ended:\n{end_of(FOLDER / f'{name}.log')}")
            time.sleep(0.5)

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                # Its session is its own: the children of granian and celery go with it.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(5)
        self._end_left_over()
        if self.postgres:
            self.postgres.stop()

    def _prepare(self) -> str:
        # In a session of its own as well: Ctrl-C reaches us only, and we end it.
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, str(BASE / "manage.py"), "demo"],
            env=self.environment,
            cwd=BASE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.processes["preparing"] = process
        output, _ = process.communicate()
        del self.processes["preparing"]
        if process.returncode:
            raise embedded.CannotStart("Preparing the demo did not work; the reason is above.")
        return output

    def _start(self, name: str, command: list) -> None:
        with (FOLDER / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603
                [str(word) for word in command],
                env=self.environment,
                cwd=BASE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes[name] = process
        self.numbers.write_text("\n".join(str(each.pid) for each in self.processes.values()))

    def _wait_for_sign_in_page(self, seconds: int = 90) -> None:
        address = f"http://127.0.0.1:{self.port}/accounts/login/"
        until = time.monotonic() + seconds
        problem = ""
        while time.monotonic() < until:
            if self.processes["web"].poll() is not None:
                break
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    answer.read()
                    return
            except urllib.error.HTTPError as error:
                problem = f"The sign-in page answers {error.code}."
                break
            except OSError as error:
                problem = str(error)
                time.sleep(0.1)
        raise embedded.CannotStart(f"The web server does not serve. {problem}\n{end_of(FOLDER / 'web.log')}")

    def _end_left_over(self) -> None:
        """Web server, worker and database of a demo that was killed without a chance to end them."""
        if self.numbers.exists():
            numbers = [int(number) for number in self.numbers.read_text().split()]
            ending = [number for number in numbers if embedded.end_if(number, "cpc.config")]
            until = time.monotonic() + 10
            while any(embedded.is_running(number) for number in ending) and time.monotonic() < until:
                time.sleep(0.1)
            self.numbers.unlink()
        if self.postgres is None:
            embedded.Postgres(FOLDER).stop_left_over()


def main(words: list[str]) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _asked_to_stop)
    signal.signal(signal.SIGINT, _asked_to_stop)
    signal.signal(signal.SIGHUP, _asked_to_stop)
    with (FOLDER.parent / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("The demo already runs in this folder. End it with Ctrl-C in its window first.")
            return 1
        if "--reset" in words:
            if os.environ.get("DATABASE_URL"):
                say("DATABASE_URL is set: the demo will not empty that database. Unset it and try again.")
                return 1
            embedded.Postgres(FOLDER).stop_left_over()
            shutil.rmtree(FOLDER)
            FOLDER.mkdir()
        port = os.environ.get("PORT", "") or "8000"
        if not port.isdigit() or not 1 <= int(port) <= 65535:
            say(f"PORT must be a number from 1 to 65535, not {port}.")
            return 1
        demo = Demo(int(port))
        try:
            demo.run()
        except Stop:
            say("\nStopping ...")
            return_code = 0
        except embedded.CannotStart as error:
            say(str(error))
            return_code = 1
        finally:
            # A second Ctrl-C must not leave half of them running.
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            demo.stop()
        if return_code == 0:
            say("Every process has ended. `make demo` continues with the same data, `make demo-reset` starts afresh.")
        return return_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
