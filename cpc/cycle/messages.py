"""The one summary that a principal adviser gets of an import that told of older changes at their councils."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils import timezone

from councils.imports.registry import title_of
from councils.models import ImportRun, ImportState
from cpc.accounts.roles import Role
from cpc.cycle.models import Trigger
from cpc.cycle.queries import trigger_text
from cpc.cycle.reminder_sources import advisers_of
from cpc.notifications.mail_kinds import Kind, register
from cpc.notifications.services import queue_notification

if TYPE_CHECKING:
    from cpc.accounts.models import User
    from cpc.notifications.models import Message

KIND = "cycle_history_imported"
# A mail that names hundreds of councils is read by nobody; the due list has them all.
MOST_LINES = 40


def tell_of_history(run: ImportRun, triggers: Iterable[Trigger]) -> None:
    """What was told too late to prompt anybody: each adviser reads of their own councils, once for the whole import."""
    triggers = sorted(triggers, key=lambda each: (each.council.name, each.happened_on, each.pk))
    advisers = advisers_of({trigger.council_id for trigger in triggers}, timezone.localdate()) if triggers else {}
    lines: dict[int, list[str]] = {}
    people: dict[int, User] = {}
    for trigger in triggers:
        if adviser := advisers.get(trigger.council_id):
            people[adviser.pk] = adviser
            lines.setdefault(adviser.pk, []).append(f"{trigger.council.name}: {trigger_text(trigger)}")
    for pk, told in lines.items():
        queue_notification(
            kind=KIND,
            to=people[pk],
            subject_key=f"import:{run.pk}",
            context={
                "source": title_of(run.source),
                "import_id": run.pk,
                "number": len(told),
                "lines": told[:MOST_LINES],
                "more": max(len(told) - MOST_LINES, 0),
                "url": "/due/",
            },
        )


def still_stands(message: Message) -> bool:
    """The import was not undone meanwhile, and whoever reads this still advises councils."""
    stands = ImportRun.objects.filter(pk=message.context["import_id"], state=ImportState.APPLIED).exists()
    return stands and message.to is not None and message.to.role == Role.PRINCIPAL_ADVISER


register(
    Kind(
        code=KIND,
        staff_label="Older changes at councils, from an import",
        subject="Older changes at your councils, from an import",
        template="emails/cycle/history_imported.txt",
        button="Open the due list",
        why="You are getting this email because you are the principal adviser for these councils.",
        fields=("source", "import_id", "number", "lines", "more", "url"),
        still_applies=still_stands,
    )
)
