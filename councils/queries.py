"""Reading the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from councils.models import Contact, Council, PoliticalControl, Tenure


def council_list(
    user, *, q: str = "", region: str = "", council_type: str = "", nation: str = "", status: str = "current"
) -> QuerySet[Council]:
    """The register, narrowed; anything unknown narrows nothing."""
    councils = Council.objects.visible_to(user)
    today = timezone.localdate()
    if status == "current":
        councils = councils.current(today)
    elif status == "abolished":
        councils = councils.filter(end_on__lt=today)
    elif status == "planned":
        councils = councils.filter(start_on__gt=today)
    if q:
        councils = councils.search(q)
    if region:
        councils = councils.filter(region=region)
    if council_type:
        councils = councils.filter(council_type=council_type)
    if nation:
        councils = councils.filter(nation=nation)
    return councils.select_related("parent").order_by("name", "pk")


@dataclass(frozen=True)
class CouncilAt:
    """A council as it was on a day."""

    council: Council
    on: date
    tenures: list[Tenure]
    control: PoliticalControl | None


def as_at(council: Council, on: date) -> CouncilAt:
    """Posts held on the day, and control after the last election year up to then (R8)."""
    tenures = Tenure.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=on), council=council, started_on__lte=on)
    # Positions are those after May's elections: before May, last year's still holds.
    year = on.year if on.month >= 5 else on.year - 1
    control = PoliticalControl.objects.filter(council=council, year__lte=year).order_by("-year").first()
    return CouncilAt(council, on, list(tenures.order_by("post")), control)


def predecessors(council: Council) -> QuerySet[Council]:
    return Council.objects.filter(succeeded_by__successor=council).order_by("name")


def successors(council: Council) -> QuerySet[Council]:
    return Council.objects.filter(succeeds__predecessor=council).order_by("name")


def contacts(council: Council) -> QuerySet[Contact]:
    """Everybody the LGA writes to or wrote to there: who is still written to comes first."""
    return Contact.objects.filter(council=council).order_by(F("ended_on").desc(nulls_first=True), "role", "name", "pk")


def contacts_on(council: Council, on: date) -> QuerySet[Contact]:
    """Whom the LGA writes to on a day; those who begin later are among them, so that they are seen."""
    return Contact.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=on), council=council)
