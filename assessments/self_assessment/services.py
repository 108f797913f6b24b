"""Changes at stage 3."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from assessments.self_assessment.models import (
    PositionStatement,
    SectionComment,
    SectionContributor,
    Snapshot,
    StatementSection,
    StatementState,
)
from assessments.self_assessment.queries import sections_of, words_of
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.services import record
from cpc.cases.errors import StageClosed
from cpc.cases.in_force import host_councils
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.cases.queries import recipients_of
from cpc.cases.stages import Stage
from cpc.casework.services import add_member, lock_case, lock_for_stage
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import check_version
from cpc.deadlines.models import DeadlineState
from cpc.deadlines.services import settle_deadline
from cpc.documents.models import Document
from cpc.documents.services import add_document
from cpc.drafts.shared.services import save_words
from cpc.notifications.services import queue_notification

WRITABLE = (StatementState.DRAFT, StatementState.RETURNED)


def ensure_sections(case: Case) -> PositionStatement:
    """The statement with a section for each area of focus. What is there stays; run again it adds only what is new."""
    statement, _ = PositionStatement.objects.get_or_create(case=case)
    held = set(statement.sections.values_list("focus_area_id", flat=True))
    StatementSection.objects.bulk_create(
        StatementSection(statement=statement, focus_area=area) for area in case.focus_areas.all() if area.pk not in held
    )
    return statement


def lacks_sections(case: Case) -> bool:
    return case.focus_areas.filter(section__isnull=True).exists()


def open_statement(case: Case, by: User) -> None:
    """on_enter; the statement may have been begun when the dates were agreed."""
    ensure_sections(case)


def _needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(message, field=field)
    return text


def _statement_for_update(case: Case) -> PositionStatement:
    ensure_sections(case)
    return PositionStatement.objects.select_for_update().get(case=case)


def _require(statement: PositionStatement, *states: str) -> None:
    if statement.state not in states:
        raise AlreadyMoved(
            f"The position statement is now {statement.get_state_display().lower()}, so nothing was changed."
        )


@transaction.atomic
def change_section(
    *,
    section: StatementSection,
    context: str,
    successes: str,
    challenges: str,
    help_wanted: str,
    version: int,
    by: User,
) -> StatementSection:
    """Save one section. Raises Stale when somebody saved it first: nothing typed is lost."""
    case = lock_for_stage(section.statement.case_id, Stage.SELF_ASSESSMENT)
    _require(_statement_for_update(case), *WRITABLE)
    section = StatementSection.objects.select_related("focus_area").get(pk=section.pk)
    if not save_words(
        section,
        by=by,
        version=version,
        context=context.strip(),
        successes=successes.strip(),
        challenges=challenges.strip(),
        help_wanted=help_wanted.strip(),
        stamps={"changed_at": timezone.now(), "changed_by": by},
    ):
        return section
    record(
        verb="statement_section_changed", by=by, case=case, data={"area": section.focus_area.name}, audience="council"
    )
    return section


@transaction.atomic
def add_contributor(*, section: StatementSection, user: User, by: User) -> SectionContributor:
    """Ask somebody of the council to write one section. They join the case as a contributor and see only that."""
    case = lock_for_stage(section.statement.case_id, Stage.SELF_ASSESSMENT)
    standing = SectionContributor.objects.filter(section=section, user=user).first()
    if standing:
        return standing
    if not host_councils(case, timezone.localdate()).filter(pk=user.council_id or 0).exists() or not user.is_active:
        raise Refused(f"{user.full_name} is not of {case.title}.", field="user")
    contributor = SectionContributor.objects.create(section=section, user=user, added_by=by)
    if not CaseMembership.objects.in_force().filter(case=case, user=user).exists():
        add_member(case=case, user=user, role=CaseRole.CONTRIBUTOR, by=by)
    area = section.focus_area.name
    record(
        verb="section_contributor_added",
        by=by,
        case=case,
        data={"name": user.full_name, "area": area},
        audience="council",
    )
    due = case.deadlines.filter(kind="statement_submitted", state=DeadlineState.OPEN).first()
    queue_notification(
        kind="section_contributor",
        to=user,
        case=case,
        subject_key=f"section:{section.pk}:contributor:{contributor.pk}",
        context={
            "case_title": case.title,
            "url": f"/cases/{case.reference}/position-statement/",
            "asked_by": by.full_name,
            "section": area,
            "due": f"{due.due_on:%-d %B %Y}" if due else "",
        },
    )
    return contributor


@transaction.atomic
def remove_contributor(*, contributor: SectionContributor, by: User) -> None:
    """Their access to the section ends; what they wrote stays. Without a section left they leave the case."""
    case = lock_case(contributor.section.statement.case_id)
    found = SectionContributor.objects.select_related("user", "section__focus_area").filter(pk=contributor.pk).first()
    if found is None:
        raise AlreadyMoved("This person was already taken off the section.")
    record(
        verb="section_contributor_removed",
        by=by,
        case=case,
        data={"name": found.user.full_name, "area": found.section.focus_area.name},
        audience="council",
    )
    user = found.user
    found.delete()
    if not SectionContributor.objects.filter(user=user, section__statement__case=case).exists():
        CaseMembership.objects.filter(case=case, user=user, role=CaseRole.CONTRIBUTOR, removed_at__isnull=True).update(
            removed_at=timezone.now(), removed_by=by
        )


@transaction.atomic
def add_section_comment(*, section: StatementSection, text: str, by: User) -> SectionComment:
    """The same words again are the same comment (double post)."""
    case = lock_case(section.statement.case_id)
    if case.is_over:
        raise StageClosed("This peer challenge is over, so nothing can be added.")
    same = section.comments.filter(text=text.strip(), written_by=by).first()
    if same:
        return same
    comment = SectionComment.objects.create(section=section, text=text.strip(), written_by=by)
    record(verb="section_comment_added", by=by, case=case, data={"area": section.focus_area.name}, audience="council")
    return comment


def incomplete_sections(case: Case) -> list[StatementSection]:
    """Sections whose successes or challenges are still empty (R24, R25)."""
    return [section for section in sections_of(case) if section.missing()]


@transaction.atomic
def submit_statement(*, case: Case, by: User) -> PositionStatement:
    """Hand the statement to the LGA. Both successes and challenges are needed in every section."""
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    statement = _statement_for_update(case)
    _require(statement, *WRITABLE)
    empty = incomplete_sections(case)
    if empty:
        names = "; ".join(f"{section.focus_area.name} ({' and '.join(section.missing())})" for section in empty)
        raise Refused(f"Write what is missing first: {names}.")
    number = statement.snapshots.count() + 1
    Snapshot.objects.create(statement=statement, number=number, sections=words_of(sections_of(case)), taken_by=by)
    statement.state = StatementState.SUBMITTED
    statement.submitted_at, statement.submitted_by, statement.return_reason = timezone.now(), by, ""
    statement.version += 1
    statement.save()
    settle_deadline(case=case, kind="statement_submitted", by=by)
    record(verb="position_statement_submitted", by=by, case=case, data={"number": number})
    _tell(case, "statement_submitted", recipients_of(case, "LGA"), key=f"{statement.pk}:draft:{number}")
    return statement


def _tell(case: Case, kind: str, people: list[User], *, key: str) -> None:
    for person in people:
        queue_notification(
            kind=kind,
            to=person,
            case=case,
            subject_key=f"statement:{key}",
            context={"case_title": case.title, "url": f"/cases/{case.reference}/position-statement/"},
        )


@transaction.atomic
def recall_statement(*, case: Case, by: User) -> PositionStatement:
    """The council takes it back while the LGA has not accepted it."""
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    statement = _statement_for_update(case)
    _require(statement, StatementState.SUBMITTED)
    statement.state = StatementState.DRAFT
    statement.version += 1
    statement.save(update_fields=["state", "version"])
    settle_deadline(case=case, kind="statement_submitted", by=by)
    record(verb="position_statement_recalled", by=by, case=case)
    return statement


def _require_read(statement: PositionStatement, version: int | None) -> None:
    """Who decides must have read this draft: the council may have taken it back and submitted another."""
    check_version(
        statement, version, "The council has submitted another draft since you opened this page. Read it first."
    )


@transaction.atomic
def return_statement(*, case: Case, reason: str, version: int | None = None, by: User) -> PositionStatement:
    """Back to the council with what is missing. `version` is the statement that was read."""
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    statement = _statement_for_update(case)
    _require(statement, StatementState.SUBMITTED)
    _require_read(statement, version)
    reason = _needed(reason, "Enter what the council should look at again", "reason")
    statement.state = StatementState.RETURNED
    statement.return_reason = reason
    statement.version += 1
    statement.save(update_fields=["state", "return_reason", "version"])
    settle_deadline(case=case, kind="statement_submitted", by=by)
    record(verb="position_statement_returned", by=by, case=case, data={"reason": reason}, audience="council")
    _tell(
        case, "statement_returned", recipients_of(case, "Council"), key=f"{statement.pk}:returned:{statement.version}"
    )
    return statement


@transaction.atomic
def finalise_statement(*, case: Case, version: int | None = None, by: User) -> PositionStatement:
    """The LGA takes it as final. `version` is the statement that was read."""
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    statement = _statement_for_update(case)
    _require(statement, StatementState.SUBMITTED)
    _require_read(statement, version)
    statement.state = StatementState.FINAL
    statement.finalised_at, statement.finalised_by = timezone.now(), by
    statement.version += 1
    statement.save()
    record(verb="position_statement_finalised", by=by, case=case)
    return statement


@transaction.atomic
def reopen_statement(*, case: Case, reason: str, by: User) -> PositionStatement:
    """Back to writing with a reason; the draft that was accepted stays, and a pack that is out stays out with it."""
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    statement = _statement_for_update(case)
    _require(statement, StatementState.FINAL)
    reason = _needed(reason, "Enter why the position statement is reopened", "reason")
    statement.state = StatementState.RETURNED
    statement.return_reason = reason
    statement.finalised_at = statement.finalised_by = None
    statement.version += 1
    statement.save()
    settle_deadline(case=case, kind="statement_submitted", by=by)
    record(verb="position_statement_reopened", by=by, case=case, data={"reason": reason})
    return statement


# ------------------------------------------------------------------ the pack


@transaction.atomic
def add_pack_document(*, case: Case, title: str, upload, by: User) -> Document:
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    document = add_document(case=case, kind="pack", title=title, upload=upload, by=by)
    if getattr(document, "is_repeat", False):
        return document
    record(verb="pack_document_added", by=by, case=case, data={"title": title}, audience="council")
    return document


@transaction.atomic
def release_pack(*, case: Case, override_reason: str = "", by: User) -> PositionStatement:
    """Open statement and papers to the peer team. Needs the final statement, or a programme manager's reason (R23)."""
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    statement = _statement_for_update(case)
    if statement.pack_released_at:
        raise AlreadyMoved("The pack was already released.")
    early = statement.state != StatementState.FINAL
    if early and not statement.snapshots.exists():
        raise Refused("The council has not submitted its position statement yet.")
    if early and not override_reason.strip():
        raise Refused(
            "Accept the position statement as final first, or enter why the pack goes out before.", field="reason"
        )
    if early and by.role != Role.PROGRAMME_MANAGER:
        raise Refused("Only a programme manager may release the pack before the position statement is final.")
    statement.pack_released_at, statement.pack_released_by = timezone.now(), by
    statement.pack_override_reason = override_reason.strip() if early else ""
    statement.version += 1
    statement.save()
    settle_deadline(case=case, kind="pack_released", by=by)
    record(
        verb="pack_released_with_override" if early else "pack_released",
        by=by,
        case=case,
        data={"reason": statement.pack_override_reason},
    )
    _tell(case, "pack_released", recipients_of(case, "Peer team"), key=f"{statement.pk}:pack:{statement.version}")
    return statement


@transaction.atomic
def withdraw_pack(*, case: Case, reason: str, by: User) -> PositionStatement:
    """Take the pack from the peers, with a reason; it can be released again."""
    case = lock_for_stage(case, Stage.SELF_ASSESSMENT)
    statement = _statement_for_update(case)
    if statement.pack_released_at is None:
        raise AlreadyMoved("The pack is not released.")
    reason = _needed(reason, "Enter why the pack is withdrawn", "reason")
    statement.pack_released_at = statement.pack_released_by = None
    statement.pack_override_reason = ""
    statement.version += 1
    statement.save()
    settle_deadline(case=case, kind="pack_released", by=by)
    record(verb="pack_withdrawn", by=by, case=case, data={"reason": reason}, audience="team")
    return statement
