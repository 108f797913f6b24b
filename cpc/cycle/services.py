"""What happened at a council becomes a trigger, and triggers that come close together become one prompt (R3 to R7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from councils.control import changes_hands
from councils.elections import first_thursday_of_may
from councils.models import Council, PoliticalControl, Post, Tenure
from cpc.audit.services import record
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import check_version
from cpc.cycle.expected import ENDS_PROMPT
from cpc.cycle.models import (
    CycleDate,
    JourneyEntry,
    Prompt,
    PromptState,
    Trigger,
    TriggerKind,
)
from cpc.cycle.queries import DueState, cycle_days, due_list, months_later, standing_of

# One leads the council, whatever the post is called.
LEADING = [Post.LEADER, Post.MAYOR]
# So many councils are written down at once.
STEP = 500
NO_LONGER_LONG = "No longer so: the chief executive has left, or the council has had a peer challenge."


@transaction.atomic
def add_trigger(*, council: Council, kind: str, happened_on: date, detail: str, source: str, by: Any) -> Trigger:
    """Keep what happened, and prompt when it is recent. The same thing once more changes nothing; what lasts, such as a
    chief executive long in post, prompts as soon as nothing stands against it."""
    council = Council.objects.select_for_update().get(pk=council.pk)
    trigger, is_new = Trigger.objects.get_or_create(
        council=council,
        kind=kind,
        source=source,
        defaults={"happened_on": happened_on, "detail": detail[:200], "recorded_by": by},
    )
    if is_new or (kind == TriggerKind.LONG_TENURE and trigger.prompt_id is None):
        _prompt(trigger, by=by)
    return trigger


@transaction.atomic
def _prompt_when_its_day_has_come(trigger: Trigger) -> None:
    """What was recorded before its day, such as a leader elected from next week on."""
    Council.objects.select_for_update().get(pk=trigger.council_id)
    trigger = Trigger.objects.select_related("council").get(pk=trigger.pk)
    if trigger.prompt_id is None:
        _prompt(trigger, by=None)


def _prompt(trigger: Trigger, *, by: Any) -> None:
    """Facts recorded late prompt nobody: years of history may come in one file. Nor is anybody told that it is time to
    talk of a challenge that is booked. The council is locked by the caller."""
    today = timezone.localdate()
    row = standing_of(trigger.council, today)
    if row is None or row.state == DueState.BOOKED or not is_news(trigger, today):
        return
    if row.last and trigger.happened_on <= row.last.on:
        return
    is_soft = trigger.kind == TriggerKind.LONG_TENURE
    near = timedelta(days=settings.CYCLE_JOINT_PROMPT_DAYS)
    # R5: two changes within the same weeks are one prompt, naming both.
    prompt = (
        Prompt.objects.filter(
            council=trigger.council,
            state=PromptState.OPEN,
            triggers__happened_on__gte=trigger.happened_on - near,
            triggers__happened_on__lte=trigger.happened_on + near,
        )
        .order_by("pk")
        .first()
    )
    if prompt is None:
        prompt = Prompt.objects.create(council=trigger.council, made_on=today, is_soft=is_soft)
        record(
            verb="council_prompted",
            by=by,
            council=trigger.council,
            data={"council": trigger.council.name, "what": trigger.get_kind_display().lower(), "prompt_id": prompt.pk},
            audience="lga",
        )
    else:
        # Whoever has its page open has not read of this yet.
        prompt.is_soft = prompt.is_soft and is_soft
        prompt.version += 1
        prompt.save(update_fields=["is_soft", "version"])
    trigger.prompt = prompt
    trigger.save(update_fields=["prompt"])


def is_news(trigger: Trigger, today: date) -> bool:
    """Recorded within CYCLE_PROMPT_WEEKS of its day, and lately. A long tenure is a state that lasts: it has no age."""
    if trigger.kind == TriggerKind.LONG_TENURE:
        return trigger.happened_on <= today
    known_by = trigger.happened_on + timedelta(weeks=settings.CYCLE_PROMPT_WEEKS)
    return timezone.localdate(trigger.recorded_at) <= known_by and trigger.happened_on <= today <= months_later(
        trigger.happened_on, settings.CYCLE_TRIGGER_MONTHS
    )


def _same_person(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def trigger_of_tenure(*, tenure: Tenure, by: Any) -> Trigger | None:
    """R3, R4: somebody else than before. Whoever only holds the place prompts nothing; nor does a leader elected again."""
    if tenure.is_interim:
        return None
    leads = tenure.post in LEADING
    before = (
        Tenure.objects.filter(
            council=tenure.council_id,
            post__in=LEADING if leads else [tenure.post],
            is_interim=False,
            started_on__lt=tenure.started_on,
        )
        .order_by("-started_on", "-pk")
        .first()
    )
    if before and _same_person(before.person_name, tenure.person_name):
        return None
    return add_trigger(
        council=tenure.council,
        kind=TriggerKind.NEW_LEADER if leads else TriggerKind.NEW_CHIEF_EXECUTIVE,
        happened_on=tenure.started_on,
        detail=tenure.person_name,
        source=f"tenure:{tenure.pk}",
        by=by,
    )


def trigger_of_control(*, council: Council, year: int, by: Any) -> Trigger | None:
    """R4: other people run the council than after the elections before. Counted from May's polling day."""
    latest = list(PoliticalControl.objects.filter(council=council, year__lte=year).order_by("-year")[:2])
    if len(latest) < 2 or not changes_hands(latest[1].control, latest[0].control):
        return None
    now, before = latest
    return add_trigger(
        council=council,
        kind=TriggerKind.CHANGE_OF_CONTROL,
        happened_on=first_thursday_of_may(year),
        detail=f"{before.control} to {now.control}",
        source=f"control:{year}",
        by=by,
    )


