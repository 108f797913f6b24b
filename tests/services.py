"""The PostgreSQL and the Redis that the tests run on, where DATABASE_URL and REDIS_URL name none.

The migrations are run once for as long as none of them changes: the server's files, with the finished database in them, are
kept under var/ and copied for each run. That saves every run half a minute.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
from collections.abc import MutableMapping
from hashlib import sha256
from pathlib import Path

from cpc.demo.embedded import Postgres, Redis, is_running

BASE = Path(__file__).resolve().parent.parent
VAR = BASE / "var"
# Every process of the tests copies this database for itself (tests/settings.py).
MIGRATED = "migrated"
# The address of the server that has that database: a test may start a process with a server of its own.
HAS_MIGRATED = "HAS_MIGRATED_DATABASE"


def throwaway_services(environment: MutableMapping[str, str]) -> None:
    """Fill DATABASE_URL and REDIS_URL where they are empty, with servers that end with this process."""
    runs = VAR / "test-services"
    _remove_left_over(runs)
    folder = runs / str(os.getpid())
    started: list[Postgres | Redis] = []
    if not environment.get("DATABASE_URL"):
        _copy_files(_migrated_files(), folder / "postgres")
        postgres = Postgres(folder, durable=False).start()
        started.append(postgres)
        environment |= {"DATABASE_URL": postgres.url(), HAS_MIGRATED: postgres.url()}
    if not environment.get("REDIS_URL"):
        redis = Redis(folder).start()
        started.append(redis)
        environment |= {"REDIS_URL": redis.url(), "CELERY_BROKER_URL": redis.broker_url()}

    def end() -> None:
        for service in started:
            service.stop()
        shutil.rmtree(folder, ignore_errors=True)

    if started:
        atexit.register(end)


def _remove_left_over(runs: Path) -> None:
    """What a run that was killed has left."""
    for old in runs.glob("*"):
        if old.name.isdigit() and not is_running(int(old.name)):
            if (old / "postgres").exists():
                Postgres(old).stop_left_over()
            shutil.rmtree(old, ignore_errors=True)


def _fingerprint() -> str:
    """Changes with whatever may change the database as the migrations leave it."""
    told = sha256()
    reference = (path for path in BASE.glob("*/data/**/*") if path.is_file())
    code = (path for folder in ("cpc", "councils", "teams", "assessments") for path in (BASE / folder).rglob("*.py"))
    migrations = (path for path in code if path.parent.name == "migrations" or path.name == "reference_data.py")
    for path in sorted({*migrations, *reference, BASE / "requirements-dev.txt", BASE / "cpc/demo/embedded.py"}):
        told.update(str(path.relative_to(BASE)).encode() + path.read_bytes())
    return told.hexdigest()[:16]


def _migrated_files() -> Path:
    """The files of a server that has the migrated database, made if they are not there."""
    kept = VAR / "test-database" / _fingerprint()
    if not kept.exists():
        shutil.rmtree(kept.parent, ignore_errors=True)
        work = VAR / "test-services" / f"{os.getpid()}-migrated"
        postgres = Postgres(work, durable=False).start()
        try:
            environment = {
                **os.environ,
                "TESTING": "1",
                "DJANGO_SETTINGS_MODULE": "cpc.config.settings",
                "DATABASE_URL": postgres.make_database(MIGRATED),
                "REDIS_URL": "redis://unused.example",
            }
            subprocess.run([sys.executable, str(BASE / "manage.py"), "migrate", "-v", "0"], env=environment, check=True)
        finally:
            postgres.stop()
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            (work / "postgres").rename(kept)
        except OSError:
            # Another process was as quick.
            assert kept.exists()
        shutil.rmtree(work, ignore_errors=True)
    return kept


def _copy_files(kept: Path, to: Path) -> None:
    """With their owner: PostgreSQL reads none but its own."""
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(kept, to)
    if os.geteuid() == 0:
        owner = kept.stat()
        for path in (to, *to.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
