"""Setting, meeting and moving deadlines. Callers hold the case's lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.components.errors import Refused
from cpc.components.versioned import check_version, is_current
from cpc.deadlines.clocks import due_on as due_by_rule
from cpc.deadlines.events import happened_on
from cpc.deadlines.kinds import KINDS, label_of
from cpc.deadlines.models import Deadline, DeadlineRule, DeadlineState
from cpc.deadlines.order import conflicts_of

START_NAMES = {"onsite_start": "first onsite day", "onsite_end": "last onsite day"}


@transaction.atomic
def start_clocks(*, case: Case, start: str, on: date, by: User | None) -> list[Deadline]:
    """Make the deadlines of every rule that counts from `start`. Those that stand and are open move with the day,
    unless a new date was agreed; entering a stage twice changes nothing. A new date gives a new first date only
    while nobody has agreed another: what was promised first is kept. Those that fell away are open again, and what
    has taken place already is met on the day on which it did."""
    # At short notice a day counted back may lie in the past: what is promised today can be due today at the earliest.
    made = _set_clocks(case, start, on, by, earliest=timezone.localdate())
    for deadline in made:
        if deadline.state == DeadlineState.OPEN and (day := happened_on(deadline.kind, case)):
            meet_deadline(case=case, kind=deadline.kind, on=day, by=by)
    return made


@transaction.atomic
def enter_clocks(
    *, case: Case, starts: Mapping[str, date], happened: Mapping[str, date] | None = None, by: User | None
) -> list[Deadline]:
    """The clocks of a peer challenge that was under way before it was entered: all its days may lie in the past.

    `starts` gives the day of each clock that has begun: "onsite_start", the first onsite day, and "onsite_end", the
    last one (or the day from which the cycle is counted). A challenge whose team has been onsite has "onsite_end"
    alone: nobody is asked for what was to be ready before. `happened` gives, by kind of deadline (KINDS), the day on
    which its event took place, so far as it is known: that promise is met on that day, however long ago, and shows how
    late it was. What the case's own rows say (a published report, a review that was held) is met without being named.
    Everything else stays open on the date of its rule, and is late at once when that has passed: nothing is moved to
    today. Entering the same again changes nothing. The caller holds the case's lock and stores the start day itself
    (Case.cycle_start_on).
    """
    happened = happened or {}
    unknown = sorted(set(happened) - set(KINDS))
    if unknown:
        raise ValueError(f"No such kinds of deadline: {', '.join(unknown)}.")
    for kind, day in happened.items():
        if day > timezone.localdate():
            raise Refused(f"{label_of(kind)}: the day must be today or in the past", field=kind)
    made = [each for start, on in starts.items() for each in _set_clocks(case, start, on, by)]
    for deadline in made:
        took_place = happened.get(deadline.kind) or happened_on(deadline.kind, case)
        if took_place and deadline.met_on != took_place:
            meet_deadline(case=case, kind=deadline.kind, on=took_place, by=by)
    return list(Deadline.objects.filter(pk__in=[each.pk for each in made]))


def _set_clocks(case: Case, start: str, on: date, by: User | None, *, earliest: date | None = None) -> list[Deadline]:
    made, changed = [], False
    standing = {deadline.kind: deadline for deadline in Deadline.objects.select_for_update().filter(case=case)}
    for rule in DeadlineRule.objects.filter(start=start):
        if rule.kind in KINDS and not case.has_stage(KINDS[rule.kind].stage):
            continue
        due = due_by_rule(rule, on)
        if rule.days < 0 and earliest:
            due = max(due, earliest)
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


@dataclass(frozen=True)
class Following:
    """Whether a deadline moves with the day that it is counted from; `why_not` says what keeps it."""

    deadline: Deadline
    rule: DeadlineRule
    why_not: str = ""


def what_follows(case: Case, start: str) -> list[Following]:
    """The deadlines of a case that are counted from `start`, in their order: those that are open follow the day when it
    is corrected; one with an agreed date, and one that is met or fell away, stays."""
    standing = {each.kind: each for each in Deadline.objects.filter(case=case)}
    rules = DeadlineRule.objects.filter(start=start).order_by("order", "kind")
    return [
        Following(standing[rule.kind], rule, _why_not(standing[rule.kind])) for rule in rules if rule.kind in standing
    ]


def _why_not(deadline: Deadline) -> str:
    if deadline.met_on:
        return f"met on {deadline.met_on:%-d %B %Y}"
    if deadline.state == DeadlineState.CANCELLED:
        return "fell away"
    if deadline.agreed_at:
        return f"{deadline.due_on:%-d %B %Y} was agreed with {deadline.agreed_with}"
    return ""


@transaction.atomic
def move_clocks(*, case: Case, start: str, on: date, by: User | None) -> list[Following]:
    """The day that clocks are counted from was corrected: what follows it is counted again, and the event names every
    date that moved and every one that stays. Makes no deadline, opens none, and changes nothing of a case that is over."""
    followings = what_follows(case, start)
    if case.state in {"closed", "cancelled"}:
        return []
    moved, kept = [], []
    for each in followings:
        deadline, due = each.deadline, due_by_rule(each.rule, on)
        if each.why_not:
            kept.append(f"{deadline.name} ({each.why_not})")
        elif deadline.due_on != due:
            moved.append(f"{deadline.label} from {deadline.due_on:%-d %B %Y} to {due:%-d %B %Y}")
            deadline.due_on = deadline.first_due_on = due
            deadline.version += 1
            deadline.save(update_fields=["due_on", "first_due_on", "version"])
    if moved:
        data = {"moved": "; ".join(moved), "kept": "; ".join(kept) or "none"}
        record(verb="deadlines_moved", by=by, case=case, data=data)
    return followings


@transaction.atomic
def settle_deadline(*, case: Case, kind: str, by: User | None) -> None:
    """Something about the event of this kind was recorded, corrected or taken back: the deadline is met on the day on
    which the event took place, or open again when it has not. The one way in which a stage meets a deadline."""
    day = happened_on(kind, case)
    if day is None:
        unmeet_deadline(case=case, kind=kind, by=by)
    else:
        meet_deadline(case=case, kind=kind, on=day, by=by)


@transaction.atomic
def settle_deadlines(*, case: Case, kinds: Collection[str] | None = None, by: User | None) -> list[Deadline]:
    """Meet every open deadline of a case whose event is recorded: for what was recorded before the event was named."""
    met = [
        meet_deadline(case=case, kind=deadline.kind, on=day, by=by)
        for deadline in Deadline.objects.select_for_update().filter(case=case, state=DeadlineState.OPEN)
        if (kinds is None or deadline.kind in kinds) and (day := happened_on(deadline.kind, case))
    ]
    return [each for each in met if each]


@transaction.atomic
def meet_deadline(*, case: Case, kind: str, on: date, by: User | None) -> Deadline | None:
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
def ask_by(*, case: Case, kind: str, label: str, due_on: date, owner_role: str, by: User | None) -> Deadline:
    """A promise that no clock makes: something came up and somebody must see to it. Asked again it opens again."""
    deadline = Deadline.objects.select_for_update().filter(case=case, kind=kind).first()
    if deadline is not None and deadline.state == DeadlineState.OPEN:
        return deadline
    if deadline is None:
        deadline = Deadline(case=case, kind=kind, owner_role=owner_role)
    else:
        deadline.version += 1
        deadline.late_reason = deadline.agreed_with = ""
        deadline.agreed_at = deadline.agreed_by = None
    deadline.label, deadline.due_on, deadline.first_due_on = label, due_on, due_on
    deadline.state, deadline.met_on = DeadlineState.OPEN, None
    deadline.save()
    record(verb="deadline_asked", by=by, case=case, data={"label": label, "on": f"{due_on:%-d %B %Y}"})
    return deadline


def meet_asked_deadline(*, case: Case, kind: str, by: User | None) -> None:
    """What was asked for is there. Nothing happens where nobody asked."""
    if Deadline.objects.filter(case=case, kind=kind, state=DeadlineState.OPEN).exists():
        meet_deadline(case=case, kind=kind, on=timezone.localdate(), by=by)


@transaction.atomic
def unmeet_deadline(*, case: Case, kind: str, by: User | None) -> None:
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
    *, deadline: Deadline, due_on: date, reason: str, agreed_with: str, order_reason: str = "", version: int, by: User
) -> Deadline:
    """Late is normal business: a reason, a new date, who agreed. The first date stays for ever.

    A day that stands the wrong way round to another of the case's clocks, such as a review after its report is due, is
    asked about: `order_reason` says why it is meant. The second of two clicks finds its date agreed and returns what
    stands.
    """
    deadline = _locked(deadline)
    agreed = (deadline.due_on, deadline.late_reason, deadline.agreed_with, deadline.agreed_by_id)
    if is_current(deadline, version + 1) and agreed == (due_on, reason.strip(), agreed_with.strip(), by.pk):
        return deadline
    if deadline.case.state not in {"active", "postponed"}:
        state = deadline.case.get_state_display().lower()
        raise Refused(f"This peer challenge is {state}, so the date was not changed.")
    if deadline.state != DeadlineState.OPEN:
        raise Refused(f"This deadline is {deadline.get_state_display().lower()}, so its date was not changed.")
    check_version(
        deadline, version, "Someone else changed this deadline while you were writing. Nothing you typed is lost."
    )
    if not reason.strip():
        raise Refused("Enter why the date changes", field="reason")
    if not agreed_with.strip():
        raise Refused("Enter who agreed the new date", field="agreed_with")
    if due_on == deadline.due_on:
        raise Refused("Enter a date that is different from the current one", field="due_on")
    if due_on < timezone.localdate():
        raise Refused("The new date must be today or in the future", field="due_on")
    conflicts = conflicts_of(deadline, due_on)
    if conflicts and not order_reason.strip():
        raise Refused(
            " ".join(conflicts) + " Enter why this day is agreed anyway, or choose another day", field="order_reason"
        )
    before = deadline.due_on
    deadline.due_on = due_on
    deadline.late_reason = reason.strip()
    deadline.agreed_with = agreed_with.strip()
    deadline.order_reason = order_reason.strip() if conflicts else ""
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
    if conflicts:
        data = {"label": deadline.label, "conflicts": " ".join(conflicts), "reason": deadline.order_reason}
        record(verb="deadline_out_of_order", by=by, case=deadline.case, data=data)
    return deadline


def _locked(deadline: Deadline) -> Deadline:
    """The case first, as everybody locks: a case that is just being paused or ended is not written to."""
    Deadline.objects.select_for_update(of=("case",)).select_related("case").get(pk=deadline.pk)
    return Deadline.objects.select_for_update(of=("self",)).select_related("case").get(pk=deadline.pk)


@transaction.atomic
def explain_lateness(*, deadline: Deadline, reason: str, version: int, by: User) -> Deadline:
    """A promise that was met late, and for which no new date was agreed in time: why it was late, said afterwards, also
    when the case is closed. It can be put in other words; the events keep the earlier ones."""
    deadline = _locked(deadline)
    reason = reason.strip()
    if deadline.explanation == reason != "":
        return deadline
    if deadline.state != DeadlineState.MET or not deadline.days_late:
        raise Refused("This deadline was not met late, so there is nothing to explain.")
    check_version(
        deadline, version, "Someone else changed this deadline while you were writing. Nothing you typed is lost."
    )
    if not reason:
        raise Refused("Enter why it was late", field="reason")
    deadline.explanation, deadline.explained_at, deadline.explained_by = reason, timezone.now(), by
    deadline.version += 1
    deadline.save(update_fields=["explanation", "explained_at", "explained_by", "version"])
    data = {"label": deadline.name, "late": deadline.late_text, "reason": reason}
    record(verb="deadline_explained", by=by, case=deadline.case, data=data)
    return deadline


@transaction.atomic
def cancel_deadlines(*, case: Case, start: str | None = None, by: User | None) -> int:
    """When a case ends its open deadlines fall away; nobody is reminded of them. `start` names one group of them:
    once the team has been onsite, nobody is asked for what was to be ready before."""
    fallen = Deadline.objects.filter(case=case, state=DeadlineState.OPEN)
    if start is not None:
        fallen = fallen.filter(kind__in=DeadlineRule.objects.filter(start=start).values("kind"))
    number = fallen.update(state=DeadlineState.CANCELLED)
    if number:
        record(verb="deadlines_cancelled", by=by, case=case)
    return number
