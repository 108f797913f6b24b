"""Reading what a publication depends on."""

from __future__ import annotations

from datetime import date

from councils.models import Council
from cpc.accounts.models import User
from cpc.calendars.warnings import pre_election_poll
from cpc.cases.models import Case
from cpc.cases.queries import SIDES, recipients_of_each


def poll_of_period(case: Case, on: date) -> tuple[date, Council] | None:
    """The poll in whose pre-election period this day lies, and the council that votes: the first one of any council of
    the case; None when there is none."""
    found = [(poll, council) for council in case.hosts if (poll := pre_election_poll(council, on))]
    return min(found, key=lambda each: each[0], default=None)


def people_to_tell(case: Case, but: User) -> list[User]:
    """The LGA, the council and the peer team of the case: they keep its words back until they are public
    and may read them from then on. Not contributors (R30), and not whoever recorded it."""
    sides = recipients_of_each([case.pk])
    people = {person.pk: person for side in SIDES for person in sides.get((case.pk, side), [])}
    people.pop(but.pk, None)
    return list(people.values())
