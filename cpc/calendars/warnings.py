"""What speaks against days at a council: bank holidays, its pre-election period, calendars."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Max, Q

from councils.elections import PollDay, poll_days_of_each
from councils.models import Council
from cpc.calendars.models import CalendarEntry, CalendarKind
from cpc.calendars.working_days import bank_holiday_name, pre_election_period

# A pre-election period is about six weeks; a poll further ahead than this cannot touch the days asked about.
REACH = timedelta(days=60)
# The last promise of a peer challenge is due a year after its onsite days.
LAST_PROMISE = relativedelta(months=12)


def pre_election_poll(council: Council, on: date) -> date | None:
    """The poll in whose pre-election period this day lies at this council; None when there is none."""
    for starts_on, ends_on in pre_election_periods([council], on, on)[council.pk]:
        if starts_on <= on <= ends_on:
            return ends_on
    return None


def pre_election_periods(
    councils: Iterable[Council], from_on: date, until_on: date
) -> dict[int, list[tuple[date, date]]]:
    """First and last days of the periods that touch these days, by council; one statement whatever their number."""
    councils = list(councils)
    polls = poll_days_of_each(councils, from_on, until_on + REACH)
    return {
        council.pk: [pre_election_period(poll.on, council.nation) for poll in polls[council.pk]] for council in councils
    }


def _end_of_council(council: Council, start_on: date, end_on: date, has_promises: bool) -> list[str]:
    """A council that does not exist on these days, or not long enough to keep what it promises."""
    if council.start_on and start_on < council.start_on:
        return [f"{council.name} does not exist before {council.start_on:%-d %B %Y}."]
    last = end_on + LAST_PROMISE if has_promises else end_on
    if council.end_on is None or council.end_on >= last:
        return []
    what = "its last onsite day" if council.end_on < end_on else "the report of its progress review is due"
    return [f"{council.name} ceases to exist after {council.end_on:%-d %B %Y}, before {what}."]


def warnings_for(council: Council, start_on: date, end_on: date, *, has_promises: bool = True) -> list[str]:
    """Sentences to read before these days are agreed, in the order of the days. `has_promises`: deadlines follow from
    the onsite, which a council must live to keep."""
    return warnings_for_each([council], start_on, end_on, has_promises=has_promises)[council.pk]


def warnings_for_each(
    councils: Iterable[Council], start_on: date, end_on: date, *, has_promises: bool = True
) -> dict[int, list[str]]:
    """The same for several councils, by their ids, in two statements."""
    councils = list(councils)
    polls = poll_days_of_each(councils, start_on, end_on + REACH)
    entries = list(
        CalendarEntry.objects.filter(
            Q(council__isnull=True) | Q(council__in=councils), starts_on__lte=end_on, ends_on__gte=start_on
        )
    )
    return {
        council.pk: _warnings_for(
            council,
            start_on,
            end_on,
            has_promises,
            polls[council.pk],
            [entry for entry in entries if entry.council_id in (None, council.pk)],
        )
        for council in councils
    }


def _warnings_for(
    council: Council,
    start_on: date,
    end_on: date,
    has_promises: bool,
    polls: list[PollDay],
    entries: list[CalendarEntry],
) -> list[str]:
    found = _end_of_council(council, start_on, end_on, has_promises)
    day = start_on
    while day <= end_on:
        if name := bank_holiday_name(day, council.nation):
            found.append(f"{day:%-d %B %Y} is a bank holiday ({name}).")
        elif (day.month, day.day) == (12, 24):
            found.append(f"{day:%-d %B %Y} is Christmas Eve.")
        elif day.month == 12 and day.day >= 27:
            found.append(f"{day:%-d %B %Y} lies between Christmas and New Year.")
        day += timedelta(days=1)
    for poll in polls:
        starts_on, ends_on = pre_election_period(poll.on, council.nation)
        if starts_on <= end_on and start_on <= ends_on:
            expected = " (expected)" if poll.is_expected else ""
            found.append(
                f"{council.name} is in its pre-election period from {starts_on:%-d %B} to {ends_on:%-d %B %Y}: {poll.text}{expected}."
            )
    for entry in entries:
        where = f" of {council.name}" if entry.council_id else ""
        found.append(
            f"{CalendarKind(entry.kind).label}{where}: {entry.name}, {entry.starts_on:%-d %B} to {entry.ends_on:%-d %B %Y}."
        )
    return found


# What the calendars are to hold for every council, however far ahead days are agreed.
KEPT_KINDS = (CalendarKind.RECESS, CalendarKind.CONFERENCE, CalendarKind.SCHOOL_HOLIDAY, CalendarKind.BUDGET)


def running_out(today: date) -> list[str]:
    """Kinds of days that the calendars do not hold for CALENDAR_MONTHS_AHEAD months to come: of those nobody is warned."""
    wanted = today + relativedelta(months=settings.CALENDAR_MONTHS_AHEAD)
    entries = CalendarEntry.objects.filter(council__isnull=True, kind__in=KEPT_KINDS).order_by()
    last = dict(entries.values_list("kind").annotate(last=Max("ends_on")))
    found = []
    for kind in KEPT_KINDS:
        on = last.get(kind.value)
        # Between two of a kind there may be a year: the last one may begin up to that long before.
        if on is None:
            found.append(f"{kind.label}: none is entered.")
        elif on < wanted - GAPS[kind]:
            found.append(f"{kind.label}: the last one that is entered ends on {on:%-d %B %Y}.")
    return found


# How long it is from the end of one to the end of the next at most.
GAPS = {
    CalendarKind.RECESS: relativedelta(months=3),
    CalendarKind.CONFERENCE: relativedelta(months=10),
    CalendarKind.SCHOOL_HOLIDAY: relativedelta(months=3),
    CalendarKind.BUDGET: relativedelta(months=12),
}
