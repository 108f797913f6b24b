"""R91: who mentors somebody at a council, and from when until when. Nothing of what is said is kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.services import record
from cpc.components.errors import Refused
from cpc.components.versioned import check_version
from cpc.cycle.journey.services import day_text
from cpc.cycle.models import Mentoring

# It is agreed ahead, but not years ahead.
MOST_MONTHS_AHEAD = 12


def _check_days(mentoring: Mentoring) -> None:
    latest = timezone.localdate() + relativedelta(months=MOST_MONTHS_AHEAD)
    if mentoring.started_on > latest:
        raise Refused(f"First day must be on or before {day_text(latest)}", field="started_on")
    if mentoring.ended_on and mentoring.ended_on < mentoring.started_on:
        raise Refused("Last day must be the same as or after the first day", field="ended_on")
    others = Mentoring.objects.filter(council=mentoring.council_id, peer=mentoring.peer_id).exclude(pk=mentoring.pk)
    if mentoring.ended_on:
        others = others.filter(started_on__lte=mentoring.ended_on)
    if other := others.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=mentoring.started_on)).first():
        until = f"until {day_text(other.ended_on)}" if other.ended_on else "with no last day yet"
        raise Refused(
            f"This peer mentors there already, from {day_text(other.started_on)} {until}. "
            "Change the days, or record the last day of that first.",
            field="started_on",
        )


@transaction.atomic
def add_mentoring(*, council: Council, peer: User, started_on: date, ended_on: date | None, by: Any) -> Mentoring:
    """The same again is the same row. Raises Refused for a peer without an account, or days that overlap."""
    council = Council.objects.select_for_update().get(pk=council.pk)
    same = Mentoring.objects.filter(council=council, peer=peer, started_on=started_on, ended_on=ended_on).first()
    if same:
        return same
    if peer.role != Role.PEER or not peer.is_active:
        raise Refused("Choose a peer with an account", field="peer")
    mentoring = Mentoring(council=council, peer=peer, started_on=started_on, ended_on=ended_on, recorded_by=by)
    _check_days(mentoring)
    mentoring.save()
    _record("mentoring_added", mentoring, by)
    return mentoring


@transaction.atomic
def end_mentoring(*, mentoring: Mentoring, ended_on: date, version: int, by: Any) -> Mentoring:
    """The last day, or another than was recorded. What is saved already is not saved again."""
    Council.objects.select_for_update().get(pk=mentoring.council_id)
    mentoring = Mentoring.objects.select_related("council", "peer").get(pk=mentoring.pk)
    if mentoring.ended_on == ended_on:
        return mentoring
    check_version(mentoring, version)
    mentoring.ended_on = ended_on
    _check_days(mentoring)
    Mentoring.objects.filter(pk=mentoring.pk).update(ended_on=ended_on, version=F("version") + 1)
    mentoring.refresh_from_db()
    _record("mentoring_ended", mentoring, by)
    return mentoring


def _record(verb: str, mentoring: Mentoring, by: Any) -> None:
    until = f" to {day_text(mentoring.ended_on)}" if mentoring.ended_on else ""
    record(
        verb=verb,
        by=by,
        council=mentoring.council,
        data={
            "council": mentoring.council.name,
            "peer": mentoring.peer.full_name,
            "days": f"from {day_text(mentoring.started_on)}{until}",
            "mentoring_id": mentoring.pk,
        },
        audience="private",
    )
