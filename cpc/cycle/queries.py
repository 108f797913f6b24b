"""When each council falls due, how it stands and why: for any day, past or to come (R1, R2, R96).

The facts are read in a fixed number of statements whatever the number of councils (cpc/cycle/due_facts.py); the rule
itself is plain Python over plain dates, written once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models

from councils.models import Council, Succession, SuccessionKind
from cpc.cases.models import CaseOrigin, DatePrecision
from cpc.cycle.due_facts import DueFacts, carried_on, read_facts, same_body
from cpc.cycle.models import ConversationState, CycleDateKind, Prompt, PromptState, Trigger, TriggerKind


class Standing(models.TextChoices):
    """Where a council stands in its five years, whatever has been talked about."""

    OVERDUE = "overdue", "Overdue"
    WINDOW_OPEN = "window_open", "Window open"
    NOT_DUE = "not_due", "Not due yet"
    NEVER_HAD = "never_had", "Never had one"


class DueState(models.TextChoices):
    """What is going on, the strongest first; where nothing is, it says the standing."""

    BOOKED = "booked", "Booked"
    DECLINED = ConversationState.DECLINED.value, "Declined"
    NO_DATE_AGREED = ConversationState.NO_DATE_AGREED.value, "No date agreed"
    IN_CONVERSATION = ConversationState.IN_CONVERSATION.value, "In conversation"
    PROMPTED = "prompted", "Prompted"
    OVERDUE = "overdue", "Overdue"
    WINDOW_OPEN = "window_open", "Window open"
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

    # A page shows 25 of all the rows that it sorts: their sentences are made when they are read.

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        since = (each for each in self.triggers if self.last is None or each.happened_on > self.last.on)
        return (*self.due_reasons, *(trigger_text(each) for each in since))

    @cached_property
    def due_reasons(self) -> tuple[str, ...]:
        """Why it is due on that day and no other: what the council itself may read too."""
        return tuple(_reasons(self.council, self.last, _dates(self.council, self.last)[1]))

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        return tuple(_warnings(self.council, self.on))

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


@lru_cache
def _months(months: int) -> relativedelta:
    return relativedelta(months=months)


@lru_cache(maxsize=20_000)
def months_later(on: date, months: int) -> date:
    """The same day of a later month, or that month's last day where there is none."""
    return on + _months(months)


def by_name(row: DueRow) -> tuple[str, int]:
    """The order of the due list. Not the database's, whose order of names hangs on how it was set up."""
    return row.council.name, row.council.pk


def exists_on(council: Council, on: date) -> bool:
    return (council.start_on is None or council.start_on <= on) and (council.end_on is None or council.end_on >= on)


def due_list(on: date, councils: Collection[int] | None = None) -> list[DueRow]:
    """Every council of the programme that exists on this day (or those named), by name, as it stands on that day."""
    return rows_on(read_facts([on], councils), on)


def rows_on(facts: DueFacts, on: date) -> list[DueRow]:
    """The due list of a day from what was read, or from what would be so."""
    carried = carried_on(facts, on)
    held, booked = _challenges(facts, on)
    talks = {talk.council: talk.state for talk in facts.talks if not talk.is_prompt and talk.is_on(on)}
    prompted = {talk.council for talk in facts.talks if talk.is_prompt and talk.is_on(on)}
    triggers = _triggers(facts, on)
    rows = []
    for council in facts.councils:
        if not exists_on(council, on):
            continue
        same = same_body(council.pk, carried)
        rows.append(
            _row(
                council,
                on,
                last=max(
                    (each for pk in same for each in held.get(pk, [])),
                    key=lambda each: (each.on, each.precision),
                    default=None,
                ),
                is_booked=any(pk in booked for pk in same),
                talk=talks.get(council.pk),
                is_prompted=council.pk in prompted,
                triggers=triggers.get(council.pk, []),
            )
        )
    return sorted(rows, key=by_name)


def standing_of(council: Council, on: date) -> DueRow | None:
    """One council; nothing when it does not exist on that day or is not in the programme."""
    return next(iter(due_list(on, [council.pk])), None)


