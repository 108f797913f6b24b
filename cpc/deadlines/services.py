"""Setting, meeting and moving deadlines. Callers hold the case's lock."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.deadlines.clocks import due_on as due_by_rule
from cpc.deadlines.models import CalendarEntry, Deadline, DeadlineRule, DeadlineState

START_NAMES = {"onsite_start": "first onsite day", "onsite_end": "last onsite day"}


class DeadlineRefused(Exception):
    """A sentence for the person; `field` names the form field it belongs beside."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class StaleDeadline(DeadlineRefused):
    """Somebody saved first; `now` is the row as it stands."""

    def __init__(self, message: str, *, now: Any) -> None:
        super().__init__(message)
        self.now = now


@transaction.atomic
def start_clocks(*, case: Any, start: str, on: date, by: User | None) -> list[Deadline]:
    """Make the deadlines of every rule that counts from `start`. Those that stand and are open move with the day,
    unless a new date was agreed; entering a stage twice changes nothing. A new date gives a new first date only
    while nobody has agreed another: what was promised first is kept. Those that fell away are open again."""
    made, changed = [], False
    today = timezone.localdate()
    standing = {deadline.kind: deadline for deadline in Deadline.objects.select_for_update().filter(case=case)}
    for rule in DeadlineRule.objects.filter(start=start):
        # At short notice a day counted back may lie in the past: what is promised today can be due today at the earliest.
        due = max(due_by_rule(rule, on), today) if rule.days < 0 else due_by_rule(rule, on)
        deadline = standing.get(rule.kind)
        if deadline is None:
            deadline = Deadline.objects.create(
                case=case,
                kind=rule.kind,
                label=rule.label,
                due_on=due,
                first_due_on=due,
                owner_role=rule.owner_role,
                is_hard=rule.is_hard,
            )
            changed = True
        elif deadline.state != DeadlineState.MET:
            agreed = deadline.agreed_at is not None
            first, now = (deadline.first_due_on, deadline.due_on) if agreed else (due, due)
            if (deadline.first_due_on, deadline.due_on, deadline.state) != (first, now, DeadlineState.OPEN):
                deadline.first_due_on, deadline.due_on, deadline.state = first, now, DeadlineState.OPEN
                deadline.version += 1
                deadline.save(update_fields=["due_on", "first_due_on", "state", "version"])
                changed = True
        made.append(deadline)
    if changed:
        record(verb="deadlines_set", by=by, case=case, data={"start": START_NAMES.get(start, start)})
    return made


@transaction.atomic
def meet_deadline(*, case: Any, kind: str, on: date, by: User | None) -> Deadline | None:
    """The promise was kept on this day. None when the case has no such deadline; meeting it again moves the day."""
    deadline = Deadline.objects.select_for_update().filter(case=case, kind=kind).first()
    if deadline is None or (deadline.state == DeadlineState.MET and deadline.met_on == on):
        return deadline
    deadline.state = DeadlineState.MET
    deadline.met_on = on
    deadline.version += 1
    deadline.save(update_fields=["state", "met_on", "version"])
    record(verb="deadline_met", by=by, case=case, data={"label": deadline.label, "on": f"{on:%-d %B %Y}"})
    return deadline


@transaction.atomic
def unmeet_deadline(*, case: Any, kind: str, by: User | None) -> None:
    """What met the promise was taken back, such as a publication recorded by mistake."""
    deadline = Deadline.objects.select_for_update().filter(case=case, kind=kind, state=DeadlineState.MET).first()
    if deadline is None:
        return
    deadline.state = DeadlineState.OPEN
    deadline.met_on = None
    deadline.version += 1
    deadline.save(update_fields=["state", "met_on", "version"])
    record(verb="deadline_unmet", by=by, case=case, data={"label": deadline.label})


