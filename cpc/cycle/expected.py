"""Prompts of days to come, as far as their reasons are known now. A look ahead: it makes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Q

from councils.models import Council, Post, Tenure
from cpc.cycle.models import JourneyEntry, JourneyKind, Trigger, TriggerKind
from cpc.cycle.queries import DueState, due_list, trigger_text

# R6: whose end prompts.
ENDS_PROMPT = [JourneyKind.INTERVENTION, JourneyKind.BEST_VALUE_NOTICE, JourneyKind.STANDARDS_ISSUE]


@dataclass(frozen=True)
class Expected:
    council: Council
    on: date
    detail: str
    is_soft: bool = False


def expected_prompts(from_on: date, until_on: date) -> list[Expected]:
    """By day. Of councils of the programme for which no challenge is booked; a fixed number of statements."""
    if from_on > until_on:
        return []
    found = [*_recorded(from_on, until_on), *_ends(from_on, until_on), *_first_days(from_on, until_on)]
    found += _long_in_post(from_on, until_on)
    rows = {row.council.pk: row for row in due_list(from_on, {each.council.pk for each in found})} if found else {}
    begins = {each.council.pk for each in found if each.council.start_on and each.council.start_on >= from_on}
    standing = []
    for each in found:
        row = rows.get(each.council.pk)
        if row is None and each.council.pk not in begins:
            continue
        if row and (row.state == DueState.BOOKED or (each.is_soft and row.last and row.last.on >= _begun(each.on))):
            continue
        standing.append(each)
    return sorted(standing, key=lambda each: (each.on, each.council.name, each.council.pk))


def _recorded(from_on: date, until_on: date) -> list[Expected]:
    """What was recorded before its day, such as a leader elected from next week on."""
    triggers = Trigger.objects.filter(prompt__isnull=True, happened_on__gte=from_on, happened_on__lte=until_on)
    return [
        Expected(each.council, each.happened_on, trigger_text(each))
        for each in triggers.exclude(kind=TriggerKind.LONG_TENURE).select_related("council")
    ]


def _ends(from_on: date, until_on: date) -> list[Expected]:
    entries = JourneyEntry.objects.filter(kind__in=ENDS_PROMPT, ended_on__gte=from_on, ended_on__lte=until_on)
    return [
        Expected(each.council, each.ended_on, f"end of {each.get_kind_display().lower()}: {each.name}")  # type: ignore[arg-type]
        for each in entries.select_related("council")
    ]


def _first_days(from_on: date, until_on: date) -> list[Expected]:
    councils = Council.objects.filter(in_programme=True, start_on__gte=from_on, start_on__lte=until_on)
    return [Expected(each, each.start_on, "first day of the council") for each in councils]  # type: ignore[arg-type]


def _begun(on: date) -> date:
    return on - relativedelta(years=settings.CYCLE_LONG_TENURE_YEARS)


def _long_in_post(from_on: date, until_on: date) -> list[Expected]:
    tenures = Tenure.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=until_on),
        post=Post.CHIEF_EXECUTIVE,
        is_interim=False,
        started_on__gte=_begun(from_on),
        started_on__lte=_begun(until_on),
    )
    years = relativedelta(years=settings.CYCLE_LONG_TENURE_YEARS)
    return [
        Expected(
            each.council,
            each.started_on + years,
            f"chief executive long in post: {each.person_name}, since {each.started_on:%-d %B %Y}",
            is_soft=True,
        )
        for each in tenures.select_related("council")
    ]