def _row(
    council: Council,
    on: date,
    *,
    last: Challenge | None,
    is_booked: bool,
    talk: str | None,
    is_prompted: bool,
    triggers: list[Trigger],
) -> DueRow:
    window_on, due_on = _dates(council, last)
    if last is None:
        standing = Standing.NEVER_HAD
    elif on > due_on:  # type: ignore[operator]
        standing = Standing.OVERDUE
    else:
        standing = Standing.WINDOW_OPEN if on >= window_on else Standing.NOT_DUE  # type: ignore[operator]
    if is_booked:
        state = DueState.BOOKED
    elif talk:
        state = DueState(talk)
    else:
        state = DueState.PROMPTED if is_prompted else DueState(standing.value)
    return DueRow(
        council=council,
        on=on,
        standing=standing,
        state=state,
        last=last,
        window_on=None if _ends_before(council, window_on) else window_on,
        due_on=None if _ends_before(council, due_on) else due_on,
        triggers=tuple(triggers),
        is_prompted=is_prompted,
    )


def _dates(council: Council, last: Challenge | None) -> tuple[date | None, date | None]:
    """When the window opens and the last day by which the next is due, before anything is held against the end.

    A council that began with the programme or after it has a first day to count from; an older one that never had
    a challenge has none.
    """
    if last is not None:
        return months_later(last.on, settings.CYCLE_WINDOW_MONTHS), months_later(last.on, settings.CYCLE_DUE_MONTHS)
    if council.start_on is None or council.start_on < settings.CYCLE_PROGRAMME_START:
        return None, None
    lead = settings.CYCLE_DUE_MONTHS - settings.CYCLE_WINDOW_MONTHS
    first = settings.CYCLE_FIRST_MONTHS
    return months_later(council.start_on, first - lead), months_later(council.start_on, first)


def _ends_before(council: Council, day: date | None) -> bool:
    return day is not None and council.end_on is not None and council.end_on < day


def _reasons(council: Council, last: Challenge | None, due_on: date | None) -> list[str]:
    reasons = [] if last else ["never had a peer challenge"]
    if _ends_before(council, due_on):
        return [*reasons, f"no due date: the council ends on {council.end_on:%-d %B %Y}"]
    if last and due_on:
        at = "" if last.precision == DatePrecision.DAY else "in "
        span = _span(settings.CYCLE_DUE_MONTHS)
        reasons.append(f"due {at}{known_date(due_on, last.precision)}: {span} after {last.text}")
    elif due_on:
        span = _span(settings.CYCLE_FIRST_MONTHS)
        reasons.append(f"first due {due_on:%-d %B %Y}: {span} after the council began on {council.start_on:%-d %B %Y}")
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


def _warnings(council: Council, on: date) -> list[str]:
    """R96: a challenge begun in a council's last months leaves nobody to act on it."""
    if council.end_on and on >= council.end_on - relativedelta(months=settings.CYCLE_END_WARNING_MONTHS):
        return [f"ends on {council.end_on:%-d %B %Y}"]
    return []


def carrying_on_from(councils: Collection[int]) -> set[int]:
    """Whoever carries on as the same body as one of these, however long the chain, on whatever day."""
    followed = Succession.objects.filter(kind=SuccessionKind.CONTINUES)
    pairs = list(followed.values_list("predecessor_id", "successor_id"))
    found: set[int] = set()
    waiting = set(councils)
    while waiting:
        waiting = {successor for predecessor, successor in pairs if predecessor in waiting} - found
        found |= waiting
    return found


def _challenges(facts: DueFacts, on: date) -> tuple[dict[int, list[Challenge]], set[int]]:
    """Council -> its corporate challenges held by this day, alone or joint; and who has one booked on it."""
    held: dict[int, list[Challenge]] = {}
    booked: set[int] = set()
    for council, others, counted_on, end_on, precision, origin, created_on, closed_on in facts.cases:
        day = counted_on or end_on
        hosts = [council, *others]
        if day is not None and day <= on:
            # A day that somebody corrected is known to the day.
            challenge = Challenge(day, precision if day == end_on else DatePrecision.DAY)
            for each in hosts:
                held.setdefault(each, []).append(challenge)
        if (
            origin == CaseOrigin.SERVICE
            and created_on <= on
            and (end_on is None or end_on > on)
            and (closed_on is None or closed_on >= on)
        ):
            booked.update(hosts)
    return held, booked


def _triggers(facts: DueFacts, on: date) -> dict[int, list[Trigger]]:
    """Council -> what happened lately enough to speak on this day, newest first."""
    found: dict[int, list[Trigger]] = {}
    for trigger in facts.triggers:
        if trigger.happened_on <= on <= months_later(trigger.happened_on, settings.CYCLE_TRIGGER_MONTHS):
            found.setdefault(trigger.council_id, []).append(trigger)
    return found
