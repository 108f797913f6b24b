from datetime import date

import pytest
from django.core.management import CommandError, call_command

from councils.models import ImportRun, PoliticalControl
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def test_says_what_would_happen_and_does_it_when_told(tmp_path, capsys):
    make_council(name="Adur", start_on=date(1974, 4, 1))
    path = tmp_path / "history.csv"
    path.write_text(
        "id,authority,year,total,con,lab,ld,other,nat,majority,plurality\n"
        "1,Adur,2015,3,2,1,0,0,0,Con,Con\n2,Nowhere,2015,3,2,1,0,0,0,Con,Con\n"
    )
    call_command("import_council_data", "control_history", str(path))
    said = capsys.readouterr()
    assert said.out == "would be added 1, would be changed 0, unchanged 0, refused 1, outside the register 0\n"
    assert said.err == "line 3, authority: 'Nowhere': is not in the register\n"
    assert not PoliticalControl.objects.exists() and not ImportRun.objects.exists()
    call_command("import_council_data", "control_history", str(path), "--apply")
    assert capsys.readouterr().out == "added 1, changed 0, unchanged 0, refused 1, outside the register 0\n"
    call_command("import_council_data", "control_history", str(path), "--apply")
    assert capsys.readouterr().out == "added 0, changed 0, unchanged 1, refused 1, outside the register 0\n"
    assert PoliticalControl.objects.count() == 1


def test_lines_outside_the_register_are_said_too(tmp_path, capsys):
    make_council(name="Gone", gss_code="E10000002", end_on=date(2019, 3, 31))
    path = tmp_path / "authorities.csv"
    path.write_text(
        "official-name,gss-code,start-date,end-date,region,local-authority-type,pop-2020,lat,long\n"
        "Old Borough Council,,,2015-03-31,,NID,,,\n"
    )
    call_command("import_council_data", "mysociety", str(path))
    said = capsys.readouterr()
    assert said.out == "would be added 0, would be changed 0, unchanged 0, refused 0, outside the register 1\n"
    reason = "ended on 31 March 2015, before the register begins"
    assert said.err == f"outside the register: line 2, official-name: 'Old Borough Council': {reason}\n"


def test_no_file_is_said(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_council_data", "control_history", str(tmp_path / "none.csv"))
