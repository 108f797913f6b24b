"""Changes at stage 4."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from assessments.onsite.models import (
    DailyTalk,
    FinalFeedback,
    Finding,
    FindingState,
    OnsiteDay,
    Session,
    SessionKind,
    TalkPair,
    TalkState,
    is_span,
)
from assessments.onsite.permissions import sees_off_record
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases import access
from cpc.cases.models import Case, CaseMembership, CaseRole, FocusArea
from cpc.cases.stages import Stage
from cpc.casework.services import lock_for_stage
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.shown import gtime, saved_value
from cpc.components.versioned import check_version, is_current, save_versioned
from cpc.drafts.shared.services import save_words
from cpc.notifications.services import queue_notification


def ensure_days(case: Case, by: User | None = None) -> None:
    """A day, and its two talks, for each date of the case. Days that fell away go when nothing stands on them."""
    if case.onsite_start_on is None or case.onsite_end_on is None:
        return
    number = (case.onsite_end_on - case.onsite_start_on).days + 1
    wanted = {case.onsite_start_on + timedelta(days=offset) for offset in range(number)}
    held = {day.on: day for day in case.onsite_days.all()}
    for on in sorted(wanted - set(held)):
        day = OnsiteDay.objects.create(case=case, on=on)
        DailyTalk.objects.bulk_create(DailyTalk(day=day, pair=pair) for pair in TalkPair)
    for on in set(held) - wanted:
        day = held[on]
        if not day.sessions.exists() and not day.talks.exclude(state=TalkState.PLANNED).exists():
            day.delete()


def open_onsite(case: Case, by: User) -> None:
    """on_enter. The timetable may have been begun when the dates were agreed."""
    ensure_days(case, by)


def _day_text(day: OnsiteDay) -> str:
    return f"{day.on:%-d %B}"


def _check_times(starts_at: time, ends_at: time) -> None:
    if not is_span(starts_at, ends_at):
        raise Refused("The session must end after it starts", field="ends_at")


def _check_kind(case: Case, kind: str, by: User) -> None:
    """The council makes no session off the record: it could not see or change it afterwards (R43)."""
    if kind == SessionKind.OFF_RECORD and not sees_off_record(by, case):
        raise Refused("The peer team or the LGA adds what is off the record.", field="kind")


def _check_peers(case: Case, peers: list[CaseMembership]) -> None:
    if any(peer.case_id != case.pk or not peer.role.endswith("_peer") for peer in peers):
        raise Refused("Choose peers of this team", field="peers")


def _tell_of_change(session: Session, case: Case, what: str, by: User, *, kind: str = "session_changed") -> None:
    """R34: people of the session are told when it changes during the week. Off the record a mail says no more than the
    timetable shows to all."""
    title = session.get_kind_display() if session.is_off_record else session.title
    for peer in session.peers.select_related("user"):
        if peer.user_id != by.pk:
            queue_notification(
                kind=kind,
                to=peer.user,
                case=case,
                subject_key=f"session:{session.pk}:{session.version}",
                context={
                    "case_title": case.title,
                    "what": f"“{title}” {what}",
                    "title": title,
                    "place": "" if session.is_off_record else session.place,
                    "starts": session.starts.isoformat(),
                    "ends": session.ends.isoformat(),
                    "session_id": session.pk,
                    "url": f"/cases/{case.reference}/onsite/",
                },
            )


# What a mail says of a session that stays where it is.
TOLD = {"ends_at": "end", "place": "place", "title": "title"}


def _changed_text(before: dict[str, Any], session: Session) -> str:
    changes = [
        f"the {label} is now {saved_value(getattr(session, name))}, not {saved_value(was)}"
        for (name, label), was in zip(TOLD.items(), before.values(), strict=True)
        if was != getattr(session, name) and not session.is_off_record
    ]
    return f"has changed: {'; '.join(changes)}" if changes else "has changed"


@transaction.atomic
def add_session(
    *,
    case: Case,
    day: OnsiteDay,
    kind: str,
    title: str,
    starts_at: time,
    ends_at: time,
    place: str,
    who_with: str,
    political_group: str,
    peers: list[CaseMembership],
    by: User,
) -> Session:
    """A session of the timetable; the very same again is the same session (double post)."""
    case = lock_for_stage(case, Stage.ONSITE)
    _check_times(starts_at, ends_at)
    _check_kind(case, kind, by)
    _check_peers(case, peers)
    if day.case_id != case.pk:
        raise Refused("Choose an onsite day of this peer challenge", field="day")
    # Everything is compared: two groups of staff may be heard at one time under one title.
    values = {
        "day": day,
        "kind": kind,
        "title": title.strip(),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "place": place.strip(),
        "who_with": who_with.strip(),
        "political_group": political_group.strip(),
    }
    wanted = {peer.pk for peer in peers}
    for same in Session.objects.filter(**values).prefetch_related("peers"):
        if {peer.pk for peer in same.peers.all()} == wanted:
            return same
    session = Session.objects.create(**values)
    session.peers.set(peers)
    record(verb="session_added", by=by, case=case, data={"day": _day_text(day)})
    return session


@transaction.atomic
def change_session(
    *,
    session: Session,
    day: OnsiteDay,
    kind: str,
    title: str,
    starts_at: time,
    ends_at: time,
    place: str,
    who_with: str,
    political_group: str,
    peers: list[CaseMembership],
    version: int,
    by: User,
) -> Session:
    """Change or move a session; a move is recorded with both times, and its peers are told."""
    case = lock_for_stage(session.day.case_id, Stage.ONSITE)
    _check_times(starts_at, ends_at)
    _check_kind(case, kind, by)
    _check_peers(case, peers)
    if day.case_id != case.pk:
        raise Refused("Choose an onsite day of this peer challenge", field="day")
    session = Session.objects.select_related("day").get(pk=session.pk)
    before_day, before_time = session.day, session.starts_at
    before = {name: getattr(session, name) for name in TOLD}
    if not save_versioned(
        session,
        version=version,
        day=day,
        kind=kind,
        title=title.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        place=place.strip(),
        who_with=who_with.strip(),
        political_group=political_group.strip(),
        is_same=set(peers) == set(session.peers.all()),
    ):
        return session
    session.peers.set(peers)
    if (before_day.pk, before_time) != (day.pk, starts_at):
        times = [f"{gtime(before_time)} on {_day_text(before_day)}", f"{gtime(starts_at)} on {_day_text(day)}"]
        record(verb="session_moved", by=by, case=case, data=dict(zip(("before", "after"), times, strict=True)))
        if before_day.pk == day.pk:
            times[0] = gtime(before_time)
        _tell_of_change(session, case, f"has moved from {times[0]} to {times[1]}", by)
    else:
        record(verb="session_changed", by=by, case=case, data={"day": _day_text(day)})
        _tell_of_change(session, case, _changed_text(before, session), by)
    return session


@transaction.atomic
def remove_session(*, session: Session, reason: str, by: User) -> None:
    case = lock_for_stage(session.day.case_id, Stage.ONSITE)
    found = Session.objects.select_related("day").filter(pk=session.pk).first()
    if found is None:
        raise AlreadyMoved("This session was already removed.")
    if not reason.strip():
        raise Refused("Enter why the session is removed", field="reason")
    record(verb="session_removed", by=by, case=case, data={"day": _day_text(found.day), "reason": reason.strip()})
    what = f"on {_day_text(found.day)} at {gtime(found.starts_at)} has been removed from the timetable"
    _tell_of_change(found, case, what, by, kind="session_removed")
    found.peers.clear()
    found.delete()


@transaction.atomic
def record_talk(*, talk: DailyTalk, state: str, version: int | None = None, by: User) -> DailyTalk:
    """R33: that it took place, moved or was not held. Never what was said."""
    case = lock_for_stage(talk.day.case_id, Stage.ONSITE)
    talk = DailyTalk.objects.select_for_update(of=("self",)).select_related("day").get(pk=talk.pk)
    if talk.state == state:
        return talk
    if state != TalkState.PLANNED and talk.day.on > timezone.localdate():
        raise Refused("This day has not come yet.", field="state")
    if not save_versioned(
        talk, version=version, state=state, stamps={"recorded_at": timezone.now(), "recorded_by": by}
    ):
        return talk
    record(
        verb="daily_talk_recorded",
        by=by,
        case=case,
        data={"pair": talk.get_pair_display(), "day": _day_text(talk.day), "state": talk.get_state_display().lower()},
        audience="team",
    )
    return talk


# ------------------------------------------------------------------ findings

# What the lead peers stand behind.
ENDORSED = ("headline", "text", "kind")


def _logged_under(client_key: UUID, case: Case, by: User) -> Finding | None:
    standing = Finding.objects.filter(client_key=client_key).first()
    if standing and (standing.case_id != case.pk or standing.logged_by_id != by.pk):
        raise Refused("Open the page again and log the finding once more.")
    return standing


def _trimmed(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in told.items()}


@transaction.atomic
def log_finding(
    *,
    case: Case,
    focus_area: FocusArea,
    client_key: UUID,
    by: User,
    **told: Any,
) -> Finding:
    """Log what was seen, with what its form tells by the names of the fields. The key makes a repeated post harmless: the
    finding that stands is returned.

    Other words under a key that was used are another finding: somebody went back a page and typed on. Nothing is lost.
    """
    case = lock_for_stage(case, Stage.ONSITE)
    if focus_area.case_id != case.pk:
        raise Refused("Choose an area of this peer challenge", field="focus_area")
    values = {"focus_area": focus_area, **_trimmed(told)}
    standing = _logged_under(client_key, case, by)
    if standing and is_current(standing, 0) and any(getattr(standing, name) != value for name, value in values.items()):
        client_key = uuid5(client_key, repr([focus_area.pk, *list(values.values())[1:]]))
        standing = _logged_under(client_key, case, by)
    if standing:
        return standing
    finding = Finding.objects.create(case=case, client_key=client_key, logged_by=by, **values)
    record(verb="finding_logged", by=by, case=case, data={"area": focus_area.name}, audience="team")
    return finding


@transaction.atomic
def change_finding(
    *,
    finding: Finding,
    version: int,
    by: User,
    **told: Any,
) -> Finding:
    """Change what is told of a finding, by the names of its fields; the rest stays. Changed words lose their endorsements:
    they were given for other words."""
    case = lock_for_stage(finding.case_id, Stage.ONSITE)
    finding = Finding.objects.select_related("focus_area").get(pk=finding.pk)
    changes = _trimmed(told)
    focus_area, state = changes.get("focus_area", finding.focus_area), changes.get("state", finding.state)
    if focus_area.case_id != case.pk:
        raise Refused("Choose an area of this peer challenge", field="focus_area")
    reworded = any(getattr(finding, name) != changes[name] for name in ENDORSED if name in changes)
    moved = finding.state != state
    if moved:
        changes["state_changed_on"] = timezone.localdate()
    if reworded:
        changes |= {"endorsed_by_member": None, "endorsed_by_officer": None}
    if not save_words(finding, by=by, version=version, **changes):
        return finding
    if moved:
        data = {"area": focus_area.name, "state": FindingState(state).label.lower()}
        record(verb="finding_state_changed", by=by, case=case, data=data, audience="team")
    else:
        record(verb="finding_changed", by=by, case=case, data={"area": focus_area.name}, audience="team")
    return finding


@transaction.atomic
def endorse_finding(*, finding: Finding, version: int | None = None, by: User) -> Finding:
    """R16: the lead member peer and the lead officer peer each stand behind it in their own right.

    `version` is the finding that was read: nobody stands behind words that they have not seen.
    """
    case = lock_for_stage(finding.case_id, Stage.ONSITE)
    finding = Finding.objects.select_for_update(of=("self",)).select_related("focus_area").get(pk=finding.pk)
    roles = access.roles_on(by, case)
    if CaseRole.LEAD_MEMBER_PEER in roles:
        field = "endorsed_by_member"
    elif CaseRole.LEAD_OFFICER_PEER in roles:
        field = "endorsed_by_officer"
    else:
        raise Refused("The two lead peers endorse findings.")
    if getattr(finding, f"{field}_id"):
        raise AlreadyMoved("You have already endorsed this finding.")
    check_version(finding, version, "Someone has changed this finding since you opened the page. Read it again first.")
    setattr(finding, field, by)
    finding.version += 1
    finding.save(update_fields=[field, "version"])
    record(verb="finding_endorsed", by=by, case=case, data={"area": finding.focus_area.name}, audience="team")
    return finding


@transaction.atomic
def record_final_feedback(
    *, case: Case, held_on: date, leader_heard_first: bool, chief_executive_heard_first: bool, version: int, by: User
) -> FinalFeedback:
    """The presentation on the last day; recorded again it is corrected."""
    case = lock_for_stage(case, Stage.ONSITE)
    if held_on > timezone.localdate():
        raise Refused("The final feedback must be today or in the past", field="held_on")
    if case.onsite_start_on and held_on < case.onsite_start_on:
        raise Refused("The final feedback must be on or after the first onsite day", field="held_on")
    values: dict = {
        "held_on": held_on,
        "leader_heard_first": leader_heard_first,
        "chief_executive_heard_first": chief_executive_heard_first,
    }
    feedback = FinalFeedback.objects.select_for_update().filter(case=case).first()
    if feedback is None:
        feedback = FinalFeedback.objects.create(case=case, recorded_by=by, version=1, **values)
    elif all(getattr(feedback, name) == value for name, value in values.items()) or not save_versioned(
        feedback, version=version, **values, stamps={"recorded_at": timezone.now(), "recorded_by": by}
    ):
        return feedback
    record(verb="final_feedback_recorded", by=by, case=case, data={"on": f"{held_on:%-d %B %Y}"})
    return feedback
