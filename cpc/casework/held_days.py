"""One person is on one team a day: the days that a peer's place takes, and what the database refuses.

A place holds the onsite days of its case from the day it is given. A foreign key moves them when the case's dates move,
and an exclusion constraint refuses two places of one person on one day, whatever came first. A programme manager's reason
on the place lets it stand all the same. Days that are over, or that are known to the month only, hold nothing: what
was is recorded as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.services import record
from cpc.cases.commitments import Commitment, How, commitments, told
from cpc.cases.models import PEER_CASE_ROLES, Case, CaseMembership, CaseState, DatePrecision
from cpc.components.errors import Refused

CONSTRAINT = "membership_one_team_a_day"


class DoubleBooked(Refused):
    """Somebody would be on two confirmed teams on one day."""


def days_held(case: Case) -> tuple[date | None, date | None]:
    """The days that a place on this case's team takes now."""
    if (
        case.onsite_end_on is None
        or case.onsite_precision != DatePrecision.DAY
        or case.onsite_end_on < timezone.localdate()
        or case.state == CaseState.CANCELLED
    ):
        return None, None
    return case.onsite_start_on, case.onsite_end_on


def on_another_team(found: dict[int, list[Commitment]]) -> dict[int, list[Commitment]]:
    """Of what keeps people from these days: whom another confirmed team keeps, and which."""
    of_teams = {person: [each for each in rows if each.how == How.ON_TEAM] for person, rows in found.items()}
    return {person: rows for person, rows in of_teams.items() if rows}


def double_booked(
    people: list[int], from_on: date | None, to_on: date | None, *, but: Case, reader: User
) -> dict[int, list[Commitment]]:
    """Who of these people is on another confirmed team on these days, for the eyes of `reader`."""
    return on_another_team(commitments(people, from_on, to_on, but=but, reader=reader))


def refuse_or_waive(
    found: dict[int, list[Commitment]], *, case: Case, reason: str, field: str = "double_booking_reason", by: User
) -> str:
    """The reason for which these people may be on two teams on one day; DoubleBooked without one. By a programme manager."""
    if not found:
        return ""
    words = told(found)
    if not reason.strip() or by.role != Role.PROGRAMME_MANAGER:
        raise DoubleBooked(
            " ".join(words) + " Take them off one of the teams first, or ask a programme manager to give a reason.",
            field=field if by.role == Role.PROGRAMME_MANAGER else "",
        )
    record(
        verb="double_booking_waived",
        by=by,
        case=case,
        data={"who": " ".join(words), "reason": reason.strip()},
        audience="lga",
    )
    return reason.strip()


@contextmanager
def one_team_a_day(*, case: Case, people: list[int], from_on: date | None, to_on: date | None, by: User) -> Iterator:
    """What is written inside is refused in words when the database refuses it: somebody else was faster."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != CONSTRAINT:
            raise
        words = told(double_booked(people, from_on, to_on, but=case, reader=by))
        raise DoubleBooked(
            " ".join(words or ["Someone of this team is on another team on these days."])
            + " Take them off one of the teams first, or ask a programme manager to give a reason.",
        ) from error


def places_of(case: Case) -> list[int]:
    """Ids of the people who hold a peer's place on this case."""
    return list(
        CaseMembership.objects.filter(case=case, role__in=sorted(PEER_CASE_ROLES), removed_at__isnull=True)
        .order_by("user_id")
        .values_list("user_id", flat=True)
        .distinct()
    )


def let_double_booked(case: Case, people: list[int], *, reason: str) -> None:
    """These people's places on the case may stand beside another on the same days."""
    if people:
        CaseMembership.objects.of_peers().filter(case=case, user__in=people, removed_at__isnull=True).update(
            double_booking_reason=reason
        )


def hold_days(case: Case) -> None:
    """Every peer's place takes the days that the case has now, or none. For whoever moves the days of a case."""
    start_on, end_on = days_held(case)
    CaseMembership.objects.filter(case=case, role__in=sorted(PEER_CASE_ROLES), removed_at__isnull=True).update(
        onsite_start_on=start_on, onsite_end_on=end_on
    )


def release_days(case: Case) -> None:
    """The places of this case take no days any more: it is called off."""
    CaseMembership.objects.filter(case=case, onsite_start_on__isnull=False).update(
        onsite_start_on=None, onsite_end_on=None
    )
