"""Past and coming challenges as rows, and what the cycle keeps beside them."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from councils.models import Council
from cpc.cases.models import Case, CaseOrigin, CaseState
from cpc.cases.stages import Stage
from cpc.cycle.models import Conversation, Prompt, Trigger
from tests.factories.accounts import make_user

LONDON = ZoneInfo("Europe/London")
_numbers = count(1)


def at_noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 12, tzinfo=LONDON)


def make_challenge(council: Council, end_on: date | None, *, joint: tuple[Council, ...] = (), **overrides: Any) -> Case:
    """A corporate challenge of published history, closed."""
    values: dict[str, Any] = {
        "reference": f"past-{next(_numbers)}",
        "council": council,
        "origin": CaseOrigin.HISTORY,
        "stage": Stage.PROGRESS_REVIEW,
        "state": CaseState.CLOSED,
        "onsite_start_on": end_on,
        "onsite_end_on": end_on,
        "cycle_start_on": end_on,
    }
    case = Case.objects.create(**(values | overrides))
    case.joint_councils.set(joint)
    return case


def make_booked(council: Council, created_on: date, *, end_on: date | None = None, **overrides: Any) -> Case:
    """A case of this service that is under way since a day."""
    values: dict[str, Any] = {
        "origin": CaseOrigin.SERVICE,
        "state": CaseState.ACTIVE,
        "stage": Stage.SCHEDULING,
        "created_at": at_noon(created_on),
        "cycle_start_on": None,
    }
    return make_challenge(council, end_on, **(values | overrides))


def make_prompt(council: Council, made_on: date, **overrides: Any) -> Prompt:
    return Prompt.objects.create(council=council, made_on=made_on, **overrides)


def make_trigger(council: Council, happened_on: date, **overrides: Any) -> Trigger:
    values = {"kind": "new_leader", "source": f"tenure:{next(_numbers)}"}
    return Trigger.objects.create(council=council, happened_on=happened_on, **(values | overrides))


def make_conversation(council: Council, started_on: date, **overrides: Any) -> Conversation:
    values: dict[str, Any] = {"state": "in_conversation"}
    if "recorded_by" not in overrides:
        values["recorded_by"] = make_user()
    return Conversation.objects.create(council=council, started_on=started_on, **(values | overrides))
