"""The sweep: which reminders are due today, including those of days that were missed, and the mails that carry them.

Three steps, each safe to be killed in and to be done twice at once: find what is due and was not said (one statement
that finds nothing on most sweeps), claim it for every address that is reached, and gather what waits for an address
into one mail a day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cpc.notifications.models import Message, MessageState
from cpc.notifications.services import queue_notification
from cpc.reminders.holds import Holds
from cpc.reminders.models import Reminder, ReminderRule
from cpc.reminders.recipients import Address, Directory
from cpc.reminders.sources import SOURCES, Source, Subject, source_of, subjects_of
from cpc.reminders.timing import Timing, span_tables
from cpc.reminders.wording import context_of

logger = logging.getLogger(__name__)

KIND = "reminders"
# Where staff look for what became of a mail.
WENT_ALONG = "It was not sent on its day. What it says goes into the next day's email."
# So many are read and claimed at once, and for so many addresses mails are made: memory stays flat however much has
# piled up.
BATCH = 500
# Longer ago, the ordinary sweep has come by again.
CUT_SHORT_MINUTES = 30
STEP = 100
AROUND = ("rule", "to", "case")


@dataclass(frozen=True)
class Due:
    """A rule speaks to one side of one row of a source; `send_on` is its own day, today or one that was missed."""

    source: str
    row: int
    on: date
    side: str
    rule_id: int
    send_on: date


def timings_of(rules: Iterable[ReminderRule]) -> dict[str, tuple[Timing, ...]]:
    """Source -> when the rules for its kinds speak."""
    found: dict[str, list[Timing]] = {}
    for rule in rules:
        found.setdefault(source_of(rule.kind).code, []).append(timing_of(rule))
    return {code: tuple(timings) for code, timings in found.items()}


def timing_of(rule: ReminderRule) -> Timing:
    return Timing(
        rule.pk, rule.kind, rule.offset_days, rule.in_working_days, rule.recipients, rule.waits_for_working_day
    )


def active_rules() -> list[ReminderRule]:
    return list(ReminderRule.objects.filter(is_active=True).order_by("pk"))


def _select(source: Source, timings: tuple[Timing, ...], today: date) -> Iterator[tuple[str, list[Any]]]:
    """What of this source's rows is due and not said, as SQL with its values; nothing when no rule can speak.

    Spans of one day, of which rules in working days make very many, are found by that day, the few long ones by their
    ends: either way each row is held against those of its own kind, owner and nation alone.
    """
    rows, values = source.rows().query.sql_with_params()
    named = sorted({timing.kind for timing in timings if timing.kind})
    for table in span_tables(timings, today, source.age, source.has_owners):
        on = "o.day = s.from_on" if table.of_one_day else "o.day BETWEEN s.from_on AND s.until_on"
        # No text of a person is in it: the queryset's own SQL, and values apart.
        statement = f"""
            SELECT %s::text AS source, o."row" AS about, o.day, s.side, s.rule, o.day + s.shift AS send_on
            FROM ({rows}) o
            JOIN unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::date[], %s::text[], %s::bigint[], %s::int[])
                AS s(kind, owner, nation, from_on, until_on, side, rule, shift)
                ON s.kind = CASE WHEN o.kind = ANY(%s::text[]) THEN o.kind ELSE '' END
                AND s.owner = o.owner AND s.nation = o.nation AND {on}
            WHERE o.day BETWEEN %s AND %s AND NOT EXISTS (
                SELECT FROM cpc_reminder said
                WHERE said.source = %s AND said."row" = o."row" AND said."on" = o.day AND said.side = s.side
                    AND said.send_on >= o.day + s.shift AND said.dropped_at IS NULL
            )"""  # noqa: S608
        yield statement, [source.code, *values, *table.columns, named, table.first, table.last, source.code]


def due_statement(rules: Iterable[ReminderRule], today: date) -> tuple[str, list[Any]]:
    """The one statement that answers "what is due and was not said", over all sources."""
    parts, values = [], []
    for code, timings in sorted(timings_of(rules).items()):
        for statement, each in _select(SOURCES[code], timings, today):
            parts.append(statement)
            values += each
    return " UNION ALL ".join(parts), values


def find_due(today: date, rules: list[ReminderRule] | None = None) -> Iterator[list[Due]]:
    """What is due and was not said to anybody of its side, in batches and in a fixed order.

    One statement a batch, and one alone when there is nothing. What is held back today is among it.
    """
    statement, values = due_statement(active_rules() if rules is None else rules, today)
    last: tuple[str, int, str] = ("", 0, "")
    while statement:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT * FROM ({statement}) due WHERE (source, about, side) > (%s, %s, %s) "  # noqa: S608
                "ORDER BY source, about, side LIMIT %s",
                [*values, *last, BATCH],
            )
            found = [Due(*row) for row in cursor.fetchall()]
        if found:
            yield found
            last = (found[-1].source, found[-1].row, found[-1].side)
        if len(found) < BATCH:
            return


def sweep(today: date) -> int:
    """Claim what is due and queue its mails; returns how many mails were queued. Safe to run twice at once."""
    rules = active_rules()
    by_id = {rule.pk: rule for rule in rules}
    for batch in find_due(today, rules):
        claim(batch, by_id, today)
    return gather(today)


def was_cut_short(today: date) -> bool:
    """Whether a sweep of the last half hour claimed what has no mail yet: it runs still, or its worker was killed.

    What waits on purpose, held back or for the next day's mail, was claimed longer ago or has a mail of its day.
    """
    had_one = Message.objects.filter(kind=KIND, subject_key=key_of(today), email=OuterRef("email"))
    lately = timezone.now() - timedelta(minutes=CUT_SHORT_MINUTES)
    waiting = Reminder.objects.filter(~Exists(had_one), message__isnull=True, dropped_at__isnull=True)
    return waiting.filter(made_at__gte=lately).exists()


def claim(batch: list[Due], rules: dict[int, ReminderRule], today: date) -> None:
    """Keep for whom each of these is meant.

    All people of a reminder or none: a sweep that dies between two of them would pass for finished. Always in the
    same order: two sweeps at once must not wait for each other in a circle.
    """
    subjects = subjects_of((due.source, due.row) for due in batch)
    directory, holds = Directory(subjects.values(), today), Holds(subjects.values(), today, today)
    wanted: list[Reminder] = []
    for due in batch:
        subject, rule = subjects.get((due.source, due.row)), rules[due.rule_id]
        if subject is None or subject.on != due.on or holds.why(rule, subject, today):
            continue
        reached = directory.reached(subject, due.side, holds.paused(today))
        if not reached.people:
            logger.error("No one can be reminded of %s %s: there is no programme manager.", due.source, due.row)
        people = sorted(reached.people, key=lambda person: person.email)
        wanted += [_reminder(due, rule, subject, person, reached.instead) for person in people]
    if wanted:
        with transaction.atomic():
            _offer_again(wanted)
            Reminder.objects.bulk_create(wanted, ignore_conflicts=True)


def _reminder(due: Due, rule: ReminderRule, subject: Subject, person: Address, instead: str) -> Reminder:
    return Reminder(
        source=due.source,
        row=due.row,
        kind=subject.kind,
        on=due.on,
        side=due.side,
        send_on=due.send_on,
        rule=rule,
        rule_version=rule.version,
        council=subject.council,
        case=subject.case,
        email=person.email,
        to_id=person.user_id,
        instead=instead,
    )


def _offer_again(wanted: list[Reminder]) -> None:
    """What was dropped when its mail was sent, such as during a pause, and is due again is as good as new."""
    keys = {(each.source, each.row, each.on, each.side, each.send_on, each.email) for each in wanted}
    dropped = Reminder.objects.select_for_update().filter(
        dropped_at__isnull=False, row__in={each.row for each in wanted}
    )
    again = [
        each.pk
        for each in dropped.order_by("pk")
        if (each.source, each.row, each.on, each.side, each.send_on, each.email) in keys
    ]
    if again:
        Reminder.objects.filter(pk__in=again).update(dropped_at=None, message=None, made_at=timezone.now())


def key_of(day: date) -> str:
    """Under it a mail is the only one of its address and day."""
    return f"{KIND}:{day.isoformat()}"


def gather(today: date) -> int:
    """One mail for each address for which something waits; returns how many were queued.

    The row of a mail is unique for address and day: what comes up later on a day waits for the next one's mail. What
    stands in a mail of an earlier day that was never offered to the mail server goes along.
    """
    key = key_of(today)
    had_one = Message.objects.filter(kind=KIND, subject_key=key, email=OuterRef("email"))
    waiting = Reminder.objects.filter(~Exists(had_one), message__isnull=True, dropped_at__isnull=True)
    queued, last = 0, ""
    while emails := list(
        waiting.filter(email__gt=last).order_by("email").values_list("email", flat=True).distinct()[:STEP]
    ):
        left = Reminder.objects.filter(message__in=never_offered(key), email__in=emails, dropped_at__isnull=True)
        both = [*waiting.filter(email__in=emails).select_related(*AROUND), *left.select_related(*AROUND)]
        found = sort_out(sorted(both, key=lambda each: each.pk), today)
        # What has a mail is dropped by whoever has that mail in hand.
        drop(each for each in found.fallen if each.message_id is None)
        live: dict[str, list[Live]] = {}
        for each in found.live:
            live.setdefault(each.reminder.email, []).append(each)
        queued += sum(_gather(email, live[email], key, today) for email in emails if email in live)
        last = emails[-1]
        if len(emails) < STEP:
            break
    # With nothing new for their readers, these need not wait for a sweep any more (messages.held_until).
    tomorrow = timezone.make_aware(datetime.combine(today + timedelta(days=1), time.min))
    never_offered(key).filter(next_attempt_at__lt=tomorrow).update(next_attempt_at=timezone.now())
    return queued


def never_offered(key: str) -> QuerySet[Message]:
    """Mails of earlier days that certainly nobody has: their worker was killed before their turn came. Of any other that
    waits it is not known, and it keeps its Message-ID."""
    return Message.objects.filter(kind=KIND, state=MessageState.WAITING, offered_at__isnull=True).exclude(
        subject_key=key
    )


@transaction.atomic
def _gather(email: str, live: list[Live], key: str, today: date) -> int:
    """What another sweep has put into a mail meanwhile is not put into a second, and a mail in another worker's hands is
    left to it."""
    mine = Reminder.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk__in=[each.reminder.pk for each in live], message__isnull=True, dropped_at__isnull=True
    )
    ids = set(mine.values_list("pk", flat=True))
    if not ids:
        return 0
    theirs = {each.reminder.message_id for each in live if each.reminder.message_id is not None}
    earlier = never_offered(key).filter(pk__in=theirs)
    left = set(earlier.select_for_update(skip_locked=True).values_list("pk", flat=True))
    live = [each for each in live if each.reminder.pk in ids or each.reminder.message_id in left]
    cases = {each.reminder.case for each in live}
    message = queue_notification(
        kind=KIND,
        to=live[0].reminder.to,
        email=email,
        case=next(iter(cases)) if len(cases) == 1 else None,
        subject_key=key,
        context=context_of(live, today),
    )
    if message is None:
        return 0
    # All of an earlier mail: what fell away in it, or is held back, is sorted out when this one leaves.
    Reminder.objects.filter(Q(pk__in=ids) | Q(message__in=left, dropped_at__isnull=True)).update(message=message)
    Message.objects.filter(pk__in=left).update(state=MessageState.DROPPED, failure=WENT_ALONG)
    return 1


@dataclass(frozen=True)
class Live:
    """A reminder that applies, with what it is about and to whom it goes as things stand now."""

    reminder: Reminder
    subject: Subject
    person: Address
    instead: str


@dataclass
class Sorted:
    """Reminders as things stand: what applies, what waits until something is over, and what nobody needs any more."""

    live: list[Live]
    held: list[Reminder]
    fallen: list[Reminder]


def sort_out(reminders: list[Reminder], today: date) -> Sorted:
    """Fallen is what was kept, moved, said again by a later rule, or meant for somebody who left. By day, latest rule
    first. What a mail was made of before is on its way and late."""
    subjects = subjects_of((each.source, each.row) for each in reminders)
    directory, holds = Directory(subjects.values(), today), Holds(subjects.values(), today, today)
    latest: dict[tuple[str, int, date, str], date] = {}
    for each in reminders:
        key = (each.source, each.row, each.on, each.side)
        latest[key] = max(each.send_on, latest.get(key, each.send_on))
    found = Sorted([], [], [])
    for each in reminders:
        subject = subjects.get((each.source, each.row))
        is_latest = each.send_on == latest[each.source, each.row, each.on, each.side]
        if subject is None or subject.on != each.on or not is_latest:
            found.fallen.append(each)
        elif (holds.why_not_sent if each.message_id else holds.why)(each.rule, subject, today):
            found.held.append(each)
        else:
            reached = directory.reached(subject, each.side, holds.paused(today))
            person = next((person for person in reached.people if person.email == each.email), None)
            if person is None:
                found.fallen.append(each)
            else:
                found.live.append(Live(each, subject, person, reached.instead))
    found.live.sort(key=lambda each: (each.subject.on, each.subject.key, -each.reminder.send_on.toordinal()))
    return found


def drop(reminders: Iterable[Reminder]) -> None:
    Reminder.objects.filter(pk__in=[each.pk for each in reminders]).update(dropped_at=timezone.now())
