"""A new version's migrations run while the web server of the version before still answers, on the new tables.

So nothing that the version before reads or leaves empty may go or become compulsory in one step. A migration that takes
something away says in SECOND_STEP, a constant of its module, why no code of the version before needs it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

# The last ones that were landed before the rule; a landed migration is not edited.
BEFORE_THE_RULE = {"councils": 9, "cpc": 14, "teams": 1, "assessments": 5}


def modules() -> Iterator[tuple[str, ModuleType]]:
    for label in ("councils", "cpc", "teams", "assessments"):
        folder = Path(apps.get_app_config(label).path) / "migrations"
        for path in sorted(folder.glob("0*.py")):
            if int(path.stem[:4]) > BEFORE_THE_RULE[label]:
                yield f"{label}.{path.stem}", importlib.import_module(f"{label}.migrations.{path.stem}")


def flat(operations: list[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def takes_away(operation: Operation) -> bool:
    match operation:
        case migrations.RemoveField() | migrations.DeleteModel() | migrations.RenameField() | migrations.RenameModel():
            return True
        case migrations.AlterModelTable():
            return True
        case migrations.AddField(field=field):
            # The version before does not fill it: the database must.
            return not (
                field.null or field.many_to_many or field.db_default is not models.NOT_PROVIDED or field.generated
            )
        case migrations.RunSQL(sql=sql):
            return "drop" in str(sql).lower()
    return False


def test_nothing_is_taken_from_under_the_version_before():
    hasty = [
        f"{name}: {operation.describe()}"
        for name, module in modules()
        if not getattr(module, "SECOND_STEP", "")
        for operation in flat(module.Migration.operations)
        if takes_away(operation)
    ]
    assert hasty == []


def test_no_migration_goes_back_on_its_way():
    """Forward only: going back is the previous image with the backup (docs/operations.md)."""
    for name, module in modules():
        assert not getattr(module.Migration, "replaces", []), name


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("case", "kind"),
        migrations.DeleteModel("case"),
        migrations.RenameField("case", "kind", "sort"),
        migrations.AddField("case", "sort", models.CharField(max_length=5)),
        migrations.AddField("case", "sort", models.CharField(max_length=5, default="x")),
        migrations.RunSQL("DROP TABLE cpc_case"),
    ],
)
def test_what_is_taken_away_is_known(operation: Operation):
    assert takes_away(operation)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("case", "sort", models.CharField(max_length=5, null=True)),
        migrations.AddField("case", "sort", models.CharField(max_length=5, db_default="")),
        migrations.CreateModel("thing", []),
    ],
)
def test_what_is_added_safely_is_known(operation: Operation):
    assert not takes_away(operation)
