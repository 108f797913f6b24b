"""Reading the scope, and what speaks against proposed dates."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from cpc.cases.access import read_once
from cpc.cases.models import Case, CaseMembership, CaseRole, DatePrecision
from cpc.cases.queries import members_of
from cpc.cycle.models import JourneyEntry, JourneyKind
from cpc.cycle.review_load import load_warning
from cpc.deadlines.warnings import warnings_for
from cpc.scheduling.models import Scope


def scope_of(case: Case) -> Scope:
    """The case's scope; an unsaved empty one before anybody wrote it."""
    return read_once(
        case, "scope", lambda: Scope.objects.filter(case=case).select_related("intervention").first()
    ) or Scope(case=case)


def manager_of(case: Case) -> CaseMembership | None:
    """The membership of the peer challenge manager who holds the case now."""
    found = members_of(case).filter(role=CaseRole.PEER_CHALLENGE_MANAGER)
    return read_once(case, "peer challenge manager", found.first)


def clashes(case: Case, start_on: date, end_on: date) -> list[str]:
    """Other cases of the same peer challenge manager, and of the same council, on these days."""
    managers = case.memberships.active().filter(role=CaseRole.PEER_CHALLENGE_MANAGER).values("user")
    overlapping = (
        Case.objects.under_way()
        .filter(onsite_start_on__lte=end_on, onsite_end_on__gte=start_on, onsite_precision=DatePrecision.DAY)
        .exclude(pk=case.pk)
        .select_related("council")
    )
    same_manager = overlapping.filter(
        memberships__in=CaseMembership.objects.active().filter(user__in=managers, role=CaseRole.PEER_CHALLENGE_MANAGER)
    ).distinct()
    return [
        f"The peer challenge manager is onsite at {other.council.name} from {other.onsite_start_on:%-d %B} to {other.onsite_end_on:%-d %B %Y}."
        for other in same_manager
    ]


def date_warnings(case: Case, start_on: date, end_on: date) -> list[str]:
    """Sentences to be read before these dates are agreed (DOMAIN 1.4). They warn; they never refuse."""
    found: list[str] = []
    for council in [case.council, *case.joint_councils.all()]:
        found += warnings_for(council, start_on, end_on)
        if too_many := load_warning(council, start_on, but=case):
            found.append(too_many)
    return list(dict.fromkeys(found)) + clashes(case, start_on, end_on)


def interventions_of(case: Case) -> QuerySet[JourneyEntry]:
    """R95: interventions and notices of the councils of a case, the latest first."""
    hosts = [case.council_id, *(council.pk for council in case.joint_councils.all())]
    return JourneyEntry.objects.filter(
        council__in=hosts, kind__in=[JourneyKind.INTERVENTION, JourneyKind.BEST_VALUE_NOTICE]
    )
