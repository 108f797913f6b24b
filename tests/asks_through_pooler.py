"""`python -m tests.asks_through_pooler FILE`: one of several processes that ask for lists, each in two roles at once.

The file holds, for each person, what a plain question answered. Prints how many answers were others, and the errors.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402

from cpc.accounts.models import User  # noqa: E402
from cpc.cycle.due.filters import DueFilter, due_page  # noqa: E402
from cpc.dashboard.queries import PipelineFilter, my_cases, my_deadlines, my_roles, pipeline_page  # noqa: E402


def answers(user: User, number: int) -> dict[str, Any]:
    """What this person reads of the three lists, in a form that can be kept in a file. The pipeline is asked in several ways."""
    orders = ("onsite", "council", "deadline")
    chosen = PipelineFilter(order=orders[number % 3], mine=number % 2 == 1)
    counts, rows = pipeline_page(user, chosen, start=0, end=50)
    roles = my_roles(user)
    found = {
        "counts": [(each["stage"], each["number"], each["late"]) for each in counts],
        "pipeline": [row.href for row in rows],
        "my deadlines": [(each.case.reference, str(each.due_on)) for each in my_deadlines(user, roles)],
        "my cases": [each.reference for each in my_cases(roles)],
        "due": [
            row.council.name for row in due_page(timezone.localdate(), DueFilter(standing="all"), start=0, most=50).rows
        ],
    }
    return json.loads(json.dumps(found))


def ask(person: int, expected: list[dict[str, Any]], asks: int, wrong: list[str], errors: list[str]) -> None:
    for number in range(asks):
        try:
            user = User.objects.get(pk=person)
            found = answers(user, number)
        except Exception as error:  # every error counts
            errors.append(f"{type(error).__name__}: {error}"[:300])
            continue
        wanted = expected[number % len(expected)]
        wrong += [f"{user.role} {name}: {found[name]}" for name in wanted if found[name] != wanted[name]]


def main(path: Path) -> None:
    told = json.loads(path.read_text())
    wrong: list[str] = []
    errors: list[str] = []
    threads = [
        threading.Thread(target=ask, args=[int(person), expected, told["asks"], wrong, errors])
        for person, expected in told["people"].items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"wrong": wrong[:20], "errors": errors[:20], "asked": told["asks"] * len(threads)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
