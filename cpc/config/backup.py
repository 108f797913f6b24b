"""Whether a backup can be restored: dumps the database, restores it into a scratch one, and compares the two.

A backup that was never restored is a hope. Reads the live database, writes only to the scratch one, which is dropped.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from cpc.documents.models import DocumentVersion

# Number of rows and a hash over all of them, in an order that does not depend on where they lie on the disk.
SUMMARY = "SELECT count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM {} t"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


class CannotCheck(Exception):
    """The message says what to do."""


@dataclass
class Result:
    """What was compared; `differences` is empty when the backup holds everything."""

    tables: int = 0
    rows: int = 0
    files: int = 0
    megabytes: float = 0.0
    differences: list[str] = field(default_factory=list)


def program(name: str) -> str:
    """The path of a PostgreSQL program: of the folder that PG_BIN names, else of PATH."""
    folder = os.environ.get("PG_BIN")
    found = shutil.which(name, path=folder or None)
    if found is None:
        raise CannotCheck(f"{name} is not on this machine: install PostgreSQL's client programs, or set PG_BIN.")
    return found


def login() -> dict[str, str]:
    """What PostgreSQL's programs read from the environment; a password is on no command line."""
    found = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    return dict(os.environ) | {name: str(found[key]) for name, key in names.items() if found.get(key)}


def run(command: list[str]) -> None:
    done = subprocess.run(command, env=login(), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise CannotCheck(f"{Path(command[0]).name} ended with an error: {done.stderr.strip()[-800:]}")


def connect(name: str, **options: Any) -> psycopg.Connection:
    found = connection.settings_dict
    return psycopg.connect(
        dbname=name,
        host=found["HOST"] or None,
        port=found["PORT"] or None,
        user=found["USER"] or None,
        password=found["PASSWORD"] or None,
        **options,
    )


def scratch_prefix() -> str:
    """How the names of the scratch databases of this one begin. PostgreSQL keeps 63 characters of a name."""
    return f"scratch_{connection.settings_dict['NAME'][:40]}_"


@contextmanager
def scratch_database() -> Iterator[str]:
    """The name of a new, empty database, dropped at the end. It says whose it is: a server may have several."""
    name = f"{scratch_prefix()}{secrets.token_hex(6)}"
    with connect(connection.settings_dict["NAME"], autocommit=True) as line:
        line.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield name
        finally:
            line.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def summaries(line: psycopg.Connection) -> dict[str, tuple[int, str]]:
    found = {}
    for (table,) in line.execute(TABLES).fetchall():
        row = line.execute(sql.SQL(SUMMARY).format(sql.Identifier(table))).fetchone()
        if row is not None:
            found[table] = (row[0], row[1])
    return found


def compare(live: dict[str, tuple[int, str]], restored: dict[str, tuple[int, str]]) -> list[str]:
    differences = [f"{table}: not in the backup" for table in live if table not in restored]
    for table in live.keys() & restored.keys():
        (rows, digest), (rows_there, digest_there) = live[table], restored[table]
        if rows != rows_there:
            differences.append(f"{table}: {rows} rows here, {rows_there} in the backup")
        elif digest != digest_there:
            differences.append(f"{table}: the same number of rows, but not the same rows")
    return sorted(differences)


def missing_files() -> Iterator[str]:
    """Papers whose file is not in the store, or is not what was uploaded."""
    for version in DocumentVersion.objects.order_by("pk").iterator():
        try:
            with version.file.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            yield f"version {version.pk}: its file is not in the store"
            continue
        if digest != version.sha256:
            yield f"version {version.pk}: its file is not the one that was uploaded"


def check(dump: Path | None = None) -> Result:
    """Compares a dump, or one made now, with the live database as one snapshot sees it; and each paper with its file.

    A dump that is older differs where people have worked since. Raises CannotCheck when a program is missing or
    refuses; the message says what to do.
    """
    result = Result()
    with TemporaryDirectory() as folder, connect(connection.settings_dict["NAME"]) as live:
        live.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if dump is None:
            snapshot = live.execute("SELECT pg_export_snapshot()").fetchone()
            dump = Path(folder) / "dump"
            name = connection.settings_dict["NAME"]
            run([program("pg_dump"), "-Fc", "-f", str(dump), f"--snapshot={snapshot[0] if snapshot else ''}", name])
        result.megabytes = dump.stat().st_size / 1e6
        with scratch_database() as name:
            run([program("pg_restore"), "--no-owner", "--exit-on-error", "-d", name, str(dump)])
            here = summaries(live)
            with connect(name) as there:
                result.differences += compare(here, summaries(there))
        result.tables, result.rows = len(here), sum(rows for rows, _ in here.values())
    result.files = DocumentVersion.objects.count()
    result.differences += missing_files()
    return result
