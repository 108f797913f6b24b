"""The service runs behind a transaction pooler: nothing is left on a database session outside a transaction."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.architecture.source import name_of, python_files, tree_of

# What a session keeps after its transaction, as SQL says it; our SQL has its words in capitals. Locks of a transaction (`_xact_`) and SET LOCAL end with it.
LEFT_BEHIND = re.compile(
    r"""\b(
        PREPARE\s+\w+\s*(\(|AS\b) | EXECUTE\s+\w+\s*(\(|;|$) | DEALLOCATE\b | DISCARD\b
      | (UN)?LISTEN\s+\w | NOTIFY\s+\w
      | pg_(try_)?advisory_(lock|unlock)
      | CREATE\s+(GLOBAL\s+|LOCAL\s+)?TEMP(ORARY)?\b | INTO\s+TEMP(ORARY)?\b
      | WITH\s+HOLD\b
      | set_config\s*\([^)]*false\s*\)
    )""",
    re.VERBOSE,
)
SET = re.compile(r"^\s*(SET|RESET)\s+(SESSION\s+)?(?!LOCAL\b|CONSTRAINTS\b|TRANSACTION\b)[\w.]+\s*(=|TO\b|ALL\b|$)")
# A trigger's own SQL: `EXECUTE FUNCTION` makes it, and its body runs inside the transaction that set it off.
OF_TRIGGERS = re.compile(r"EXECUTE\s+(FUNCTION|PROCEDURE)\b")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every text of a module but its docstrings."""
    tree = tree_of(path)
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def what_is_left(text: str) -> str:
    found = LEFT_BEHIND.search(OF_TRIGGERS.sub("", text)) or SET.search(text)
    return found.group(0) if found else ""


def test_no_statement_leaves_anything_on_a_session():
    wrong = [
        f"{name_of(path)}:{line} {left}"
        for path in python_files(migrations=True)
        for line, text in texts(path)
        if (left := what_is_left(text))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "PREPARE list_1 AS SELECT 1",
        "EXECUTE list_1",
        "DEALLOCATE ALL",
        "LISTEN moves",
        "SELECT pg_try_advisory_lock(1, 2)",
        "SELECT pg_advisory_unlock(1, 2)",
        "CREATE TEMPORARY TABLE found (id int)",
        "SET statement_timeout = 5",
        "RESET ALL",
        "SELECT set_config('app.user', '7', false)",
        "DECLARE rows CURSOR WITH HOLD FOR SELECT 1",
    ],
)
def test_each_kind_of_leaving_is_known(text):
    assert what_is_left(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT pg_advisory_xact_lock(1)",
        "SET LOCAL lock_timeout = '2s'",
        "SET CONSTRAINTS ALL DEFERRED",
        "CREATE TRIGGER t AFTER INSERT ON x FOR EACH ROW EXECUTE FUNCTION f()",
        "Prepare for change, such as reorganisation",
    ],
)
def test_what_ends_with_the_transaction_is_let_pass(text):
    assert not what_is_left(text)


def test_the_driver_leaves_nothing_either():
    # Statements that the driver prepares by itself, and cursors that the server keeps for a reader in pieces.
    assert settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"] is None
    assert settings.DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] is True


@pytest.mark.django_db
def test_the_driver_is_told_so():
    connection.ensure_connection()
    assert connection.connection.prepare_threshold is None
    assert not connection.settings_dict["OPTIONS"].get("assume_role")
