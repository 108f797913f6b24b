"""What the cycle answers when packages below it ask."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.dispatch import receiver

from councils.events import register_changed
from councils.models import Council, ImportRun, Tenure
from cpc.cases.models import Case
from cpc.cases.stages import row_of
from cpc.casework.services import case_started, case_starting
from cpc.cycle.imported import prompt_on_import, withdraw_on_undo
from cpc.cycle.queries import Standing, standing_of, when_known
from cpc.cycle.services import close_prompts, trigger_of_control, trigger_of_tenure


@receiver(case_starting)
def before_the_window(sender: Any, *, council: Council, kind: str, on: date, **kwargs: Any) -> str:
    """R2: a council that is not due yet, and that nothing prompts, is out of turn."""
    row = standing_of(council, on) if row_of(kind).counts_for_cycle else None
    if row is None or row.standing != Standing.NOT_DUE or row.is_prompted or row.last is None:
        return ""
    if row.window_on is None:
        last = when_known(row.last.on, row.precision)
        return f"{council.name} had its last peer challenge {last} and ends before the next is usually held."
    return f"The usual time for the next peer challenge of {council.name} begins {when_known(row.window_on, row.precision)}."


@receiver(register_changed)
def prompt_on_change(sender: Any, *, verb: str, by: Any, council: Any, data: dict[str, Any], **kwargs: Any) -> None:
    """R3, R4: what the register tells of posts and of political control."""
    if verb == "tenure_recorded":
        trigger_of_tenure(tenure=Tenure.objects.select_related("council").get(pk=data["tenure_id"]), by=by)
    elif verb == "control_recorded":
        trigger_of_control(council=council, year=data["year"], by=by)
    elif verb == "import_applied":
        prompt_on_import(run=ImportRun.objects.get(pk=data["import_id"]), by=by)
    elif verb == "import_undone":
        withdraw_on_undo(run=ImportRun.objects.get(pk=data["import_id"]), by=by)


@receiver(case_started)
def act_on_prompts(sender: Any, *, case: Case, by: Any, **kwargs: Any) -> None:
    """Whoever starts a peer challenge has acted on what prompted it."""
    if row_of(case.kind).counts_for_cycle:
        close_prompts(councils=case.hosts, by=by)
