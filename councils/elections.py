"""When a council votes: recorded polls first, otherwise what its scheme makes one expect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from councils.models import Council, CouncilType, Poll, Scheme

# Its Common Council is elected in March under its own acts, so May says nothing.
CITY_OF_LONDON = "E09000001"


@dataclass(frozen=True)
class PollDay:
    on: date
    text: str
    is_expected: bool


def first_thursday_of_may(year: int) -> date:
    """The day of ordinary local elections (Representation of the People Act 1983, section 37)."""
    first = date(year, 5, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7)


def _expects_poll(council: Council, year: int) -> bool:
    """Whether the scheme gives an ordinary poll in this year, counted from the last one known.

    Whole council: every fourth year (Scotland and Wales: every fifth). Thirds: every year but the one in which
    the county votes. Halves: every second year.
    """
    last = council.last_ordinary_election
    if council.gss_code == CITY_OF_LONDON or not last or not council.election_scheme:
        return False
    if council.election_scheme == Scheme.ALL_OUT:
        every = 5 if council.council_type in {CouncilType.WELSH_UNITARY, CouncilType.SCOTTISH_UNITARY} else 4
        return (year - last) % every == 0
    if council.election_scheme == Scheme.HALVES:
        return (year - last) % 2 == 0
    # Counties vote in 2025, 2029 ...: the fallow year of thirds.
    return (year - 2025) % 4 != 0


def _replaces_ordinary(poll: Poll) -> bool:
    """An ordinary election that was moved or called off, or anything on its day; a by-election in autumn does not."""
    return poll.on == first_thursday_of_may(poll.on.year) or poll.text.lower().startswith("ordinary")


def poll_days(council: Council, from_on: date, until_on: date) -> list[PollDay]:
    """Polls of this council between two days (inclusive), by day. Nothing is expected after a council's end."""
    return poll_days_of_each([council], from_on, until_on)[council.pk]


def poll_days_of_each(councils: Iterable[Council], from_on: date, until_on: date) -> dict[int, list[PollDay]]:
    """The same for several councils, by their ids; one statement whatever their number."""
    councils = {council.pk: council for council in councils}.values()
    polls: dict[int, list[Poll]] = {council.pk: [] for council in councils}
    # Whole years: an ordinary election moved out of this time still means that none is expected in it.
    for poll in Poll.objects.filter(council__in=list(polls), on__year__gte=from_on.year, on__year__lte=until_on.year):
        polls[poll.council_id].append(poll)
    return {council.pk: poll_days_of(council, polls[council.pk], from_on, until_on) for council in councils}


def poll_days_of(council: Council, polls: Iterable[Poll], from_on: date, until_on: date) -> list[PollDay]:
    """The same from recorded polls that were read before: all of the years of both days at least."""
    polls = list(polls)
    years_recorded = {poll.on.year for poll in polls if _replaces_ordinary(poll)}
    found = [
        PollDay(poll.on, poll.text, False)
        for poll in polls
        if from_on <= poll.on <= until_on and not poll.is_called_off
    ]
    for year in range(from_on.year, until_on.year + 1):
        day = first_thursday_of_may(year)
        alive = council.end_on is None or day <= council.end_on
        if from_on <= day <= until_on and year not in years_recorded and alive and _expects_poll(council, year):
            found.append(PollDay(day, "Ordinary election", True))
    return sorted(found, key=lambda poll: poll.on)
