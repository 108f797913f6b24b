"""What code and papers name exists: requirement rows, files, and no paper from outside the repository."""

import re

import pytest

from tests.architecture.source import BASE, name_of, tracked_files

ROW = re.compile(r"\b([RX])([0-9]{1,3})\b")
DOMAIN = (BASE / "docs" / "domain.md").read_text()
ROWS = set(re.findall(r"^\| ([RX][0-9]+) \|", DOMAIN, re.MULTILINE))
# In pieces, so that this file does not hold them.
OUTSIDE = re.compile(r"\b(DES" + r"IGN|DOM" + r"AIN|QUAL" + r"ITY)(\.md| [0-9])")


def texts(*suffixes: str):
    return [(path, path.read_text()) for path in tracked_files() if path.suffix in suffixes]


def test_every_requirement_row_that_is_cited_has_its_line():
    assert {f"R{number}" for number in range(1, 103)} | {f"X{number}" for number in range(1, 31)} == ROWS
    cited = {
        f"{name_of(path)}: {letter}{number}"
        for path, text in texts(".py", ".md")
        if "migrations" not in path.parts and not path.is_relative_to(BASE / "tests")
        for line in text.splitlines()
        if '"""' in line or "#" in line or path.suffix == ".md"
        for letter, number in ROW.findall(line)
        if f"{letter}{number}" not in ROWS
    }
    assert cited == set()


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/domain.md"])
def test_every_file_that_a_paper_names_exists(paper: str):
    named = re.findall(r"`([A-Za-z_./<>-]+/[A-Za-z_.<>-]*)`", (BASE / paper).read_text())
    paths = [name for name in named if "<" not in name and not name.startswith(("/", ".venv", "var/"))]
    assert [name for name in paths if not (BASE / name).exists() and not name.startswith(("static/dist", "http"))] == []


def test_no_comment_cites_a_paper_that_is_not_here():
    found = [
        f"{name_of(path)}: {match.group()}"
        for path, text in texts(".py", ".md", ".html", ".toml", ".js", ".scss")
        if "migrations" not in path.parts
        for match in OUTSIDE.finditer(text)
    ]
    assert found == []
