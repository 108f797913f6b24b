"""Several processes behind a transaction pooler: nobody reads another's rows, and nothing fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction

from tests.architecture.source import BASE
from tests.asks_through_pooler import answers
from tests.factories.accounts import make_user
from tests.factories.cases import make_cases
from tests.pooler import PROGRAM, WHY_NOT, pooled

PROCESSES, ASKS, WAYS = 2, 200, 6


@pytest.mark.skipif(not PROGRAM, reason=WHY_NOT)
@pytest.mark.django_db(transaction=True)
def test_two_processes_in_two_roles_read_what_a_plain_question_answers(tmp_path: Path):
    boss, coordinator = make_user("programme_manager"), make_user("coordinator")
    with transaction.atomic():
        make_cases(3, by=boss, members={"coordinator": coordinator}, owner_role="Council")
        make_cases(9, by=boss, members={"peer_challenge_manager": boss}, cycle_start_on=date(2022, 3, 1))
    people = [boss, coordinator]
    expected = {str(user.pk): [answers(user, number) for number in range(WAYS)] for user in people}
    assert expected[str(boss.pk)] != expected[str(coordinator.pk)]
    told = tmp_path / "told.json"
    told.write_text(json.dumps({"people": expected, "asks": ASKS}))
    folder = tmp_path / "pooler"
    folder.mkdir()
    with pooled(connection.get_connection_params(), folder) as address:
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": address}
        command = [sys.executable, "-m", "tests.asks_through_pooler", str(told)]
        processes = [
            subprocess.Popen(
                command, cwd=BASE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(PROCESSES)
        ]
        outputs = [process.communicate(timeout=600) for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, outputs
    found = [json.loads(output.splitlines()[-1]) for output, _ in outputs]
    assert found == [{"wrong": [], "errors": [], "asked": ASKS * len(people)}] * PROCESSES