@transaction.atomic
def revise_deadline(
    *, deadline: Deadline, due_on: date, reason: str, agreed_with: str, version: int, by: User
) -> Deadline:
    """Late is normal business: a reason, a new date, who agreed. The first date stays for ever (DESIGN 5).

    The second of two clicks finds its date agreed and returns what stands.
    """
    # The case first, as everybody locks: a case that is just being paused or ended is not written to.
    Deadline.objects.select_for_update(of=("case",)).select_related("case").get(pk=deadline.pk)
    deadline = Deadline.objects.select_for_update(of=("self",)).select_related("case").get(pk=deadline.pk)
    agreed = (deadline.due_on, deadline.late_reason, deadline.agreed_with, deadline.agreed_by_id)
    if deadline.version == version + 1 and agreed == (due_on, reason.strip(), agreed_with.strip(), by.pk):
        return deadline
    if deadline.case.state not in {"active", "postponed"}:
        state = deadline.case.get_state_display().lower()
        raise DeadlineRefused(f"This case is {state}, so the date was not changed.")
    if deadline.state != DeadlineState.OPEN:
        raise DeadlineRefused(f"This deadline is {deadline.get_state_display().lower()}, so its date was not changed.")
    if deadline.version != version:
        raise StaleDeadline(
            "Somebody else changed this deadline while you were writing. Nothing you typed is lost.", now=deadline
        )
    if not reason.strip():
        raise DeadlineRefused("Enter why the date changes", field="reason")
    if not agreed_with.strip():
        raise DeadlineRefused("Enter who agreed the new date", field="agreed_with")
    if due_on == deadline.due_on:
        raise DeadlineRefused("Enter a date that differs from the present one", field="due_on")
    if due_on < timezone.localdate():
        raise DeadlineRefused("The new date must be today or in the future", field="due_on")
    before = deadline.due_on
    deadline.due_on = due_on
    deadline.late_reason = reason.strip()
    deadline.agreed_with = agreed_with.strip()
    deadline.agreed_at = timezone.now()
    deadline.agreed_by = by
    deadline.version += 1
    deadline.save()
    record(
        verb="deadline_revised",
        by=by,
        case=deadline.case,
        data={
            "label": deadline.label,
            "before": f"{before:%-d %B %Y}",
            "after": f"{due_on:%-d %B %Y}",
            "reason": deadline.late_reason,
            "agreed_with": deadline.agreed_with,
        },
    )
    return deadline


@transaction.atomic
def cancel_deadlines(*, case: Any, start: str | None = None, by: User | None) -> int:
    """When a case ends its open deadlines fall away; nobody is reminded of them. `start` names one group of them:
    once the team has been onsite, nobody is asked for what was to be ready before."""
    fallen = Deadline.objects.filter(case=case, state=DeadlineState.OPEN)
    if start is not None:
        fallen = fallen.filter(kind__in=DeadlineRule.objects.filter(start=start).values("kind"))
    number = fallen.update(state=DeadlineState.CANCELLED)
    if number:
        record(verb="deadlines_cancelled", by=by, case=case)
    return number


# ------------------------------------------------------------------ calendars


TWIN = "The calendars already have an entry with this name and first day"


def _check_entry(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise DeadlineRefused("The last day must be the same as or after the first", field="ends_on")


@transaction.atomic
def add_calendar_entry(
    *, kind: str, name: str, starts_on: date, ends_on: date, council: Any, is_quiet: bool = False, by: User
) -> CalendarEntry:
    """The same name, first day and council again is the same entry."""
    _check_entry(starts_on, ends_on)
    entry, created = CalendarEntry.objects.get_or_create(
        name=name.strip(),
        starts_on=starts_on,
        council=council,
        defaults={"kind": kind, "ends_on": ends_on, "is_quiet": is_quiet},
    )
    if not created and (entry.kind, entry.ends_on, entry.is_quiet) != (kind, ends_on, is_quiet):
        raise DeadlineRefused(TWIN, field="name")
    if created:
        record(verb="calendar_entry_added", by=by, data={"name": entry.name}, audience="lga")
    return entry


@transaction.atomic
def change_calendar_entry(
    *,
    entry_id: int,
    kind: str,
    name: str,
    starts_on: date,
    ends_on: date,
    council: Any,
    is_quiet: bool = False,
    version: int,
    by: User,
) -> CalendarEntry:
    """What stands already is not changed again: the second of two clicks finds its own words."""
    _check_entry(starts_on, ends_on)
    entry = CalendarEntry.objects.select_for_update(of=("self",)).filter(pk=entry_id).first()
    if entry is None:
        raise DeadlineRefused("Somebody removed this entry while you were writing. Add it again if it is still needed.")
    wanted = (kind, name.strip(), starts_on, ends_on, council.pk if council else None, is_quiet)
    if wanted == (entry.kind, entry.name, entry.starts_on, entry.ends_on, entry.council_id, entry.is_quiet):
        return entry
    if entry.version != version:
        raise StaleDeadline(
            "Somebody else changed this entry while you were writing. Nothing you typed is lost.", now=entry
        )
    entry.kind, entry.name, entry.starts_on, entry.ends_on, entry.council = (
        kind,
        name.strip(),
        starts_on,
        ends_on,
        council,
    )
    entry.is_quiet = is_quiet
    entry.version += 1
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        raise DeadlineRefused(TWIN, field="name") from error
    record(verb="calendar_entry_changed", by=by, data={"name": entry.name}, audience="lga")
    return entry


@transaction.atomic
def remove_calendar_entry(*, entry_id: int, by: User) -> bool:
    """False when it was removed before (a second click)."""
    entry = CalendarEntry.objects.select_for_update(of=("self",)).filter(pk=entry_id).first()
    if entry is None:
        return False
    record(verb="calendar_entry_removed", by=by, data={"name": entry.name}, audience="lga")
    entry.delete()
    return True
