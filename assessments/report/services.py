"""Changes at stage 5."""

from __future__ import annotations

from datetime import date
from typing import Unpack

from django.db import models, transaction
from django.utils import timezone

from assessments.publication import services as publication
from assessments.publication.services import Corrected, Publication, Told
from assessments.report.models import (
    CorrectionState,
    DraftRelease,
    FactualCorrection,
    Level,
    Recommendation,
    Report,
    ReportState,
    Theme,
)
from assessments.report.queries import possible_recipients
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.models import Case, FocusArea
from cpc.cases.stages import Stage, row_of
from cpc.casework.services import lock_case, lock_for_stage
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.versioned import check_version, save_versioned
from cpc.deadlines.services import cancel_deadlines, settle_deadline, start_clocks
from cpc.documents.marking import CannotMark, marked
from cpc.documents.models import DocumentVersion
from cpc.documents.services import add_document, add_version
from cpc.documents.store import pieces_of
from cpc.drafts.shared.services import save_words
from cpc.notifications.services import queue_notification


def open_report(case: Case, by: User) -> None:
    """on_enter: the report row, and the four clocks from the last onsite day. Entering twice changes nothing."""
    Report.objects.get_or_create(case=case)
    if case.onsite_end_on is None:
        raise Refused("The peer challenge has no onsite dates, so its deadlines cannot be counted.")
    if case.cycle_start_on is None:
        case.cycle_start_on = case.onsite_end_on
        case.save(update_fields=["cycle_start_on"])
    cancel_deadlines(case=case, start="onsite_start", by=by)
    if "onsite_end" in row_of(case.kind).clocks:
        start_clocks(case=case, start="onsite_end", on=case.cycle_start_on, by=by)


def _report_for_update(case: Case) -> Report:
    reports = Report.objects.select_for_update(of=("self",)).select_related("draft", "checked_version")
    return reports.get(case=case)


def _require(report: Report, *states: str) -> None:
    if report.state not in states:
        raise AlreadyMoved(f"The report is now {report.get_state_display().lower()}, so nothing was changed.")


def _needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(message, field=field)
    return text


@transaction.atomic
def add_draft(*, case: Case, upload, by: User) -> Report:
    """A new version of the draft file. Earlier versions stay."""
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    if report.draft:
        # The same file again: the checklist that was signed for it stays signed.
        if getattr(add_version(document=report.draft, upload=upload, by=by), "is_repeat", False):
            raise AlreadyMoved("This is the same file as the newest draft, so nothing was changed.")
    else:
        report.draft = add_document(case=case, kind="report_draft", title="Feedback report", upload=upload, by=by)
    # A new version has not been checked yet.
    report.checked_at = report.checked_by = report.checked_version = None
    report.version += 1
    report.save(update_fields=["draft", "checked_at", "checked_by", "checked_version", "version"])
    record(verb="report_draft_added", by=by, case=case, audience="team")
    return report


@transaction.atomic
def change_headline(*, case: Case, headline: str, version: int, by: User) -> Report:
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    if not save_words(report, by=by, version=version, headline=headline.strip()):
        return report
    record(verb="report_headline_changed", by=by, case=case, audience="team")
    return report


def _require_read(report: Report, version: int | None) -> None:
    """Who signs must have read this draft, not the one before it."""
    check_version(report, version, "Someone has changed the report since you opened this page. Read it again first.")


@transaction.atomic
def sign_quality_check(*, case: Case, version: int | None = None, by: User) -> Report:
    """R22: signed before the draft leaves the LGA. `version` is the report that was read."""
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    if report.draft is None:
        raise Refused("Add the draft report first.")
    if report.checked_at:
        raise AlreadyMoved("The checklist of this version was already signed.")
    _require_read(report, version)
    report.checked_at, report.checked_by = timezone.now(), by
    # Nobody adds a version meanwhile: they would need the case, which is locked.
    report.checked_version = report.draft.latest
    report.version += 1
    report.save(update_fields=["checked_at", "checked_by", "checked_version", "version"])
    record(verb="report_checked", by=by, case=case, audience="lga")
    return report


