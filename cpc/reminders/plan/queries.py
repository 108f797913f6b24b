"""Who will be reminded of what: the sweeps of days to come, worked out beforehand. Changes nothing.

The same rules as the sweep's (speaking, holds, recipients), over all that stands today: what will be kept, moved or
added until then nobody knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max

from cpc.reminders.holds import Holds, paused_addresses
from cpc.reminders.models import Reminder, ReminderRule
from cpc.reminders.recipients import Directory, Reached
from cpc.reminders.sources import SOURCES, Subject
from cpc.reminders.sweep import active_rules, timings_of
from cpc.reminders.timing import Timing, WorkingDays, longest, matching, stretch


@dataclass(frozen=True)
class Planned:
    """On this day a rule speaks to one side of a subject; `waited` says what held it back until then."""

    on: date
    subject: Subject
    rule: ReminderRule
    side: str
    send_on: date
    waited: str = ""


def planned_reminders(from_on: date, until_on: date, codes: Collection[str] | None = None) -> list[Planned]:
    """What a sweep on every day between these two (inclusive) would say, by day, of all sources or those named.

    What is due on the first day includes what was missed before. A fixed number of statements, whatever the days.
    """
    by_id = {rule.pk: rule for rule in active_rules()}
    timings = {code: found for code, found in timings_of(by_id.values()).items() if codes is None or code in codes}
    subjects: list[Subject] = []
    for code, found in sorted(timings.items()):
        reach, age = stretch(longest(found)), timedelta(days=SOURCES[code].age)
        subjects += SOURCES[code].ahead(from_on - age - reach, until_on + reach)
    holds, said = Holds(subjects, from_on, until_on), _said(subjects)
    days: dict[tuple[str, str], WorkingDays] = {}
    planned: list[Planned] = []
    for subject in subjects:
        place, rules = (subject.source, subject.council.nation), timings[subject.source]
        if place not in days:
            reach, age = stretch(longest(rules)), timedelta(days=SOURCES[subject.source].age)
            days[place] = WorkingDays(subject.council.nation, from_on - age - 2 * reach, until_on + 2 * reach)
        for side, events in _events(subject, matching(rules, subject.kind), days[place]).items():
            spoken = said.get((subject.source, subject.row, subject.on, side), date.min)
            planned += _of_side(subject, side, events, by_id, spoken, holds, from_on, until_on)
    return sorted(planned, key=lambda each: (each.on, each.subject.title, each.subject.on, each.subject.key, each.side))


def _said(subjects: Iterable[Subject]) -> dict[tuple[str, int, date, str], date]:
    """(source, row, day, side) -> the latest day of a rule that has spoken."""
    rows = [each.row for each in subjects]
    spoken = Reminder.objects.filter(row__in=rows, dropped_at__isnull=True) if rows else Reminder.objects.none()
    latest = spoken.order_by().values_list("source", "row", "on", "side").annotate(latest=Max("send_on"))
    return {(source, row, on, side): day for source, row, on, side, day in latest}


def _events(subject: Subject, timings: Iterable[Timing], days: WorkingDays) -> dict[str, list[tuple[date, Timing]]]:
    """Side -> the rules that speak to it and their days. Of two on one day the first speaks, as in a sweep."""
    found: dict[str, dict[date, Timing]] = {}
    for timing in timings:
        found.setdefault(timing.side(subject.owner), {}).setdefault(days.send_day(timing, subject.on), timing)
    return {side: sorted(events.items(), key=lambda each: each[0]) for side, events in found.items()}


def _of_side(
    subject: Subject,
    side: str,
    events: list[tuple[date, Timing]],
    rules: dict[int, ReminderRule],
    spoken: date,
    holds: Holds,
    from_on: date,
    until_on: date,
) -> list[Planned]:
    found = []
    for number, (send_on, timing) in enumerate(events):
        if spoken >= send_on:
            continue
        # From its day until the next rule speaks instead, or it is too late to make it good.
        last = min(until_on, send_on + timedelta(days=SOURCES[subject.source].age))
        if number + 1 < len(events):
            last = min(last, events[number + 1][0] - timedelta(days=1))
        on, waited = max(send_on, from_on), ""
        while on <= last and (why := holds.why(rules[timing.pk], subject, on)):
            on, waited = on + timedelta(days=1), why
        if on <= last:
            found.append(Planned(on, subject, rules[timing.pk], side, send_on, waited))
    return found


@dataclass(frozen=True)
class Addressed:
    """A planned reminder with whom it reaches, as the roles stand on its day."""

    planned: Planned
    reached: Reached


def addressed(planned: Iterable[Planned], on: date) -> list[Addressed]:
    """With the people of this day: for the few that a page shows."""
    planned = list(planned)
    directory, paused = Directory((each.subject for each in planned), on), paused_addresses(on)
    return [Addressed(each, directory.reached(each.subject, each.side, paused)) for each in planned]