@transaction.atomic
def close_prompts(*, councils: Iterable[Council], by: Any) -> None:
    """What they ask for is under way."""
    Prompt.objects.filter(council__in=list(councils), state=PromptState.OPEN).update(
        state=PromptState.ACTED_ON, closed_on=timezone.localdate(), closed_by=by, version=F("version") + 1
    )


@transaction.atomic
def set_aside_prompt(*, prompt: Prompt, reason: str, version: int, by: Any) -> Prompt:
    """It asks for nothing now. Raises AlreadyMoved when it is closed already, Stale when it changed meanwhile."""
    Council.objects.select_for_update().get(pk=prompt.council_id)
    prompt = Prompt.objects.select_related("council").get(pk=prompt.pk)
    if prompt.state != PromptState.OPEN:
        raise AlreadyMoved(f"This is already closed ({prompt.get_state_display().lower()}). Nothing was changed.")
    check_version(prompt, version)
    reason = reason.strip()
    if not reason:
        raise Refused("Enter why it is set aside", field="reason")
    prompt.state, prompt.closed_on, prompt.closed_by = PromptState.SET_ASIDE, timezone.localdate(), by
    prompt.closed_reason = reason
    prompt.version += 1
    prompt.save(update_fields=["state", "closed_on", "closed_by", "closed_reason", "version"])
    record(
        verb="prompt_set_aside",
        by=by,
        council=prompt.council,
        data={"council": prompt.council.name, "prompt_id": prompt.pk},
        audience="lga",
    )
    return prompt


# ------------------------------------------------------------------ what only the passing of time brings


def sweep(today: date) -> int:
    """New triggers found today. Run twice on a day it finds nothing the second time."""
    before = Trigger.objects.count()
    first = today - relativedelta(months=settings.CYCLE_TRIGGER_MONTHS)
    _milestones(today)
    _new_councils(first, today)
    _long_tenures(today)
    waiting = Trigger.objects.filter(
        prompt__isnull=True, happened_on__gte=first, happened_on__lte=today, recorded_at__date__lt=F("happened_on")
    )
    for trigger in waiting.order_by("pk"):
        _prompt_when_its_day_has_come(trigger)
    return Trigger.objects.count() - before


def _milestones(today: date) -> None:
    """R6: the end of an intervention, of a Best Value Notice or of a standards issue."""
    ended = JourneyEntry.objects.filter(kind__in=ENDS_PROMPT, ended_on__lte=today).select_related("council")
    known = _known("journey")
    for entry in ended.order_by("pk"):
        source = f"journey:{entry.pk}"
        if source not in known:
            add_trigger(
                council=entry.council,
                kind=TriggerKind.MILESTONE,
                happened_on=entry.ended_on,  # type: ignore[arg-type]
                detail=f"end of {entry.get_kind_display().lower()}: {entry.name}",
                source=source,
                by=None,
            )