def _require_markable(version: DocumentVersion) -> None:
    """Each recipient's copy carries their name, so what cannot carry one is not released."""
    if version.is_infected:
        raise Refused("A virus was found in this file. Add a clean version.")
    try:
        marked(b"".join(pieces_of(version.file)), version.content_type, "Released")
    except CannotMark as error:
        raise Refused(f"{error} Add the draft as a Word document (.docx) or a PDF without a password.") from error


@transaction.atomic
def release_draft(*, case: Case, recipients: list[User], until: date, by: User) -> list[DraftRelease]:
    """Release the version that was checked to people by name, until a day. Whoever holds this version keeps their release;
    whoever holds an earlier one gets this one instead."""
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    released = report.checked_version
    if released is None:
        raise Refused("Sign the quality checklist of the draft before it is released.")
    if not recipients:
        raise Refused("Choose at least one person", field="recipients")
    if until <= timezone.localdate():
        raise Refused("The last day must be in the future", field="until")
    _require_markable(released)
    allowed = {membership.user_id for membership in possible_recipients(case)}
    releases = []
    for person in recipients:
        if person.pk not in allowed:
            raise Refused(f"{person.full_name} is not on this peer challenge for the council", field="recipients")
        held = report.releases.filter(recipient=person, withdrawn_at__isnull=True).first()
        if held and held.is_open() and held.document_version_id == released.pk:
            continue
        if held:
            held.withdrawn_at, held.withdrawn_by = timezone.now(), by
            held.save(update_fields=["withdrawn_at", "withdrawn_by"])
        release = DraftRelease.objects.create(
            report=report, document_version=released, recipient=person, released_by=by, expires_on=until
        )
        releases.append(release)
        until_text = f"{until:%-d %B %Y}"
        record(
            verb="draft_report_released",
            by=by,
            case=case,
            data={"name": person.full_name, "until": until_text},
            audience="council",
        )
        queue_notification(
            kind="draft_report_released",
            to=person,
            case=case,
            subject_key=f"draft_release:{release.pk}",
            context={
                "case_title": case.title,
                "until": until_text,
                "release_id": release.pk,
                "url": f"/cases/{case.reference}/report/",
            },
        )
    if not releases:
        raise AlreadyMoved("They already have the draft, so nothing was sent again.")
    if report.state == ReportState.DRAFTING:
        report.state = ReportState.FACTUAL_CHECK
        report.version += 1
        report.save(update_fields=["state", "version"])
    return releases


@transaction.atomic
def withdraw_release(*, release: DraftRelease, by: User) -> None:
    """Access ends at once."""
    case = lock_case(release.report.case_id)
    release = DraftRelease.objects.select_for_update(of=("self",)).select_related("recipient").get(pk=release.pk)
    if release.withdrawn_at:
        raise AlreadyMoved("This release was already withdrawn.")
    _withdraw(release, case, by)


def _withdraw(release: DraftRelease, case: Case, by: User) -> None:
    release.withdrawn_at, release.withdrawn_by = timezone.now(), by
    release.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(
        verb="draft_report_withdrawn", by=by, case=case, data={"name": release.recipient.full_name}, audience="council"
    )


@transaction.atomic
def propose_correction(
    *, case: Case, place: str, kind: str, says: str, should_say: str, evidence: str, by: User
) -> FactualCorrection:
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.FACTUAL_CHECK)
    values = {
        "place": place.strip(),
        "kind": kind,
        "says": says.strip(),
        "should_say": should_say.strip(),
        "evidence": evidence.strip(),
    }
    same = report.corrections.filter(**values).first()
    if same:
        # The same post again: what stands already is the answer.
        return same
    correction = FactualCorrection.objects.create(report=report, proposed_by=by, **values)
    record(verb="factual_correction_proposed", by=by, case=case, data={"place": correction.place}, audience="council")
    return correction


