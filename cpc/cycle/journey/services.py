"""Changes of who looks after a council and of what is written down about it.

Each locks the council, so that two people cannot both be first. Events tell that something was written, never what.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.services import record
from cpc.casework.services import lock_councils
from cpc.components.errors import Refused, Stale
from cpc.components.versioned import check_version
from cpc.cycle.journey.queries import forget_councils_advised
from cpc.cycle.models import (
    AdviserPost,
    ContactLogEntry,
    Conversation,
    ConversationState,
    JourneyEntry,
    JourneyKind,
    SupportLogEntry,
)
from cpc.cycle.review_load import REVIEW_KINDS
from cpc.cycle.services import close_prompts

# A hand-over is planned, but not years ahead.
MOST_MONTHS_AHEAD = 12
# Reviews are planned further ahead; what lies beyond is a slip of the pen.
MOST_MONTHS_PLANNED = 36


def day_text(on: date) -> str:
    return f"{on:%-d %B %Y}"


def _locked(council: Council) -> Council:
    return Council.objects.select_for_update().get(pk=council.pk)


def _not_in_future(on: date, field: str, noun: str) -> None:
    if on > timezone.localdate():
        raise Refused(f"{noun} must be today or in the past", field=field)


@transaction.atomic
def hand_over_council(*, council: Council, user: User, on: date, note: str, seen: int, by: Any) -> AdviserPost:
    """R90: another principal adviser from this day on. `seen` is the post that the page showed as the last; 0 for none.

    The note is kept with the post that ends: whoever leaves writes it for whoever follows. Where nobody leaves, it is
    kept with the post that begins.
    """
    council = _locked(council)
    if user.role != Role.PRINCIPAL_ADVISER or not user.is_active:
        raise Refused("Choose a principal adviser with an account", field="user")
    last = AdviserPost.objects.filter(council=council, ended_on__isnull=True).first()
    if last and (last.user_id, last.started_on) == (user.pk, on):
        return last
    if seen != (last.pk if last else 0):
        raise Stale("Someone else handed this council over while you had the page open.")
    if on > timezone.localdate() + relativedelta(months=MOST_MONTHS_AHEAD):
        raise Refused(f"First day must be within {MOST_MONTHS_AHEAD} months from today", field="on")
    if last:
        if last.user_id == user.pk:
            raise Refused(f"{user.full_name} is the principal adviser already", field="user")
        if on <= last.started_on:
            raise Refused(
                f"First day must be after {day_text(last.started_on)}, the first day of {last.user.full_name}",
                field="on",
            )
        if not note.strip():
            raise Refused("Enter what the next principal adviser needs to know", field="note")
        AdviserPost.objects.filter(pk=last.pk).update(
            ended_on=on - timedelta(days=1), handover_note=note.strip(), version=F("version") + 1
        )
    else:
        before = AdviserPost.objects.filter(council=council, ended_on__gte=on).first()
        if before:
            raise Refused("First day must be after the last day of the principal adviser before", field="on")
    post = AdviserPost.objects.create(
        council=council, user=user, started_on=on, opening_note="" if last else note.strip()
    )
    record(
        verb="council_handed_over",
        by=by,
        council=council,
        data={"adviser": user.full_name, "council": council.name, "day": day_text(on), "post_id": post.pk},
        audience="lga",
    )
    forget_councils_advised(by)
    forget_councils_advised(user)
    return post


@transaction.atomic
def hand_over_councils(
    *, leaving: User, notes: dict[AdviserPost, str], user: User, on: date, by: Any
) -> list[AdviserPost]:
    """R90: all these councils of one principal adviser to another from the same day on, or none of them.

    `notes`: for each post of the leaving adviser that the page showed, what whoever follows needs to know there.
    """
    if not notes:
        raise Refused("Choose at least one council")
    if any(post.user_id != leaving.pk for post in notes):
        raise Refused(f"These are not all councils of {leaving.full_name}")
    # In one order, so that two hand-overs at once do not wait for each other in a circle.
    lock_councils([post.council for post in notes])
    found = []
    for post, note in sorted(notes.items(), key=lambda each: each[0].council_id):
        name = post.council.name
        try:
            found.append(hand_over_council(council=post.council, user=user, on=on, note=note, seen=post.pk, by=by))
        except Stale as error:
            raise Stale(f"Someone else handed {name} over while you had the page open.") from error
        except Refused as error:
            field = f"note_{post.pk}" if error.field == "note" else error.field
            message = error.message if error.field == "user" else f"{name}: {error.message}"
            raise Refused(message, field=field) from error
    return found


@transaction.atomic
def log_contact(*, council: Council, on: date, with_whom: str, text: str, form_key: UUID, by: Any) -> ContactLogEntry:
    """Who spoke with whom about a challenge. `form_key` makes a second press of the button harmless."""
    council = _locked(council)
    standing = ContactLogEntry.objects.filter(form_key=form_key).first()
    if standing and (standing.council_id, standing.written_by_id) == (council.pk, by.pk):
        return standing
    if standing:
        raise Refused("This form has been used already. Open the page again.")
    _not_in_future(on, "on", "Day")
    entry = ContactLogEntry.objects.create(
        council=council, on=on, with_whom=with_whom.strip(), text=text.strip(), written_by=by, form_key=form_key
    )
    record(
        verb="contact_logged",
        by=by,
        council=council,
        data={"council": council.name, "entry_id": entry.pk},
        audience="private",
    )
    return entry


def _open_conversation(council: Council) -> Conversation | None:
    return Conversation.objects.select_for_update().filter(council=council, ended_on__isnull=True).first()


@transaction.atomic
def record_conversation(
    *, council: Council, state: str, reason: str, started_on: date, seen: int, by: Any
) -> Conversation:
    """How it stands with a council from this day on. `seen` is the open state that the page showed; 0 for none.

    The state before ends the day before; one that began on the same day ends with it. Whoever speaks with the council
    has acted on what prompted them.
    """
    council = _locked(council)
    state, reason = ConversationState(state), reason.strip()
    before = _open_conversation(council)
    if before and (before.state, before.reason, before.started_on) == (state, reason, started_on):
        return before
    if seen != (before.pk if before else 0):
        raise Stale("Someone else recorded the status while you had the page open.")
    if state == ConversationState.DECLINED and not reason:
        raise Refused("Enter the reason that the council gave", field="reason")
    _not_in_future(started_on, "started_on", "First day")
    if before:
        if started_on < before.started_on:
            raise Refused(
                f"First day must be the same as or after {day_text(before.started_on)}, "
                f"when “{before.get_state_display()}” began",
                field="started_on",
            )
        before.ended_on = max(started_on - timedelta(days=1), before.started_on)
        before.save(update_fields=["ended_on"])
    conversation = Conversation.objects.create(
        council=council, state=state, reason=reason, started_on=started_on, recorded_by=by
    )
    close_prompts(councils=[council], by=by)
    record(
        verb="conversation_recorded",
        by=by,
        council=council,
        data={"council": council.name, "state": state.label, "day": day_text(started_on)},
        audience="lga",
    )
    return conversation


@transaction.atomic
def end_conversation(*, council: Council, ended_on: date, seen: int, by: Any) -> Conversation:
    """The state no longer holds after this day, and nothing is recorded in its place. The same day again changes nothing."""
    council = _locked(council)
    conversation = Conversation.objects.select_for_update().filter(council=council, pk=seen).first()
    if conversation is None:
        raise Stale("Someone else recorded the status while you had the page open.")
    if conversation.ended_on == ended_on:
        return conversation
    if conversation.ended_on:
        raise Stale("Someone else recorded the end of this while you had the page open.")
    _not_in_future(ended_on, "ended_on", "Last day")
    if ended_on < conversation.started_on:
        raise Refused(
            f"Last day must be the same as or after {day_text(conversation.started_on)}, when it began",
            field="ended_on",
        )
    conversation.ended_on = ended_on
    conversation.save(update_fields=["ended_on"])
    record(
        verb="conversation_ended",
        by=by,
        council=council,
        data={"council": council.name, "state": conversation.get_state_display(), "day": day_text(ended_on)},
        audience="lga",
    )
    return conversation


@transaction.atomic
def log_support(*, council: Council, on: date, text: str, form_key: UUID, by: Any) -> SupportLogEntry:
    """R89: support below the radar. `form_key` makes a second press of the button harmless."""
    council = _locked(council)
    standing = SupportLogEntry.objects.filter(form_key=form_key).first()
    if standing and (standing.council_id, standing.written_by_id) == (council.pk, by.pk):
        return standing
    if standing:
        raise Refused("This form has been used already. Open the page again.")
    _not_in_future(on, "on", "Day")
    entry = SupportLogEntry.objects.create(council=council, on=on, text=text.strip(), written_by=by, form_key=form_key)
    record(
        verb="support_logged",
        by=by,
        council=council,
        data={"council": council.name, "entry_id": entry.pk},
        audience="private",
    )
    return entry


def _journey_facts(
    council: Council, kind: str, name: str, started_on: date, ended_on: date | None, address: str, entry_id: int = 0
) -> dict[str, Any]:
    """What is saved of an entry, once it is found right. A planned end may lie ahead; a beginning only of a review, so that
    a challenge is not agreed for the same months (R93)."""
    facts = {
        "kind": JourneyKind(kind),
        "name": name.strip(),
        "started_on": started_on,
        "ended_on": ended_on,
        "address": address.strip(),
    }
    if kind not in REVIEW_KINDS:
        _not_in_future(started_on, "started_on", "First day")
    elif started_on > timezone.localdate() + relativedelta(months=MOST_MONTHS_PLANNED):
        raise Refused(f"First day must be within {MOST_MONTHS_PLANNED} months from today", field="started_on")
    if ended_on and ended_on < started_on:
        raise Refused("Last day must be the same as or after the first day", field="ended_on")
    same = JourneyEntry.objects.filter(council=council, kind=kind, name=facts["name"], started_on=started_on)
    if same.exclude(pk=entry_id).exists():
        raise Refused("This is on the journey already, with the same kind, name and first day", field="name")
    return facts


@transaction.atomic
def add_journey_entry(
    *, council: Council, kind: str, name: str, started_on: date, ended_on: date | None, address: str, by: Any
) -> JourneyEntry:
    """R95, R97: an intervention, a notice or another review. The same again is the same entry."""
    council = _locked(council)
    same = JourneyEntry.objects.filter(
        council=council,
        kind=kind,
        name=name.strip(),
        started_on=started_on,
        ended_on=ended_on,
        address=address.strip(),
    ).first()
    if same:
        return same
    facts = _journey_facts(council, kind, name, started_on, ended_on, address)
    entry = JourneyEntry.objects.create(council=council, recorded_by=by, **facts)
    _record("journey_entry_added", entry, by)
    return entry


@transaction.atomic
def change_journey_entry(
    *,
    entry: JourneyEntry,
    kind: str,
    name: str,
    started_on: date,
    ended_on: date | None,
    address: str,
    version: int,
    by: Any,
) -> JourneyEntry:
    """Everything about an entry, its end too. What is saved already is not saved again."""
    council = _locked(entry.council)
    entry = JourneyEntry.objects.select_for_update().get(pk=entry.pk)
    facts = {
        "kind": kind,
        "name": name.strip(),
        "started_on": started_on,
        "ended_on": ended_on,
        "address": address.strip(),
    }
    if all(getattr(entry, field) == value for field, value in facts.items()):
        return entry
    check_version(entry, version)
    facts = _journey_facts(council, kind, name, started_on, ended_on, address, entry.pk)
    JourneyEntry.objects.filter(pk=entry.pk).update(version=F("version") + 1, **facts)
    entry.refresh_from_db()
    _record("journey_entry_changed", entry, by)
    return entry


@transaction.atomic
def end_journey_entry(*, entry: JourneyEntry, ended_on: date, version: int, by: Any) -> JourneyEntry:
    """The last day of what has not ended yet, or another last day than was planned."""
    return change_journey_entry(
        entry=entry,
        kind=entry.kind,
        name=entry.name,
        started_on=entry.started_on,
        ended_on=ended_on,
        address=entry.address,
        version=version,
        by=by,
    )


def _record(verb: str, entry: JourneyEntry, by: Any) -> None:
    until = f" to {day_text(entry.ended_on)}" if entry.ended_on else ""
    record(
        verb=verb,
        by=by,
        council=entry.council,
        data={
            "council": entry.council.name,
            "kind": entry.get_kind_display(),
            "name": entry.name,
            "days": f"from {day_text(entry.started_on)}{until}",
            "entry_id": entry.pk,
        },
        audience="lga",
    )
