"""Every address x every person: the expected answers stand in permission_matrix.txt, for people to read.

After a change that means to open or close a page: `WRITE_MATRIX=1 make test ARGS="-k permission_matrix"`, then read the
difference as you would read code. Cells: y opens, n refused (403), . as if it were not there (404), s asked to sign in.
"""

from __future__ import annotations

import inspect
import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from cpc.accounts.backends import permission_table
from tests.addresses import addresses
from tests.factories.world import EVERYBODY, World, make_programme, make_world, world_at

TABLE = Path(__file__).with_name("permission_matrix.txt")
SIGNED_OUT = "signed out"
COLUMNS = [SIGNED_OUT, *EVERYBODY]
POSTERS = [SIGNED_OUT, "contributor", "coordinator", "member.peer", "administrator", "second.leader"]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def answer_of(response: Any) -> str:
    if response.status_code == 302 and response.url.startswith("/accounts/login/"):
        return "s"
    if response.status_code == 405:
        return "y"  # the person may, by the other method
    return {403: "n", 404: "."}.get(response.status_code, "y" if response.status_code < 500 else "!")


def ask(clients: dict[str, Client], column: str, method: str, url: str) -> str:
    """What one person gets; whatever it changed is undone."""
    savepoint = transaction.savepoint()
    try:
        return answer_of(getattr(clients[column], method)(url))
    finally:
        transaction.savepoint_rollback(savepoint)


def as_table(rows: dict[str, str]) -> str:
    lines = ["Columns:"]
    lines += [f"  {'| ' * index}{column}" for index, column in enumerate(COLUMNS)]
    lines += [f"  {' '.join(cells)}  {name}" for name, cells in rows.items()]
    return "\n".join(lines) + "\n"


def signed_in(world: World) -> dict[str, Client]:
    clients = {column: Client(raise_request_exception=False) for column in COLUMNS}
    for column in EVERYBODY:
        clients[column].force_login(world.people[column], backend=BACKEND)
    return clients


@pytest.mark.long
def test_permission_matrix(db):
    world = make_world()
    clients = signed_in(world)
    urls = addresses(world)
    rows = {name: "".join(ask(clients, column, "get", url) for column in COLUMNS) for name, url in urls.items()}
    if os.environ.get("WRITE_MATRIX"):
        TABLE.write_text(as_table(rows))
    assert not [name for name, cells in rows.items() if "!" in cells]
    assert as_table(rows).splitlines() == TABLE.read_text().splitlines()
    # POST is asked of those who are mostly refused: nobody may do what they may not see.
    differing = {}
    for name, url in urls.items():
        for column in POSTERS:
            cell = ask(clients, column, "post", url)
            if cell != rows[name][COLUMNS.index(column)]:
                differing[name, column] = cell
    assert differing == {}


# ------------------------------------------------------------ rules x people x stages

STAGES = ["scheduling", "team_composition", "self_assessment", "onsite", "report", "action_plan", "progress_review", "closed"]  # fmt: skip
RULES_TABLE = Path(__file__).with_name("permission_stages.txt")
PEOPLE_ONLY = {"cpc.revise_deadline", "cpc.read_document", "cpc.write_document", "cpc.view_document_views"}


def case_rules() -> list[str]:
    """Permissions that are asked of a case. Those about one row of it are the matrix's above."""
    rows = ("finding", "section", "member", "peer", "deadline", "document", "invitation", "role", "council")
    return [
        name
        for name, rule in sorted(permission_table().items())
        if name not in PEOPLE_ONLY
        and "case" in inspect.signature(rule).parameters
        and not any(word in inspect.signature(rule).parameters for word in rows)
    ]


@pytest.mark.long
def test_rules_at_every_stage(db):
    """The whole matrix people x permissions x stages, with what opens only late or closes early."""
    cells: dict[str, dict[str, str]] = {name: {} for name in case_rules()}
    assert len(cells) > 30
    programme = make_programme()
    for stage in STAGES:
        savepoint = transaction.savepoint()
        world = world_at(stage, programme)
        for name, by_stage in cells.items():
            by_stage[stage] = "".join(
                "y" if world.fresh(person).has_perm(name, world.case) else "." for person in EVERYBODY
            )
        transaction.savepoint_rollback(savepoint)
    lines = ["Columns:"] + [f"  {'| ' * index}{person}" for index, person in enumerate(EVERYBODY)]
    for name, by_stage in cells.items():
        lines.append(name)
        for answer, stages in itertools.groupby(STAGES, key=lambda stage: by_stage[stage]):
            lines.append(f"  {' '.join(answer)}  {', '.join(stages)}")
    if os.environ.get("WRITE_MATRIX"):
        RULES_TABLE.write_text("\n".join(lines) + "\n")
    assert lines == RULES_TABLE.read_text().splitlines()
