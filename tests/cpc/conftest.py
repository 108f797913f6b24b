"""One case with its people and one promise, on a fixed day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
import time_machine

from cpc.accounts.models import User
from cpc.cases.models import Case
from cpc.deadlines.models import Deadline
from tests.factories.accounts import make_user
from tests.factories.cases import make_cases
from tests.factories.rules import ensure_default_rules

START = date(2026, 11, 16)
DUE = date(2027, 6, 30)


@dataclass
class Promise:
    """A deadline and who is around it."""

    deadline: Deadline
    case: Case
    boss: User
    manager: User
    coordinator: User

    def move_to(self, **changed: object) -> None:
        Deadline.objects.filter(pk=self.deadline.pk).update(**changed)
        self.deadline.refresh_from_db()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A Monday noon in winter that a test may leave with `move_to`."""
    with time_machine.travel("2026-11-16 12:00 +0000", tick=False) as traveller:
        yield traveller


@pytest.fixture
def make_promise(db, clock) -> Callable[..., Promise]:
    """A promise of the council by default, with the default reminder rules."""

    def make(**changed: object) -> Promise:
        ensure_default_rules()
        boss, manager = make_user("programme_manager"), make_user("peer_challenge_manager")
        coordinator = make_user("coordinator")
        members = {"peer_challenge_manager": manager, "coordinator": coordinator}
        (case,) = make_cases(1, by=boss, members=members)
        Deadline.objects.filter(case=case).delete()
        User.objects.filter(pk=coordinator.pk).update(council=case.council)
        values = {
            "kind": "report_public",
            "label": "Publish the feedback report",
            "due_on": DUE,
            "first_due_on": changed.get("due_on", DUE),
            "owner_role": "Council",
        }
        deadline = Deadline.objects.create(case=case, **values | changed)
        return Promise(deadline, case, boss, manager, coordinator)

    return make
