"""What holds a reminder back: quiet days, the council's own pre-election period, a pause. It speaks when that is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from cpc.calendars.models import CalendarEntry
from cpc.calendars.warnings import pre_election_periods
from cpc.calendars.working_days import is_working_day
from cpc.reminders.models import ReminderPause, ReminderRule
from cpc.reminders.sources import Subject


class Holds:
    """For a batch of subjects and all days between two: read at once, in three statements."""

    def __init__(self, subjects: Iterable[Subject], from_on: date, until_on: date) -> None:
        subjects = list(subjects)
        councils = {subject.council.pk: subject.council for subject in subjects}
        cases = {subject.case.pk for subject in subjects if subject.case}
        self.elections = pre_election_periods(councils.values(), from_on, until_on) if councils else {}
        self.quiet: list[CalendarEntry] = []
        self.pauses: list[ReminderPause] = []
        if subjects:
            entries = CalendarEntry.objects.filter(is_quiet=True, starts_on__lte=until_on, ends_on__gte=from_on)
            self.quiet = list(entries.filter(Q(council__isnull=True) | Q(council__in=list(councils))))
            self.pauses = list(
                pauses_between(from_on, until_on).filter(
                    Q(case__in=cases) | Q(council__in=list(councils)) | ~Q(email="")
                )
            )

    def why(self, rule: ReminderRule, subject: Subject, on: date) -> str:
        """Why this rule says nothing of this on that day; empty when it may speak."""
        if rule.waits_for_working_day and not is_working_day(on, subject.council.nation):
            return "not a working day"
        return self.why_not_sent(rule, subject, on)

    def why_not_sent(self, rule: ReminderRule, subject: Subject, on: date) -> str:
        """Why a mail that is on its way, perhaps late, does not leave on that day. A weekend is no reason any more."""
        council = subject.council
        for entry in self.quiet:
            if entry.council_id in {None, council.pk} and entry.starts_on <= on <= entry.ends_on:
                return f"quiet days: {entry.name}"
        if not rule.speaks_before_elections:
            for starts_on, ends_on in self.elections.get(council.pk, []):
                if starts_on <= on <= ends_on:
                    return f"pre-election period until {ends_on:%-d %B %Y}"
        case_id = subject.case.pk if subject.case else None
        for pause in self.pauses:
            about = (pause.case_id is not None and pause.case_id == case_id) or pause.council_id == council.pk
            if about and pause.starts_on <= on <= pause.ends_on:
                return f"paused until {pause.ends_on:%-d %B %Y}"
        return ""

    def paused(self, on: date) -> frozenset[str]:
        """Addresses that are not to be written to; others of their side are, or who stands in for them."""
        return frozenset(pause.email for pause in self.pauses if pause.email and pause.starts_on <= on <= pause.ends_on)


def pauses_between(from_on: date, until_on: date) -> Any:
    """Pauses that touch these days and were not taken back."""
    return ReminderPause.objects.filter(lifted_at__isnull=True, starts_on__lte=until_on, ends_on__gte=from_on)


def paused_addresses(on: date) -> frozenset[str]:
    """Who is not to be written to on a day."""
    return frozenset(pauses_between(on, on).exclude(email="").values_list("email", flat=True))