def _new_councils(first: date, today: date) -> None:
    """R6: a merger or a new unitary, on its first day."""
    known = _known("council")
    for council in Council.objects.in_programme(today).filter(start_on__gte=first, start_on__lte=today):
        source = f"council:{council.pk}"
        if source not in known:
            add_trigger(
                council=council,
                kind=TriggerKind.MILESTONE,
                happened_on=council.start_on,  # type: ignore[arg-type]
                detail="first day of the council",
                source=source,
                by=None,
            )


def write_cycle_dates(today: date) -> int:
    """Write down the days of every council's cycle for the reminders; returns how many changed. Done twice it finds
    nothing the second time. Council by council in the same size of step, however many there are."""
    changed, last = CycleDate.objects.exclude(council__in=Council.objects.in_programme(today)).delete()[0], 0
    while ids := list(
        Council.objects.in_programme(today).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:STEP]
    ):
        changed += _write_cycle_dates(ids, today)
        last = ids[-1]
    return changed


@transaction.atomic
def _write_cycle_dates(ids: list[int], today: date) -> int:
    # One at a time for each council: a second sweep finds what the first wrote.
    list(Council.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    wanted = {
        (row.council.pk, kind): (on, row.precision)
        for row in due_list(today, ids)
        for kind, on in cycle_days(row).items()
    }
    held = {(each.council_id, each.kind): each for each in CycleDate.objects.filter(council__in=ids)}
    gone = [each.pk for key, each in held.items() if key not in wanted]
    moved = [each for key, each in held.items() if key in wanted and (each.on, each.precision) != wanted[key]]
    for each in moved:
        each.on, each.precision = wanted[each.council_id, each.kind]
    new = [
        CycleDate(council_id=council, kind=kind, on=on, precision=precision)
        for (council, kind), (on, precision) in wanted.items()
        if (council, kind) not in held
    ]
    CycleDate.objects.filter(pk__in=gone).delete()
    CycleDate.objects.bulk_update(moved, ["on", "precision"])
    CycleDate.objects.bulk_create(new)
    return len(gone) + len(moved) + len(new)


def long_tenures(on: date) -> list[Tenure]:
    """R7: chief executives who on this day are long in post, with no peer challenge in all that time."""
    since = on - relativedelta(years=settings.CYCLE_LONG_TENURE_YEARS)
    tenures = list(
        Tenure.objects.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gte=on),
            post=Post.CHIEF_EXECUTIVE,
            is_interim=False,
            started_on__lte=since,
        )
        .select_related("council")
        .order_by("pk")
    )
    rows = {row.council.pk: row for row in due_list(on, [tenure.council_id for tenure in tenures])} if tenures else {}
    return [
        tenure
        for tenure in tenures
        if (row := rows.get(tenure.council_id)) and not (row.last and row.last.on >= tenure.started_on)
    ]


def _long_tenures(today: date) -> None:
    """R7: prompts once, and the prompt stands as long as it is so: however long ago it began to be."""
    lasting = {f"long:{tenure.pk}": tenure for tenure in long_tenures(today)}
    prompted = set(
        Trigger.objects.filter(kind=TriggerKind.LONG_TENURE, prompt__isnull=False).values_list("source", flat=True)
    )
    for source, tenure in lasting.items():
        if source not in prompted:
            add_trigger(
                council=tenure.council,
                kind=TriggerKind.LONG_TENURE,
                happened_on=tenure.started_on + relativedelta(years=settings.CYCLE_LONG_TENURE_YEARS),
                detail=tenure.person_name,
                source=source,
                by=None,
            )
    over = Trigger.objects.filter(kind=TriggerKind.LONG_TENURE, prompt__state=PromptState.OPEN)
    for trigger in over.exclude(source__in=lasting).order_by("pk"):
        _close_what_is_over(trigger)


@transaction.atomic
def _close_what_is_over(trigger: Trigger) -> None:
    """A prompt with another reason beside it stays."""
    Council.objects.select_for_update().get(pk=trigger.council_id)
    prompt = Prompt.objects.filter(triggers=trigger, state=PromptState.OPEN).first()
    if prompt and not prompt.triggers.exclude(kind=TriggerKind.LONG_TENURE).exists():
        set_aside_prompt(prompt=prompt, reason=NO_LONGER_LONG, version=prompt.version, by=None)


def _known(what: str) -> set[str]:
    return set(Trigger.objects.filter(source__startswith=f"{what}:").values_list("source", flat=True))
