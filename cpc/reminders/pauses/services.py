"""Pausing reminders: of a case, of a council, or to one address; with a reason and a last day, for the LGA to see."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.components.errors import Refused, Stale
from cpc.components.text import NotAnAddress, email_address
from cpc.reminders.models import ReminderPause
from cpc.reminders.pauses.queries import is_reminded, last_pause

OVER_ALREADY = "This pause was over already. Nothing was changed."


def about_of(pause: ReminderPause) -> str:
    """What is paused, in words; an address has no place in a record that is never deleted."""
    if pause.case is not None:
        return f"the peer challenge of {pause.case.title}"
    return pause.council.name if pause.council is not None else "one person"


def what_lifting_does(pause: ReminderPause) -> str:
    return (
        f"The pause for {pause.email or about_of(pause)} would last until {pause.ends_on:%-d %B %Y}. "
        "The last missed reminder will be sent."
    )


def why_over(pause: ReminderPause) -> str:
    """That a pause has ended, and when; empty while it lasts."""
    ended_on = timezone.localdate(pause.lifted_at) if pause.lifted_at else pause.ends_on
    if pause.lifted_at is None and ended_on >= timezone.localdate():
        return ""
    return f"The pause for {pause.email or about_of(pause)} ended on {ended_on:%-d %B %Y}. Reminders are sent again."


@transaction.atomic
def pause_reminders(
    *,
    case: Case | None = None,
    council: Any = None,
    email: str = "",
    reason: str,
    ends_on: date,
    seen: int | None = None,
    by: User,
) -> ReminderPause:
    """From today to a last day (inclusive) nobody is reminded of this case or council, or this address of anything. The
    same again is the same pause. Raises Refused for a last day in the past or too far away, or no reason.

    `seen` is the last pause that the page showed, 0 for none: Stale when there is another by now.
    """
    today, reason = timezone.localdate(), reason.strip()
    if [bool(case), bool(council), bool(email)].count(True) != 1:
        raise Refused("Choose one council, or enter one email address", field="email")
    try:
        email = email_address(email) if email else ""
    except NotAnAddress as error:
        raise Refused(str(error), field="email") from error
    if not reason:
        raise Refused("Enter why reminders are paused", field="reason")
    if ends_on < today:
        raise Refused("The last day must be today or in the future", field="ends_on")
    furthest = today + timedelta(days=settings.REMINDER_PAUSE_MOST_DAYS)
    if ends_on > furthest:
        raise Refused(f"The last day must be before {furthest + timedelta(days=1):%-d %B %Y}", field="ends_on")
    if case is not None and case.is_over:
        raise Refused("This peer challenge is over, so no reminders are sent.")
    if email and not is_reminded(email):
        raise Refused(
            "No one who gets reminders has this address. Check the spelling",
            field="email",
        )
    about = {"case": case, "council": council, "email": email}
    # Whoever is about to do the same, or something else about the same, waits here and finds it done.
    User.objects.select_for_update().get(pk=by.pk)
    subject = case or council
    if subject is not None:
        type(subject)._base_manager.select_for_update(of=("self",)).get(pk=subject.pk)
    standing = ReminderPause.objects.filter(**about, lifted_at__isnull=True, ends_on=ends_on, reason=reason).first()
    if standing is not None:
        return standing
    last = last_pause(case=case, council=council) if seen is not None else None
    if seen is not None and seen != (last.pk if last else 0):
        raise Stale("Someone else paused these reminders, or ended a pause, while you were writing.", now=last)
    pause = ReminderPause.objects.create(**about, reason=reason, starts_on=today, ends_on=ends_on, made_by=by)
    record(
        verb="reminders_paused",
        by=by,
        case=case,
        council=council,
        data={"about": about_of(pause), "until": f"{ends_on:%-d %B %Y}"},
        audience="lga",
    )
    return pause


@transaction.atomic
def lift_pause(*, pause_id: int, by: User) -> bool:
    """Reminders go out again, the last that was missed included. False when it was lifted or over (a second click)."""
    pause = (
        ReminderPause.objects.select_for_update(of=("self",))
        .select_related("case__council", "council")
        .get(pk=pause_id)
    )
    if pause.lifted_at is not None or pause.ends_on < timezone.localdate():
        return False
    pause.lifted_at, pause.lifted_by = timezone.now(), by
    pause.save(update_fields=["lifted_at", "lifted_by"])
    record(
        verb="reminder_pause_lifted",
        by=by,
        case=pause.case,
        council=pause.council,
        data={"about": about_of(pause)},
        audience="lga",
    )
    return True
