"""Many cases at once, as rows: for lists that must cost the same however long they are."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.audit.models import Event
from cpc.cases.models import COUNCIL_CASE_ROLES, Case, CaseMembership, StageEntry
from cpc.deadlines.models import Deadline

_numbers = count(1)


def make_cases(
    number: int, *, by: User, members: dict[str, User] | None = None, owner_role: str = "LGA", **overrides: Any
) -> list[Case]:
    """`number` cases of as many councils, each with an open entry, two deadlines, an event and these members by role.

    The onsites are a day apart, the first in 60 days; the first deadline of each is due a week after its number's day.
    """
    names = [f"Listshire {next(_numbers):05}" for _ in range(number)]
    councils = Council.objects.bulk_create(
        Council(
            gss_code=f"L{name.split()[1]:0>8}",
            slug=name.lower().replace(" ", "-"),
            name=name,
            official_name=f"{name} Council",
            council_type="unitary",
            nation="England",
            region="London",
            in_programme=True,
        )
        for name in names
    )
    today = timezone.localdate()
    cases = Case.objects.bulk_create(
        Case(
            **{
                "reference": f"{council.slug}-{today.year}",
                "council": council,
                "stage": "onsite",
                "created_by": by,
                "onsite_start_on": today + timedelta(days=60 + index),
                "onsite_end_on": today + timedelta(days=62 + index),
            }
            | overrides
        )
        for index, council in enumerate(councils)
    )
    Event.objects.bulk_create(Event(verb="case_started", case=case, by=by) for case in cases)
    StageEntry.objects.bulk_create(StageEntry(case=case, stage=case.stage, entered_by=by) for case in cases)
    CaseMembership.objects.bulk_create(
        CaseMembership(case=case, user=user, role=role, starts_on=today, added_by=by)
        for case in cases
        for role, user in (members or {}).items()
    )
    if number > 1:
        # Somebody of one council hosts several only as a partner in each.
        partners = {user.council_id for role, user in (members or {}).items() if role in COUNCIL_CASE_ROLES}
        through = Case.joint_councils.through
        through.objects.bulk_create(through(case=case, council_id=partner) for case in cases for partner in partners)
    Deadline.objects.bulk_create(
        Deadline(
            case=case,
            kind=kind,
            label=label,
            due_on=today + timedelta(days=7 + later + index),
            first_due_on=today + timedelta(days=7 + later + index),
            owner_role=owner_role,
        )
        for index, case in enumerate(cases)
        for kind, label, later in (("first", "The first promise", 0), ("second", "The second promise", 10))
    )
    return cases
