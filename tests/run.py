"""`make test`: every check, each under its own title; all run even if one does not pass. `make check` leaves the tests out.

Words after the command go to pytest: `python -m tests.run -k deadlines`.
"""

import os
import secrets
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from pathlib import Path

from cpc.demo import embedded
from tests.services import throwaway_services

BASE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS_ALONE = "--check"
CODE = ["cpc", "councils", "teams", "assessments", "tests", "manage.py"]


def production_environment(environment: dict[str, str]) -> dict[str, str]:
    """What an operator sets at the least (docs/operations.md)."""
    kept = {name: value for name, value in environment.items() if name not in {"TESTING", "DEBUG", "DEMO", "VAR_DIR"}}
    return kept | {
        "SECRET_KEY": secrets.token_urlsafe(60),
        "FIELD_ENCRYPTION_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "ALLOWED_HOSTS": "peers.example.org",
        "SITE_URL": "https://peers.example.org",
        "DJANGO_SETTINGS_MODULE": "cpc.config.settings",
    }


def sections(environment: dict[str, str], pytest_words: list[str]) -> list[tuple[str, list[str], dict[str, str]]]:
    python, manage = str(BIN / "python"), str(BASE / "manage.py")
    testing = environment | {"TESTING": "1"}
    production = production_environment(environment)
    return [
        ("Lint: ruff", [str(BIN / "ruff"), "check", *CODE], environment),
        ("Format: ruff", [str(BIN / "ruff"), "format", "--check", "--quiet", *CODE], environment),
        ("Import direction: import-linter", [str(BIN / "lint-imports"), "--no-cache"], environment),
        ("Templates: djlint", [str(BIN / "djlint"), "templates", "--lint", "--quiet"], environment),
        ("Templates: layout", [python, "-m", "tests.template_layout", "--check"], environment),
        ("Types: mypy", [str(BIN / "mypy")], testing),
        (
            "Production settings: check --deploy",
            [python, manage, "check", "--deploy", "--fail-level", "WARNING"],
            production,
        ),
        ("Migrations: nothing left to make", [python, manage, "makemigrations", "--check", "--dry-run"], testing),
        # Handed out one by one: a hundred at once would leave one process with the long ones while the other is done.
        (
            "Tests: pytest",
            [python, "-m", "pytest", "-q", "-n", "auto", "--maxschedchunk", "1", *pytest_words],
            environment,
        ),
    ]


def main(pytest_words: list[str]) -> int:
    environment = dict(os.environ)
    for name in ("DEBUG", "DEMO", "TESTING", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    try:
        throwaway_services(environment)
    except embedded.CannotStart as error:
        print(error)
        return 1
    asked = sections(environment, pytest_words)
    results = []
    for title, command, variables in asked[:-1] if pytest_words == [CHECKS_ALONE] else asked:
        print(f"\n=== {title} ===", flush=True)
        began = time.monotonic()
        code = subprocess.run(command, env=variables, cwd=BASE, check=False).returncode
        results.append((title, code, time.monotonic() - began))
    print("\n=== Summary ===")
    for title, code, seconds in results:
        print(f"{'passed' if code == 0 else 'FAILED':<7} {seconds:6.1f} s  {title}")
    return 1 if any(code for _, code, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
