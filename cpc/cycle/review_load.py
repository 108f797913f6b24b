"""R93, X24: how many reviews a council has within a year, of what was held and of what is planned."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from councils.models import Council
from cpc.cases.models import Case, CaseState
from cpc.cycle.models import JourneyEntry, JourneyKind

# What counts: somebody comes and looks.
REVIEW_KINDS = {
    JourneyKind.FINANCE_PEER_CHALLENGE,
    JourneyKind.GOVERNANCE_PEER_CHALLENGE,
    JourneyKind.OTHER_REVIEW,
}


def _said(on: date) -> str:
    return f"{on:%-d %B %Y}"


def too_many_reviews(days: list[date], today: date) -> str:
    """A sentence when more reviews than CYCLE_MOST_REVIEWS begin within 12 months that are not over; else empty.

    Twelve months from the day of one review: the same day of the next year is outside.
    """
    for within in _crowded(days):
        if within[0] + relativedelta(months=12) > today:
            return (
                f"{len(within)} reviews of this council begin within 12 months, from {_said(within[0])} to "
                f"{_said(within[-1])}. More than {settings.CYCLE_MOST_REVIEWS} are a burden: consider another date."
            )
    return ""


def _crowded(days: list[date]) -> list[list[date]]:
    """For each first day: the days within 12 months from it, where they are too many."""
    days = sorted(days)
    found = []
    for index, first in enumerate(days):
        within = [day for day in days[index:] if day < first + relativedelta(months=12)]
        if len(within) > settings.CYCLE_MOST_REVIEWS:
            found.append(within)
    return found


def first_days_of_reviews(councils: Collection[int], *, but: Case | None = None) -> dict[int, list[date]]:
    """Council -> of its peer challenges, alone or joint, and of reviews by others; held, agreed or planned. In one
    statement."""
    cases = Case.objects.filter(onsite_start_on__isnull=False).exclude(state=CaseState.CANCELLED)
    cases = cases.exclude(pk=but.pk if but else 0).order_by()
    entries = JourneyEntry.objects.filter(council__in=councils, kind__in=REVIEW_KINDS).order_by()
    rows = (
        cases.filter(council__in=councils)
        .values_list("council", "pk", "onsite_start_on")
        .union(
            cases.filter(joint_councils__in=councils).values_list("joint_councils", "pk", "onsite_start_on"),
            entries.values_list("council", -F("pk"), "started_on"),
        )
    )
    found: dict[int, list[date]] = {council: [] for council in councils}
    for council, _, on in rows:
        found[council].append(on)
    return found


def load_warning(council: Council, start_on: date, *, but: Case | None = None) -> str:
    """What somebody should read before these days are agreed: with them there are too many within 12 months."""
    return load_warnings([council], start_on, but=but).get(council.pk, "")


def load_warnings(councils: Iterable[Council], start_on: date, *, but: Case | None = None) -> dict[int, str]:
    """The same for several councils, by their ids; those about which there is nothing to read are left out."""
    councils = list(councils)
    days = first_days_of_reviews([council.pk for council in councils], but=but)
    found = {council.pk: _load_warning(council, [*days[council.pk], start_on], start_on) for council in councils}
    return {council: words for council, words in found.items() if words}


def _load_warning(council: Council, days: list[date], start_on: date) -> str:
    if start_on + relativedelta(months=12) <= timezone.localdate():
        return ""
    for within in _crowded(days):
        if start_on in within:
            return (
                f"With these dates {len(within)} reviews of {council.name} begin within 12 months, from "
                f"{_said(within[0])} to {_said(within[-1])}. More than {settings.CYCLE_MOST_REVIEWS} are a burden."
            )
    return ""
