"""When each council falls due, how it stands and why: for any day, past or to come (R1, R2, R96).

The rule is one statement (cpc/cycle/due/rule.py); here it is put in words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models

from councils.models import Council
from cpc.cases.models import DatePrecision
from cpc.cycle.due.rule import Line, Tried, lines
from cpc.cycle.models import ConversationState, CycleDateKind, Prompt, PromptState, Trigger, TriggerKind


class Standing(models.TextChoices):
    """Where a council stands in its five years, whatever has been talked about."""

    OVERDUE = "overdue", "Overdue"
    WINDOW_OPEN = "window_open", "Due soon"
    NOT_DUE = "not_due", "Not due yet"
    NEVER_HAD = "never_had", "Never had one"


class DueState(models.TextChoices):
    """What is going on, the strongest first; where nothing is, it says the standing."""

    BOOKED = "booked", "Booked"
    DECLINED = ConversationState.DECLINED.value, "Declined"
    NO_DATE_AGREED = ConversationState.NO_DATE_AGREED.value, "No date agreed"
    IN_CONVERSATION = ConversationState.IN_CONVERSATION.value, "In conversation"
    PROMPTED = "prompted", "Reason to get in touch"
    OVERDUE = "overdue", "Overdue"
    WINDOW_OPEN = "window_open", "Due soon"
    NOT_DUE = "not_due", "Not due yet"
    NEVER_HAD = "never_had", "Never had one"


# How a trigger is called in the middle of a sentence.
TRIGGER_WORDS = {
    TriggerKind.NEW_CHIEF_EXECUTIVE: "new chief executive since",
    TriggerKind.NEW_LEADER: "new leader since",
    TriggerKind.CHANGE_OF_CONTROL: "change of political control on",
    TriggerKind.MILESTONE: "milestone on",
    TriggerKind.LONG_TENURE: "chief executive long in post, since",
}


@dataclass(frozen=True)
class Challenge:
    """A peer challenge by the day from which the cycle counts, no more precise than it is known."""

    on: date
    precision: str

    @property
    def text(self) -> str:
        return known_date(self.on, self.precision)


@dataclass(frozen=True)
class DueRow:
    """One council on one day."""

    council: Council
    on: date
    standing: Standing
    state: DueState
    last: Challenge | None
    window_on: date | None
    due_on: date | None
    # What happened lately enough to speak on this day, newest first.
    triggers: tuple[Trigger, ...]
    # Whether a prompt is open, also where something stronger is going on.
    is_prompted: bool
    # When it falls due before the council's end is held against it.
    falls_on: date | None
    # R96: a challenge begun in a council's last months leaves nobody to act on it.
    ends_soon: bool
    # The first days of the quarters to come in which the window opens and it falls due.
    opens_in: date | None
    falls_in: date | None

    # A page shows 25 of all the rows that it sorts: their sentences are made when they are read.

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        since = (each for each in self.triggers if self.last is None or each.happened_on > self.last.on)
        return (*self.due_reasons, *(trigger_text(each) for each in since))

    @cached_property
    def due_reasons(self) -> tuple[str, ...]:
        """Why it is due on that day and no other: what the council itself may read too."""
        return tuple(_reasons(self))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        return (f"ends on {self.council.end_on:%-d %B %Y}",) if self.ends_soon else ()

    @property
    def due_text(self) -> str:
        return known_date(self.due_on, self.precision) if self.due_on else ""

    @property
    def window_text(self) -> str:
        return known_date(self.window_on, self.precision) if self.window_on else ""

    @property
    def precision(self) -> str:
        return self.last.precision if self.last else DatePrecision.DAY


# Talks are under way, or led to an end: nothing needs to be said of the window, or of the date.
SETTLED = {
    CycleDateKind.WINDOW_OPENS: {
        DueState.BOOKED,
        DueState.DECLINED,
        DueState.IN_CONVERSATION,
        DueState.NO_DATE_AGREED,
    },
    CycleDateKind.DUE: {DueState.BOOKED, DueState.DECLINED},
}


def cycle_days(row: DueRow) -> dict[str, date]:
    """The days of which somebody may be reminded, by kind."""
    days = {CycleDateKind.WINDOW_OPENS: row.window_on, CycleDateKind.DUE: row.due_on}
    return {kind.value: on for kind, on in days.items() if on is not None and row.state not in SETTLED[kind]}


def known_date(on: date, precision: str) -> str:
    """14 March 2027, March 2027 or 2027."""
    if precision == DatePrecision.YEAR:
        return f"{on:%Y}"
    return f"{on:%B %Y}" if precision == DatePrecision.MONTH else f"{on:%-d %B %Y}"


def when_known(on: date, precision: str) -> str:
    """On 14 March 2027, in March 2027 or in 2027."""
    return f"{'on' if precision == DatePrecision.DAY else 'in'} {known_date(on, precision)}"


def months_later(on: date, months: int) -> date:
    """The same day of a later month, or that month's last day where there is none."""
    return on + relativedelta(months=months)


