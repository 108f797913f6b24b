"""`ls` tells the process: stage folders are complete; templates and tests stand at the code's path."""

from collections import Counter

import pytest

from tests.architecture.source import APPS, BASE, STAGES, name_of, python_files, tracked_files

STAGE_FILES = ["stage", "models", "queries", "services", "forms", "permissions", "views", "urls"]
TEST_FOLDERS_OF_THEIR_OWN = {"architecture", "benchmarks", "factories", "journeys"}
# Shared pieces, and pages of packages that look for their templates at a path of their own.
TEMPLATE_FOLDERS_OF_THEIR_OWN = {
    "components",
    "emails",
    "config",
    "govuk",
    "allauth",
    "account",
    "mfa",
    "usersessions",
    "django",
}


def is_code_folder(path: str) -> bool:
    return (BASE / path / "__init__.py").is_file()


@pytest.mark.parametrize("folder", STAGES)
def test_stage_folder_is_complete(folder: str):
    missing = [name for name in STAGE_FILES if not (BASE / folder / f"{name}.py").is_file()]
    assert missing == []
    assert list((BASE / "templates" / folder).glob("*.html")), f"templates/{folder} holds no page"
    assert list((BASE / "tests" / folder).glob("test_*.py")), f"tests/{folder} holds no test"


def test_every_test_stands_at_the_path_of_its_code():
    wrong = []
    for path in tracked_files():
        parts = path.relative_to(BASE).parts
        if parts[0] != "tests" or not path.name.startswith("test_") or len(parts) < 3:
            continue
        if parts[1] not in TEST_FOLDERS_OF_THEIR_OWN and not is_code_folder("/".join(parts[1:-1])):
            wrong.append(name_of(path))
    assert wrong == []


def test_every_template_stands_at_the_path_of_its_code():
    wrong = []
    for path in tracked_files():
        parts = path.relative_to(BASE).parts
        if parts[0] != "templates" or len(parts) < 3 or parts[1] in TEMPLATE_FOLDERS_OF_THEIR_OWN:
            continue
        # A folder below a package's own may group its pieces.
        if parts[1] not in APPS or not any(is_code_folder("/".join(parts[1:end])) for end in range(2, len(parts))):
            wrong.append(name_of(path))
    assert wrong == []


def test_the_four_apps_are_the_only_code_at_the_top():
    packages = {path.parent.name for path in BASE.glob("*/__init__.py")}
    assert packages == {*APPS, "tests"}


def families(names: list[str]) -> list[str]:
    """Modules of one folder that share a first word: a package that has not been told so."""
    heads = Counter(name.partition("_")[0] for name in names)
    return sorted(name for name in names if heads[name.partition("_")[0]] > 1 and "_" in name.strip("_"))


def test_no_family_of_files_shares_a_prefix():
    assert families(["models", "rule_forms", "rule_views"]) == ["rule_forms", "rule_views"]
    # Commands are named as they are typed.
    folders = {path.parent for path in python_files()} - {BASE / "cpc/management/commands"}
    found = {name_of(folder): families([path.stem for path in folder.glob("*.py")]) for folder in sorted(folders)}
    assert {folder: names for folder, names in found.items() if names} == {}
