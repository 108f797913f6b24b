"""What an import of facts about councils prompts, and what becomes of that when it is undone.

Only what is recent enough to be named as a reason becomes a trigger: files hold fifty years of history. Of what is older
than prompts are, each principal adviser is told once, in one summary. Undone, a trigger whose
fact is gone goes with it, and an open prompt that nothing else hangs on too. What somebody has acted on or set aside stays
as it is: it was true for them, and the talk took place.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from councils.control import changes_hands
from councils.elections import first_thursday_of_may
from councils.models import Council, ImportRun, PoliticalControl, Tenure
from cpc.audit.services import record
from cpc.cycle.messages import tell_of_history
from cpc.cycle.models import Prompt, PromptState, Trigger, TriggerKind
from cpc.cycle.queries import months_later
from cpc.cycle.services import trigger_of_control, trigger_of_tenure

TENURE, CONTROL = "councils.Tenure", "councils.PoliticalControl"


def _is_recent(on: date) -> bool:
    return timezone.localdate() <= months_later(on, settings.CYCLE_TRIGGER_MONTHS)


def _written(run: ImportRun, model: str) -> list[int]:
    """Rows that the import added or changed."""
    return [change["pk"] for change in run.changes if change["model"] == model and change["after"]]


@transaction.atomic
def prompt_on_import(*, run: ImportRun, by: Any) -> None:
    """As if somebody had entered them by hand, the earliest first (R3, R4). The import has locked its councils."""
    begun = timezone.now()
    added = {change["pk"] for change in run.changes if change["model"] == TENURE and change["before"] is None}
    tenures = Tenure.objects.filter(pk__in=added).select_related("council").order_by("started_on", "pk")
    made = [trigger_of_tenure(tenure=tenure, by=by) for tenure in tenures if _is_recent(tenure.started_on)]
    controls = PoliticalControl.objects.filter(pk__in=_written(run, CONTROL))
    recent = [
        control
        for control in controls.select_related("council").order_by("year", "council")
        if _is_recent(first_thursday_of_may(control.year))
    ]
    changed = _changed({control.council_id for control in recent})
    made += [
        trigger_of_control(council=control.council, year=control.year, by=by)
        for control in recent
        if (control.council_id, control.year) in changed
    ]
    told_late = [trigger for trigger in made if trigger and trigger.recorded_at >= begun and trigger.prompt_id is None]
    tell_of_history(run, told_late)


def _changed(councils: Iterable[int]) -> set[tuple[int, int]]:
    """Council and year of every change of control: one question for all."""
    found: set[tuple[int, int]] = set()
    before: PoliticalControl | None = None
    for control in PoliticalControl.objects.filter(council__in=councils).order_by("council", "year"):
        if before and before.council_id == control.council_id and changes_hands(before.control, control.control):
            found.add((control.council_id, control.year))
        before = control
    return found


@transaction.atomic
def withdraw_on_undo(*, run: ImportRun, by: Any) -> None:
    """Triggers of what is no longer so. The councils are locked by whoever undoes the import."""
    gone = _triggers_of_tenures(run) + _triggers_of_controls(run)
    prompts = Prompt.objects.select_for_update().in_bulk({trigger.prompt_id for trigger in gone if trigger.prompt_id})
    touched: set[int] = set()
    for trigger in gone:
        prompt = prompts.get(trigger.prompt_id or 0)
        if prompt and prompt.state != PromptState.OPEN:
            continue
        trigger.delete()
        if prompt:
            touched.add(prompt.pk)
    for pk in sorted(touched):
        _withdraw(prompts[pk], by)


def _triggers_of_tenures(run: ImportRun) -> list[Trigger]:
    written = _written(run, TENURE)
    standing = set(Tenure.objects.filter(pk__in=written).values_list("pk", flat=True))
    sources = [f"tenure:{pk}" for pk in written if pk not in standing]
    return list(Trigger.objects.filter(source__in=sources))


def _triggers_of_controls(run: ImportRun) -> list[Trigger]:
    councils = {
        change["after"]["council_id"]
        for change in run.changes
        if change["model"] == CONTROL and change["after"] and "council_id" in change["after"]
    }
    councils |= set(PoliticalControl.objects.filter(pk__in=_written(run, CONTROL)).values_list("council_id", flat=True))
    changed = {(council, f"control:{year}") for council, year in _changed(councils)}
    triggers = Trigger.objects.filter(kind=TriggerKind.CHANGE_OF_CONTROL, council__in=councils)
    return [trigger for trigger in triggers if (trigger.council_id, trigger.source) not in changed]


def _withdraw(prompt: Prompt, by: Any) -> None:
    """A prompt that nothing hangs on any more goes; one that has other reasons stays with them."""
    kinds = set(Trigger.objects.filter(prompt=prompt).values_list("kind", flat=True))
    if kinds:
        prompt.is_soft = kinds == {TriggerKind.LONG_TENURE}
        prompt.version += 1
        prompt.save(update_fields=["is_soft", "version"])
        return
    council = Council.objects.get(pk=prompt.council_id)
    data = {"council": council.name, "prompt_id": prompt.pk}
    prompt.delete()
    record(verb="prompt_withdrawn", by=by, council=council, data=data, audience="lga")
