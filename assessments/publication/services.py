"""One rule for what is published: the report, the action plan, the progress review. The caller locks the case and the
row, and asks what is its own: the state, the stage, what must be ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NotRequired, TypedDict, TypeVar

from django.utils import timezone

from assessments.publication.models import PUBLISHED, PublicationFields
from assessments.publication.queries import people_to_tell, poll_of_period
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.models import Case
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import save_versioned
from cpc.deadlines.services import settle_deadline
from cpc.notifications.services import queue_notification

Row = TypeVar("Row", bound=PublicationFields)


@dataclass(frozen=True)
class Publication:
    """What differs: its name in sentences, the verbs of its events, the deadline that it meets, the kind of its mail and
    the page of the case where it is read."""

    name: str
    published: str
    before_poll: str
    corrected: str
    deadline: str
    mail: str
    page: str


class Told(TypedDict):
    """What a person says of a publication; `version` is the row that they read."""

    published_on: date
    published_address: str
    pre_election_reason: NotRequired[str]
    version: int


class Corrected(Told):
    reason: str


def check_day(case: Case, on: date, row: PublicationFields, *, field: str = "published_on") -> None:
    """Today or past, not before the last onsite day, and not before what this row comes after."""
    if on > timezone.localdate():
        raise Refused("The publication date must be today or in the past", field=field)
    if case.onsite_end_on and on < case.onsite_end_on:
        raise Refused(
            f"The publication date must be {case.onsite_end_on:%-d %B %Y}, the last onsite day, or later", field=field
        )
    earliest = row.not_before()
    if earliest and on < earliest:
        raise Refused(
            f"The publication date must be {earliest:%-d %B %Y}, the last day of the {row.comes_after}, or later",
            field=field,
        )


def publish(
    of: Publication, row: Row, *, case: Case, by: User, changes: dict[str, Any] | None = None, **told: Any
) -> Row:
    """Record the publication with what else `changes` in the row: meets the deadline, tells everybody on the case."""
    poll, said = _checked(of, row, case, told)
    if not save_versioned(row, version=told["version"], state=PUBLISHED, **said, **(changes or {})):
        return row
    settle_deadline(case=case, kind=of.deadline, by=by)
    data = {"on": f"{row.published_on:%-d %B %Y}", "address": row.published_address}
    record(verb=of.published, by=by, case=case, data=data)
    _record_before_poll(of, row, case, poll, by)
    _tell(of, row, case, by)
    return row


def correct(of: Publication, row: Row, *, case: Case, by: User, **told: Any) -> Row:
    """Correct a wrong date, address or pre-election reason at any time, also after the stage was left or the case closed;
    the first values stay in the event. No one is told again: the mail names neither date nor address, it leads to the
    page on which the right ones stand."""
    if row.state != PUBLISHED:
        raise AlreadyMoved(f"The {of.name} is not published, so there is nothing to correct.")
    reason = told["reason"].strip()
    if not reason:
        raise Refused("Enter what was wrong", field="reason")
    poll, said = _checked(of, row, case, told)
    stood = {name: getattr(row, name) for name in said}
    if stood == said:
        raise AlreadyMoved("This date and address are already recorded, so nothing was changed.")
    if not save_versioned(row, version=told["version"], **said):
        return row
    settle_deadline(case=case, kind=of.deadline, by=by)
    record(
        verb=of.corrected,
        by=by,
        case=case,
        data={"before": _in_words(stood, said), "after": _in_words(said, stood), "reason": reason},
    )
    if any(stood[name] != said[name] for name in ("published_on", "pre_election_reason")):
        _record_before_poll(of, row, case, poll, by)
    return row


def take_back(row: PublicationFields) -> None:
    """For a row that is reopened, to be saved by the caller. The events keep what was recorded."""
    row.published_on, row.published_address, row.pre_election_reason = None, "", ""


def _checked(
    of: Publication, row: PublicationFields, case: Case, told: dict[str, Any]
) -> tuple[date | None, dict[str, Any]]:
    """The poll before which this is published, and what is written. In a pre-election period of any council of the case
    a reason is needed; for another day none is kept."""
    on, reason = told["published_on"], told.get("pre_election_reason", "").strip()
    check_day(case, on, row)
    found = poll_of_period(case, on)
    if found and not reason:
        poll, council = found
        raise Refused(
            f"This day lies in the pre-election period of {council.name} before the poll of {poll:%-d %B %Y}. "
            f"Enter why the {of.name} was published then",
            field="pre_election_reason",
        )
    said = {
        "published_on": on,
        "published_address": told["published_address"],
        "pre_election_reason": reason if found else "",
    }
    return (found[0] if found else None), said


def _record_before_poll(of: Publication, row: PublicationFields, case: Case, poll: date | None, by: User) -> None:
    if poll:
        data = {"on": f"{row.published_on:%-d %B %Y}", "poll": f"{poll:%-d %B %Y}", "reason": row.pre_election_reason}
        record(verb=of.before_poll, by=by, case=case, data=data)


def _in_words(values: dict[str, Any], others: dict[str, Any]) -> str:
    """Date and address, and the pre-election reason where it is another one."""
    words = f"{values['published_on']:%-d %B %Y}, {values['published_address']}"
    if values["pre_election_reason"] == others["pre_election_reason"]:
        return words
    return f"{words}, pre-election reason “{values['pre_election_reason'] or 'none'}”"


def _tell(of: Publication, row: PublicationFields, case: Case, by: User) -> None:
    """Once for each publication: what is reopened and published again is told again."""
    for person in people_to_tell(case, but=by):
        queue_notification(
            kind=of.mail,
            to=person,
            case=case,
            subject_key=f"{of.mail}:{row.pk}:version:{row.version}",
            context={"case_title": case.title, "url": f"/cases/{case.reference}/{of.page}/"},
        )
