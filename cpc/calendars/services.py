"""Adding, changing and removing entries of the calendars."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.calendars.models import CalendarEntry
from cpc.components.errors import Refused
from cpc.components.versioned import check_version

TWIN = "The calendars already have an entry with this name and first day"


def _check_entry(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Refused("The last day must be the same as or after the first", field="ends_on")


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
        raise Refused(TWIN, field="name")
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
        raise Refused("Someone removed this entry while you were writing. Add it again if it is still needed.")
    wanted = (kind, name.strip(), starts_on, ends_on, council.pk if council else None, is_quiet)
    if wanted == (entry.kind, entry.name, entry.starts_on, entry.ends_on, entry.council_id, entry.is_quiet):
        return entry
    check_version(entry, version, "Someone else changed this entry while you were writing. Nothing you typed is lost.")
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
        raise Refused(TWIN, field="name") from error
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
