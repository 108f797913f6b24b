"""Reading our own source: which files are tracked, which modules are ours."""

import ast
import subprocess
from functools import cache, lru_cache
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
APPS = ["councils", "cpc", "teams", "assessments"]
STAGES = [
    "cpc/scheduling",
    "teams/composition",
    "assessments/self_assessment",
    "assessments/onsite",
    "assessments/report",
    "assessments/action_plan",
    "assessments/progress_review",
]


@lru_cache(maxsize=1)
def tracked_files() -> list[Path]:
    """Files that git knows or would take, without what .gitignore leaves out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True).stdout
    return [BASE / line for line in listed.splitlines() if (BASE / line).is_file()]


def python_files(*, migrations: bool = False) -> list[Path]:
    found = [path for app in APPS for path in sorted((BASE / app).rglob("*.py"))]
    return [path for path in found if migrations or "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(BASE))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