@transaction.atomic
def decide_correction(
    *, correction: FactualCorrection, state: str, answer: str, version: int, by: User
) -> FactualCorrection:
    """Accept, or decline with the reason the council reads."""
    case = lock_for_stage(correction.report.case_id, Stage.REPORT)
    correction = (
        FactualCorrection.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=correction.pk)
    )
    if correction.decided_at:
        raise AlreadyMoved(f"This correction was already answered: {correction.get_state_display().lower()}.")
    if state == CorrectionState.DECLINED:
        answer = _needed(answer, "Enter why the correction is not accepted", "answer")
    if not save_versioned(
        correction,
        version=version,
        state=state,
        answer=answer.strip(),
        stamps={"decided_at": timezone.now(), "decided_by": by},
    ):
        return correction
    record(
        verb="factual_correction_decided",
        by=by,
        case=case,
        data={"place": correction.place, "state": CorrectionState(state).label.lower()},
        audience="council",
    )
    queue_notification(
        kind="factual_corrections_answered",
        to=correction.proposed_by,
        case=case,
        subject_key=f"correction:{correction.pk}",
        context={"case_title": case.title, "url": f"/cases/{case.reference}/report/"},
    )
    return correction


# ------------------------------------------------------------------ recommendations


def _check_recommendation(case: Case, level: str, focus_area: FocusArea | None) -> None:
    if level == Level.FURTHER and focus_area is None:
        raise Refused("Choose the area that this further recommendation belongs to", field="focus_area")
    if focus_area and focus_area.case_id != case.pk:
        raise Refused("Choose an area of this peer challenge", field="focus_area")


@transaction.atomic
def add_recommendation(
    *,
    case: Case,
    level: str,
    text: str,
    by: User,
    focus_area: FocusArea | None = None,
    intended_outcome: str = "",
    themes: list[Theme] | None = None,
) -> Recommendation:
    """Numbered in order; a number is not used twice. The same text again returns what stands (double post)."""
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    _check_recommendation(case, level, focus_area)
    same = report.recommendations.filter(text=text.strip(), focus_area=focus_area, level=level).first()
    if same:
        wanted = (intended_outcome.strip(), {theme.pk for theme in themes or []})
        if (same.intended_outcome, set(same.themes.values_list("pk", flat=True))) != wanted:
            raise Refused(f"Recommendation {same.number} says this already. Change that one", field="text")
        return same
    # Under the report's lock, so that no two get one number.
    last = report.recommendations.order_by("-number").values_list("number", flat=True).first() or 0
    recommendation = Recommendation.objects.create(
        report=report,
        level=level,
        focus_area=focus_area,
        number=last + 1,
        text=text.strip(),
        intended_outcome=intended_outcome.strip(),
        added_by=by,
    )
    recommendation.themes.set(themes or [])
    record(verb="recommendation_added", by=by, case=case, data={"number": recommendation.number}, audience="team")
    return recommendation


