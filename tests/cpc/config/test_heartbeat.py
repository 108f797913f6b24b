"""Worker and beat, started as docker-compose starts them, write their files; one that hangs does not."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cpc.config import heartbeat
from cpc.demo import embedded

BASE = Path(__file__).resolve().parents[3]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[embedded.Redis]:
    server = embedded.Redis(tmp_path / "redis").start()
    yield server
    server.stop()


def appears(file: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.1)
    return file.exists()


@pytest.mark.parametrize("command", [["worker", "-P", "threads", "-c", "2"], ["beat", "-s", "schedule", "--pidfile="]])
def test_process_writes_its_heartbeat_while_its_loop_turns(tmp_path, redis, command):
    file = tmp_path / "heartbeat"
    environment = dict(os.environ) | {
        "TESTING": "1",
        "HEARTBEAT_FILE": str(file),
        "REDIS_URL": redis.url(),
        "CELERY_BROKER_URL": redis.broker_url(),
        "VAR_DIR": str(tmp_path),
        "PYTHONPATH": f"{BASE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "DJANGO_SETTINGS_MODULE": "cpc.config.settings",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "cpc.config", *command],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        assert appears(file, 90), (tmp_path / "log").read_text()[-2000:]
        file.unlink()
        assert appears(file, 60)
        # A process that hangs is alive by its number; its file is written no more.
        process.send_signal(signal.SIGSTOP)
        file.unlink()
        assert not appears(file, 2 * heartbeat.SECONDS)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait(10)


def test_no_file_is_written_unless_one_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("HEARTBEAT_FILE", raising=False)
    heartbeat.beat_once()
    monkeypatch.setenv("HEARTBEAT_FILE", str(tmp_path / "no such folder" / "file"))
    heartbeat.beat_once()
    monkeypatch.setenv("HEARTBEAT_FILE", str(tmp_path / "file"))
    heartbeat.beat_once()
    assert (tmp_path / "file").exists()
