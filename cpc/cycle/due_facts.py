"""What the due list hangs on, read in five statements whatever the number of councils, for one day or for several.

What is read may hold more than a day needs: the rule (cpc/cycle/queries.py) asks of each whether it is of its day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q, Value
from django.db.models.functions import TruncDate

from councils.models import Council, Succession, SuccessionKind
from cpc.cases.models import Case, CaseState
from cpc.cases.stages import CaseKind
from cpc.cycle.models import Conversation, Prompt, Trigger

PROMPTED = "prompted"


@dataclass(frozen=True)
class Talk:
    """What a council and the LGA had come to from a day until a day; or an open prompt, whose last day is before `ended_on`."""

    council: int
    state: str
    started_on: date
    ended_on: date | None

    @property
    def is_prompt(self) -> bool:
        return self.state == PROMPTED

    def is_on(self, on: date) -> bool:
        ended = self.ended_on
        return self.started_on <= on and (ended is None or (ended > on if self.is_prompt else ended >= on))


@dataclass(frozen=True)
class DueFacts:
    councils: list[Council]
    # (successor, predecessor, first day) of each that carries on as the same body.
    carried: list[tuple[int, int, date]]
    # (host, partners, day counted from, last onsite day, its precision, origin, made on, closed on)
    cases: list[tuple[Any, ...]]
    talks: list[Talk]
    triggers: list[Trigger]


def carried_on(facts: DueFacts | list[tuple[int, int, date]], on: date) -> dict[int, list[int]]:
    """Council -> those that carried on as it: the same body under another name or with more area."""
    found: dict[int, list[int]] = {}
    for successor, predecessor, first in facts.carried if isinstance(facts, DueFacts) else facts:
        if first <= on:
            found.setdefault(successor, []).append(predecessor)
    return found


def same_body(council: int, carried: dict[int, list[int]]) -> set[int]:
    """The council and all that it carries on from, however long the chain."""
    found, waiting = {council}, [council]
    while waiting:
        new = set(carried.get(waiting.pop(), [])) - found
        found |= new
        waiting += new
    return found


def read_facts(days: Collection[date], councils: Collection[int] | None = None) -> DueFacts:
    """Of every council of the programme that exists on one of the days, or of those named."""
    first, last = min(days), max(days)
    found = Council.objects.filter(
        Q(start_on__isnull=True) | Q(start_on__lte=last), Q(end_on__isnull=True) | Q(end_on__gte=first)
    )
    carried = list(
        Succession.objects.filter(kind=SuccessionKind.CONTINUES, on__lte=last)
        .order_by("pk")
        .values_list("successor_id", "predecessor_id", "on")
    )
    bodies = None
    if councils is not None:
        before = carried_on(carried, last)
        bodies = {body for pk in councils for body in same_body(pk, before)}
    return DueFacts(
        councils=list(_of(found.filter(in_programme=True).order_by(), councils, "pk")),
        carried=carried,
        cases=_cases(bodies),
        talks=_talks(first, last, councils),
        triggers=_triggers(first, last, councils),
    )


def _of(rows: models.QuerySet, councils: Collection[int] | None, name: str = "council") -> models.QuerySet:
    return rows if councils is None else rows.filter(**{f"{name}__in": councils})


def _cases(bodies: Collection[int] | None) -> list[tuple[Any, ...]]:
    partners = Case.joint_councils.through.objects.filter(case=OuterRef("pk")).order_by("council")
    cases = Case.objects.filter(kind=CaseKind.CORPORATE).exclude(state=CaseState.CANCELLED).order_by("pk")
    if bodies is not None:
        joint = Case.joint_councils.through.objects.filter(council__in=bodies)
        cases = cases.filter(Q(council__in=bodies) | Q(pk__in=joint.values("case_id")))
    return list(
        cases.values_list(
            "council_id",
            ArraySubquery(partners.values("council_id")),
            "cycle_start_on",
            "onsite_end_on",
            "onsite_precision",
            "origin",
            TruncDate("created_at"),
            "closed_on",
        )
    )


def _talks(first: date, last: date, councils: Collection[int] | None) -> list[Talk]:
    """Talks by their first day, of two of one day the later last; prompts among them."""
    talks = Conversation.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=first), started_on__lte=last)
    prompts = Prompt.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=first), made_on__lte=last)
    of_talks = _of(talks.order_by(), councils).values_list("council_id", "state", "started_on", "ended_on", "pk")
    of_prompts = _of(prompts.order_by(), councils).values_list(
        "council_id", Value(PROMPTED), "made_on", "closed_on", "pk"
    )
    rows = sorted(of_talks.union(of_prompts, all=True), key=lambda row: (row[2], row[4]))
    return [Talk(*row[:4]) for row in rows]


def _triggers(first: date, last: date, councils: Collection[int] | None) -> list[Trigger]:
    # A month more than needed is read; the months themselves are counted forward, as everywhere.
    earliest = first - relativedelta(months=settings.CYCLE_TRIGGER_MONTHS + 1)
    lately = Trigger.objects.filter(happened_on__gte=earliest, happened_on__lte=last)
    return list(_of(lately.order_by("-happened_on", "-pk"), councils))
