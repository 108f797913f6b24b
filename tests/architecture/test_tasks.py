"""Tasks: named on purpose, known to the worker, and asked for by the schedule."""

import ast

from django.conf import settings

from cpc.config.celery import app
from tests.architecture.source import BASE, name_of, python_files, tree_of


def is_task(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return name in {"task", "shared_task"}


def test_every_task_has_an_explicit_name_and_stands_in_tasks_py():
    wrong = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in filter(is_task, node.decorator_list):
                named = isinstance(decorator, ast.Call) and any(word.arg == "name" for word in decorator.keywords)
                if not named or path.name != "tasks.py":
                    wrong.append(f"{name_of(path)}:{node.lineno} {node.name}")
    assert wrong == []


def test_the_worker_knows_every_tasks_module():
    modules = {".".join(path.parent.relative_to(BASE).parts) for path in python_files() if path.name == "tasks.py"}
    assert modules <= set(settings.PACKAGES)


def test_the_schedule_asks_for_tasks_that_exist():
    app.loader.import_default_modules()
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert asked <= set(app.tasks)