@transaction.atomic
def change_recommendation(
    *,
    recommendation: Recommendation,
    level: str,
    text: str,
    focus_area: FocusArea | None,
    intended_outcome: str,
    themes: list[Theme],
    version: int,
    by: User,
) -> Recommendation:
    case = lock_for_stage(recommendation.report.case_id, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    _check_recommendation(case, level, focus_area)
    recommendation = Recommendation.objects.get(pk=recommendation.pk)
    before = recommendation.text
    if not save_words(
        recommendation,
        by=by,
        version=version,
        level=level,
        text=text.strip(),
        focus_area=focus_area,
        intended_outcome=intended_outcome.strip(),
        is_same=set(themes) == set(recommendation.themes.all()),
    ):
        return recommendation
    recommendation.themes.set(themes)
    record(verb="recommendation_changed", by=by, case=case, data={"number": recommendation.number}, audience="team")
    if (
        before != recommendation.text
        and Recommendation.objects.filter(pk=recommendation.pk, answer__isnull=False).exists()
    ):
        # The council is asked again: its answer keeps the words that it was given to.
        data = {"number": recommendation.number, "before": before}
        record(verb="answered_recommendation_reworded", by=by, case=case, data=data, audience="council")
    return recommendation


@transaction.atomic
def remove_recommendation(*, recommendation: Recommendation, reason: str, by: User) -> None:
    """X10: what is taken out needs a reason, and its words stay in the record."""
    case = lock_for_stage(recommendation.report.case_id, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    found = Recommendation.objects.filter(pk=recommendation.pk).first()
    if found is None:
        raise AlreadyMoved("This recommendation was already removed.")
    reason = _needed(reason, "Enter why the recommendation is removed", "reason")
    record(
        verb="recommendation_removed",
        by=by,
        case=case,
        data={"number": found.number, "reason": reason, "text": found.text},
        audience="team",
    )
    found.themes.clear()
    try:
        with transaction.atomic():
            found.delete()
    except models.ProtectedError as error:
        # What stands on it is of packages above: each says for itself what it is.
        reasons = {getattr(each, "why_it_stays", "someone has worked on it") for each in error.protected_objects}
        raise Refused(f"This recommendation stays, because {' and '.join(sorted(reasons))}.") from error


# ------------------------------------------------------------------ final and public


@transaction.atomic
def finalise_report(*, case: Case, version: int | None = None, by: User) -> Report:
    """Make the report final: a draft, recommendations, no correction unanswered. `version` is the report that was read."""
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.DRAFTING, ReportState.FACTUAL_CHECK)
    _require_read(report, version)
    if report.draft is None or report.checked_at is None:
        raise Refused("Add the report and sign its quality checklist first.")
    if not report.recommendations.exists():
        raise Refused("Record the recommendations first.")
    waiting = report.corrections.filter(state=CorrectionState.PROPOSED).count()
    if waiting:
        raise Refused(f"Answer the corrections of fact first: {waiting} waiting.")
    report.state = ReportState.FINAL
    report.finalised_at, report.finalised_by = timezone.now(), by
    report.version += 1
    report.save(update_fields=["state", "finalised_at", "finalised_by", "version"])
    record(verb="report_finalised", by=by, case=case)
    return report


@transaction.atomic
def reopen_report(*, case: Case, reason: str, by: User) -> Report:
    """Back to drafting, with a reason. A publication recorded by mistake is taken back with it; the events keep it."""
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.FINAL, ReportState.PUBLISHED)
    reason = _needed(reason, "Enter why the report is reopened", "reason")
    # What is drafted again is not for the council until it is released anew.
    for release in report.releases.filter(withdrawn_at__isnull=True).select_related("recipient"):
        _withdraw(release, case, by)
    report.state = ReportState.DRAFTING
    report.finalised_at = report.finalised_by = None
    publication.take_back(report)
    report.version += 1
    report.save()
    settle_deadline(case=case, kind="report_public", by=by)
    record(verb="report_reopened", by=by, case=case, data={"reason": reason})
    return report


REPORT = Publication(
    name="report",
    published="report_published",
    before_poll="report_published_before_poll",
    corrected="report_publication_corrected",
    deadline="report_public",
    mail="report_published",
    page="report",
)


@transaction.atomic
def publish_report(*, case: Case, by: User, **told: Unpack[Told]) -> Report:
    """Record the publication of the final report."""
    case = lock_for_stage(case, Stage.REPORT)
    report = _report_for_update(case)
    _require(report, ReportState.FINAL)
    return publication.publish(REPORT, report, case=case, by=by, **told)


@transaction.atomic
def correct_publication(*, case: Case, by: User, **told: Unpack[Corrected]) -> Report:
    case = lock_case(case)
    return publication.correct(REPORT, _report_for_update(case), case=case, by=by, **told)
