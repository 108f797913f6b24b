"""docs/security.md claims nothing without evidence that exists."""

import re

from tests.architecture.source import BASE

TEXT = (BASE / "docs/security.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if re.match(r"\| V\d", line)
]


def test_every_row_has_a_plain_status():
    assert len(ROWS) > 30
    wrong = [row for row in ROWS if len(row) != 4 or not re.match(r"(met|partly|not yet|not applicable)\b", row[3])]
    assert wrong == []


def test_what_is_met_names_its_evidence():
    assert [row for row in ROWS if row[3].startswith("met") and not row[2]] == []


def test_files_that_are_named_exist():
    named = set(re.findall(r"`([A-Za-z_./-]+\.(?:py|md|txt|toml|yml)|Dockerfile)`", TEXT)) - {
        "/.well-known/security.txt"
    }
    assert named
    assert [path for path in sorted(named) if not (BASE / path).exists()] == []
