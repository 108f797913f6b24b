"""What a kind of review decides stands in its row (R92): no other code asks for a kind by its name."""

from __future__ import annotations

import ast
from datetime import timedelta

import pytest

from cpc.cases import checks
from cpc.cases.stages import REVIEW_KINDS, CaseKind, ReviewKind, Stage
from cpc.casework.reference_data import ensure_theme_sets
from cpc.casework.services import start_case
from cpc.deadlines.models import Deadline
from cpc.scheduling.services import agree_dates
from tests.architecture.source import name_of, python_files, tree_of
from tests.factories.accounts import make_user
from tests.factories.composition import a_monday
from tests.factories.councils import make_council
from tests.factories.rules import ensure_default_rules

TABLE = "cpc/cases/stages.py"
# `choices`, `values`, `labels` and calling it ask nothing about one kind.
KINDS = set(CaseKind.__members__)


def test_no_other_code_names_a_kind():
    found = []
    for path in python_files():
        if name_of(path) == TABLE:
            continue
        for node in ast.walk(tree_of(path)):
            by_name = (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "CaseKind"
                and node.attr in KINDS
            )
            by_value = isinstance(node, ast.Constant) and (
                node.value in CaseKind.values
                or (isinstance(node.value, str) and any(f"'{kind}'" in node.value for kind in CaseKind.values))
            )
            if by_name or by_value:
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


def test_every_kind_has_its_row(monkeypatch):
    assert checks.every_kind_of_review_has_its_row(None) == []
    assert set(REVIEW_KINDS) == set(CaseKind.values)
    monkeypatch.delitem(REVIEW_KINDS, CaseKind.SUPPORT_VISIT)
    assert [each.id for each in checks.every_kind_of_review_has_its_row(None)] == ["cases.E003"]


@pytest.mark.django_db
def test_a_third_kind_is_a_row_and_nothing_else(monkeypatch):
    """Started, and its dates agreed, by what its row says: no branch elsewhere has to be found first."""
    row = ReviewKind("finance", templates=((Stage.SCHEDULING, Stage.TEAM_COMPOSITION),), days=(2, 2))
    monkeypatch.setitem(REVIEW_KINDS, "finance", row)
    ensure_theme_sets()
    ensure_default_rules()
    boss = make_user("programme_manager")
    case = start_case(council=make_council(), kind="finance", by=boss)
    start = a_monday()
    agreed = agree_dates(
        case=case,
        start_on=start,
        end_on=start + timedelta(days=1),
        seen_warnings=_Everything(),
        version=case.version,
        by=boss,
    )
    assert (agreed.onsite_start_on, agreed.template_version) == (start, 1)
    assert not Deadline.objects.filter(case=case).exists()


class _Everything(list):
    """Whatever warning there is on that day, it was read."""

    def __contains__(self, item: object) -> bool:
        return True
