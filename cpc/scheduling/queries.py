"""Reading the scope, and what speaks against proposed dates."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db.models import QuerySet

from cpc.accounts.models import User
from cpc.calendars.warnings import warnings_for_each
from cpc.cases.access import read_once
from cpc.cases.commitments import committed_of_case, others_onsite
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.cases.queries import members_of
from cpc.cases.stages import row_of
from cpc.cycle.models import JourneyEntry, JourneyKind
from cpc.cycle.review_load import load_warnings
from cpc.scheduling.models import Scope


def scope_of(case: Case) -> Scope:
    """The case's scope; an unsaved empty one before anybody wrote it."""
    return read_once(
        case, "scope", lambda: Scope.objects.filter(case=case).select_related("intervention").first()
    ) or Scope(case=case)


def manager_of(case: Case) -> CaseMembership | None:
    """The membership of the peer challenge manager who holds the case now."""
    found = members_of(case).in_force().filter(role=CaseRole.PEER_CHALLENGE_MANAGER)
    return read_once(case, "peer challenge manager", found.first)


def date_warnings(case: Case, start_on: date, end_on: date, reader: User | None = None) -> list[str]:
    """Sentences to be read before these dates are agreed. They warn; they never refuse.

    The council's calendar, everybody of the case who is committed elsewhere on these days, as far as the reader may know,
    and a week in which more challenges would be onsite than the LGA plans for.
    """
    found: list[str] = []
    hosts = case.hosts
    calendar = warnings_for_each(hosts, start_on, end_on, has_promises="onsite_end" in row_of(case.kind).clocks)
    too_many = load_warnings(hosts, start_on, but=case)
    for host in hosts:
        found += calendar[host.pk]
        if host.pk in too_many:
            found.append(too_many[host.pk])
    found = list(dict.fromkeys(found)) + committed_of_case(case, start_on, end_on, reader=reader)
    others, most = others_onsite(case, start_on, end_on), settings.CHALLENGES_ONSITE_A_WEEK
    if others >= most:
        found.append(f"{week_load(others, start_on)} The LGA plans for {most} a week at most.")
    return found


def week_load(others: int, start_on: date) -> str:
    """How many other challenges are onsite in the week of these days, as a sentence."""
    monday = start_on - timedelta(days=start_on.weekday())
    if not others:
        return f"No other peer challenge is onsite in the week of {monday:%-d %B %Y}."
    are = "peer challenge is" if others == 1 else "peer challenges are"
    return f"{others} other {are} onsite in the week of {monday:%-d %B %Y}."


def load_of(case: Case, start_on: date, end_on: date) -> str:
    return week_load(others_onsite(case, start_on, end_on), start_on)


def interventions_of(case: Case) -> QuerySet[JourneyEntry]:
    """R95: interventions and notices of the councils of a case, the latest first."""
    hosts = [case.council_id, *(council.pk for council in case.joint_councils.all())]
    return JourneyEntry.objects.filter(
        council__in=hosts, kind__in=[JourneyKind.INTERVENTION, JourneyKind.BEST_VALUE_NOTICE]
    )
