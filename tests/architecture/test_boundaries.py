"""What a vendor's library raises is known in one place each; elsewhere it has a name of ours, or nothing is raised at all."""

from __future__ import annotations

import ast

from tests.architecture.source import name_of, python_files, tree_of

# Library -> the modules that may know it.
BOUNDARIES = {
    "redis": {"cpc/config/cache.py", "cpc/config/broker.py"},
    # The figures ask the queue for its length, in a process of their own.
    "kombu": {"cpc/config/broker.py", "cpc/config/figures.py"},
    "botocore": {"cpc/documents/store.py", "cpc/config/settings.py"},
    "boto3": {"cpc/documents/store.py"},
    "storages": set(),
    "smtplib": set(),
    "psycopg": {"cpc/config/database/base.py", "cpc/demo/embedded.py", "cpc/config/backup.py"},
}
QUEUE = "cpc/components/queueing.py"


def test_each_library_is_known_in_its_own_place_alone():
    wrong = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in names:
                places = BOUNDARIES.get(name.split(".")[0])
                if places is not None and name_of(path) not in places:
                    wrong.append(f"{name_of(path)}:{node.lineno} {name}")
    assert wrong == []


def test_tasks_are_sent_from_one_place():
    """There a queue that is away fails nobody."""
    wrong = [
        f"{name_of(path)}:{node.lineno} {node.attr}"
        for path in python_files()
        if name_of(path) != QUEUE
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"delay", "apply_async", "delay_on_commit", "send_task"}
    ]
    assert wrong == []


def test_files_are_opened_through_the_store():
    """There a store that is away has a name."""
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        if name_of(path) not in {"cpc/documents/store.py", "cpc/config/backup.py"}
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr == "storage"
    ]
    assert wrong == []
