import pytest
from django.core.management import CommandError, call_command

from councils.models import Council

pytestmark = pytest.mark.django_db


def test_says_what_would_happen_and_does_it_when_told(capsys):
    call_command("load_register")
    assert "would be added 432" in capsys.readouterr().out
    assert not Council.objects.exists()
    call_command("load_register", "--apply")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "line 2: Cambridgeshire: added" and len(printed) == 433
    assert printed[-1] == "added 432, changed 0, unchanged 0, refused 0"
    call_command("load_register", "--apply")
    assert capsys.readouterr().out.startswith("added 0, changed 0, unchanged 432, refused 0")


def test_no_file_and_no_text_are_said(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("load_register", "--file", str(tmp_path / "none.csv"))
    path = tmp_path / "register.csv"
    path.write_bytes(b"\x89PNG\x00\x01")
    with pytest.raises(CommandError, match="neither a text file"):
        call_command("load_register", "--file", str(path))