def due_list(
    on: date,
    councils: Collection[int] | None = None,
    tried: Tried | None = None,
    known: Collection[Council] = (),
) -> list[DueRow]:
    """Every council of the programme that exists on this day (or those named), by name, as it stands on that day.

    As it would stand with what is tried; `known` spares reading councils again.
    """
    return rows_of(lines(on, councils, tried), on, [*known, *(tried.councils if tried else ())])


def rows_of(found: Collection[Line], on: date, known: Collection[Council] = ()) -> list[DueRow]:
    """Lines of the rule with their councils: those known already, and the others in one statement."""
    named = {council.pk: council for council in known}
    if missing := [line.council for line in found if line.council not in named]:
        named |= Council.objects.in_bulk(missing)
    # A council that was deleted between two statements stands in no list any more.
    return [_row(line, named[line.council], on) for line in found if line.council in named]


def standing_of(council: Council, on: date) -> DueRow | None:
    """One council; nothing when it does not exist on that day or is not in the programme."""
    return next(iter(rows_of(lines(on, [council.pk]), on, [council])), None)


def _row(line: Line, council: Council, on: date) -> DueRow:
    return DueRow(
        council=council,
        on=on,
        standing=Standing(line.standing),
        state=DueState(line.state),
        last=Challenge(line.last_on, line.last_precision or "") if line.last_on else None,
        window_on=line.window_on,
        due_on=line.due_on,
        triggers=tuple(
            Trigger(pk=pk, council=council, kind=kind, happened_on=date.fromisoformat(day), detail=detail)
            for pk, kind, day, detail in line.triggers or ()
        ),
        is_prompted=line.is_prompted,
        falls_on=line.falls_on,
        ends_soon=line.ends_soon,
        opens_in=line.opens_in,
        falls_in=line.falls_in,
    )


def _reasons(row: DueRow) -> list[str]:
    reasons = [] if row.last else ["never had a peer challenge"]
    if row.falls_on and not row.due_on:
        return [*reasons, f"no due date: the council ends on {row.council.end_on:%-d %B %Y}"]
    if row.due_on and row.last:
        at = "" if row.last.precision == DatePrecision.DAY else "in "
        span = _span(settings.CYCLE_DUE_MONTHS)
        reasons.append(f"due {at}{known_date(row.due_on, row.last.precision)}: {span} after {row.last.text}")
    elif row.due_on:
        span = _span(settings.CYCLE_FIRST_MONTHS)
        began = f"{row.council.start_on:%-d %B %Y}"
        reasons.append(f"first due {row.due_on:%-d %B %Y}: {span} after the council began on {began}")
    return reasons


def _span(months: int) -> str:
    """Five years, 18 months."""
    words = {1: "one year", 2: "two years", 3: "three years", 4: "four years", 5: "five years"}
    years, rest = divmod(months, 12)
    return f"{months} months" if rest else words.get(years, f"{years} years")


@dataclass(frozen=True)
class Next:
    """What is next for one council, as far as this reader may know it."""

    # Nothing for those to whom talks and prompts are not told.
    state: str
    window_text: str
    due_text: str
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


def next_of(row: DueRow | None, user: Any) -> Next | None:
    """Everything for whoever reads the due list; the days and why they fall so for the council's own people."""
    if row is None:
        return None
    if user.has_perm("cpc.view_due_list"):
        return Next(row.state.label, row.window_text, row.due_text, row.reasons, row.warnings)
    # What is booked stands among their peer challenges, and the days count anew from it.
    if row.due_on is None or row.state == DueState.BOOKED:
        return None
    return Next("", row.window_text, row.due_text, row.due_reasons, row.warnings)


def open_prompts(council: Council) -> dict[Prompt, list[str]]:
    """Open prompt -> what is behind it in words, the newest first. Every prompt has a trigger."""
    triggers = Trigger.objects.filter(council=council, prompt__state=PromptState.OPEN).select_related("prompt")
    found: dict[Prompt, list[str]] = {}
    for trigger in triggers:
        if trigger.prompt:
            found.setdefault(trigger.prompt, []).append(trigger_text(trigger))
    return found


def trigger_text(trigger: Trigger) -> str:
    detail = f" ({trigger.detail})" if trigger.detail else ""
    return f"{TRIGGER_WORDS[TriggerKind(trigger.kind)]} {trigger.happened_on:%-d %B %Y}{detail}"
