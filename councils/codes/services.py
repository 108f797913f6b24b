"""GSS codes that change: the Office for National Statistics gives a council another when its area changes, and a new
council its first one in place of ours. Each is announced inside its transaction (councils.events)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from councils.events import announce
from councils.models import Council, CouncilCode, CouncilType, Nation
from councils.services import STALE
from cpc.components.errors import Refused
from cpc.components.versioned import check_version

# The letter of the nation and eight digits.
FORM = re.compile(r"[EWSN][0-9]{8}")
LETTERS = {Nation.ENGLAND: "E", Nation.WALES: "W", Nation.SCOTLAND: "S", Nation.NORTHERN_IRELAND: "N"}
# What the codes of each type begin with, in the register of geographic codes.
PREFIXES = {
    CouncilType.UNITARY: "E06",
    CouncilType.DISTRICT: "E07",
    CouncilType.METROPOLITAN: "E08",
    CouncilType.LONDON_BOROUGH: "E09",
    CouncilType.COUNTY: "E10",
    CouncilType.WELSH_UNITARY: "W06",
    CouncilType.SCOTTISH_UNITARY: "S12",
    CouncilType.NI_DISTRICT: "N09",
}


def _day(on: date) -> str:
    return f"{on:%-d %B %Y}"


def _lock_codes() -> None:
    """One change of a code at a time: two councils must not be given the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('councils.code', 0))")


def _check_code(council: Council, code: str) -> None:
    if not FORM.fullmatch(code):
        raise Refused(
            "Enter the code as a letter (E, W, S or N) and 8 digits, like E08000038, without anything else",
            field="code",
        )
    letter, prefix = LETTERS[Nation(council.nation)], PREFIXES[CouncilType(council.council_type)]
    if not code.startswith(letter):
        raise Refused(f"A code in {council.nation} begins with {letter}. Check the code.", field="code")
    if not code.startswith(prefix):
        raise Refused(
            f"The code of a council of the type “{council.get_council_type_display()}” begins with {prefix}. "
            "Check the code, or record the change of type first.",
            field="code",
        )
    _check_nobody_has(council, code)


def _check_nobody_has(council: Council, code: str) -> None:
    holder = Council.objects.filter(gss_code=code).exclude(pk=council.pk).first()
    if holder:
        raise Refused(f"{holder.official_name} has this code. Check the code.", field="code")
    former = CouncilCode.objects.filter(code=code).exclude(council=council).select_related("council").first()
    if former:
        raise Refused(f"{former.council.official_name} had this code before. Check the code.", field="code")


def _check_last_day(council: Council, last_day: date, *, provisional: bool, field: str, is_first: bool) -> None:
    """The last day of a former code. `is_first`: the field asks for the day after, the first of the code that follows."""
    start = council.start_on
    if start:
        # A provisional code need not have stood for a day: the council may have had its own from the first.
        earliest = start if not provisional else start - timedelta(days=1)
        if last_day < earliest:
            shown = earliest + timedelta(days=1) if is_first else earliest
            raise Refused(f"The council begins on {_day(start)}. Enter {_day(shown)} or a later day.", field=field)
    if council.end_on and last_day >= council.end_on:
        end = council.end_on if is_first else council.end_on - timedelta(days=1)
        raise Refused(f"The council ends on {_day(council.end_on)}. Enter {_day(end)} or an earlier day.", field=field)
    today = timezone.localdate()
    # The code of a council that is still to begin is given out ahead, for its first day.
    ahead = bool(provisional and start and start > today and last_day == start - timedelta(days=1))
    if last_day >= today and not ahead:
        day = "The day must be today or in the past" if is_first else "The last day must be in the past"
        raise Refused(day, field=field)


@transaction.atomic
def change_code(*, council: Council, code: str, changed_on: date, version: int, by: Any) -> Council:
    """Another code from a day on; the one before is kept until the day before. The same again changes nothing."""
    _lock_codes()
    council = Council.objects.select_for_update().get(pk=council.pk)
    code = "".join(code.split()).upper()
    last_day = changed_on - timedelta(days=1)
    if council.gss_code == code:
        if CouncilCode.objects.filter(council=council, ended_on=last_day).exists():
            return council
        raise Refused(f"{code} is the code of this council already. Enter the new one.", field="code")
    check_version(council, version, STALE)
    _check_code(council, code)
    former = list(CouncilCode.objects.filter(council=council))
    if any(each.code == code for each in former):
        raise Refused(
            f"The council had the code {code} before. Check the code, or take back the last change.", field="code"
        )
    _check_last_day(council, last_day, provisional=council.has_provisional_code, field="changed_on", is_first=True)
    later = max((each.ended_on for each in former if each.ended_on and each.ended_on >= last_day), default=None)
    if later:
        raise Refused(
            f"The code {council.gss_code} is recorded from {_day(later + timedelta(days=1))}. Enter a day after that.",
            field="changed_on",
        )
    before = council.gss_code
    CouncilCode.objects.update_or_create(council=council, code=before, defaults={"ended_on": last_day})
    _set_code(council, code)
    announce(
        "code_changed",
        by=by,
        council=council,
        data={"code": code, "former": before, "on": changed_on.isoformat()},
    )
    return council


def _set_code(council: Council, code: str) -> None:
    council.gss_code = code
    council.version += 1
    council.save(update_fields=["gss_code", "version"])


@transaction.atomic
def date_former_code(*, former: CouncilCode, ended_on: date | None, version: int, by: Any) -> CouncilCode:
    """The last day of a code that the council had before, for the first time, corrected or taken away.

    `version` is that of the council. The same day again changes nothing.
    """
    council = Council.objects.select_for_update().get(pk=former.council_id)
    row = CouncilCode.objects.filter(pk=former.pk).first()
    if row is None:
        raise Refused("This code is no former code of the council any more. Look at what is recorded now.")
    if row.ended_on == ended_on:
        return row
    check_version(council, version, STALE)
    if ended_on:
        _check_last_day(council, ended_on, provisional=row.is_provisional, field="ended_on", is_first=False)
        same = CouncilCode.objects.filter(council=council, ended_on=ended_on).exclude(pk=row.pk).first()
        if same:
            raise Refused(
                f"{_day(ended_on)} is recorded as the last day of the code {same.code}. Enter another day.",
                field="ended_on",
            )
    row.ended_on = ended_on
    row.save(update_fields=["ended_on"])
    council.version += 1
    council.save(update_fields=["version"])
    announce(
        "former_code_dated",
        by=by,
        council=council,
        data={"code": row.code, "ended_on": ended_on.isoformat() if ended_on else ""},
    )
    return row


@transaction.atomic
def take_back_code(*, council: Council, former_id: int, version: int, by: Any) -> bool:
    """The code before the last change is that of today again. Whether there was a change to take back."""
    _lock_codes()
    council = Council.objects.select_for_update().get(pk=council.pk)
    former = CouncilCode.objects.filter(council=council, pk=former_id).first()
    if former is None:
        return False
    check_version(council, version, STALE)
    last = CouncilCode.objects.filter(council=council, ended_on__isnull=False).order_by("-ended_on").first()
    if last is None or last.pk != former.pk:
        raise Refused("Only the last change of the code can be taken back.")
    _check_nobody_has(council, former.code)
    taken = council.gss_code
    on: date = last.ended_on + timedelta(days=1)  # type: ignore[operator, assignment]
    former.delete()
    _set_code(council, former.code)
    announce(
        "code_change_taken_back",
        by=by,
        council=council,
        data={"code": former.code, "taken": taken, "on": on.isoformat()},
    )
    return True
