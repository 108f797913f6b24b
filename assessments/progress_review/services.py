"""Changes at stage 7."""

from __future__ import annotations

from datetime import date
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from assessments.progress_review.models import ProgressReview, ReviewedRecommendation, ReviewState, TeamScope
from assessments.publication import services as publication
from assessments.publication.services import Corrected, Publication, Told
from assessments.report.models import Recommendation
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.errors import StageClosed
from cpc.cases.models import PEER_CASE_ROLES, Case, CaseMembership
from cpc.cases.stages import Stage
from cpc.casework.services import lock_case, lock_for_stage
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.shown import days_text
from cpc.components.versioned import save_versioned
from cpc.deadlines.services import settle_deadline
from cpc.documents.services import add_document, add_version
from cpc.drafts.shared.services import save_words
from cpc.notifications.services import queue_notification


def open_progress_review(case: Case, by: User) -> None:
    """on_enter: the review and a row for each recommendation. Entering twice adds only what is new."""
    review, _ = ProgressReview.objects.get_or_create(case=case)
    held = set(review.items.values_list("recommendation_id", flat=True))
    ReviewedRecommendation.objects.bulk_create(
        ReviewedRecommendation(review=review, recommendation=recommendation)
        for recommendation in Recommendation.objects.filter(report__case=case)
        if recommendation.pk not in held
    )


def _review_for_update(case: Case) -> ProgressReview:
    ProgressReview.objects.get_or_create(case=case)
    return ProgressReview.objects.select_for_update(of=("self",)).select_related("report").get(case=case)


def _require_open(review: ProgressReview) -> None:
    if review.state != ReviewState.PLANNED:
        raise AlreadyMoved("The progress review is published. Reopen it to change it.")


def _needed(text: str, message: str, field: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(message, field=field)
    return text


@transaction.atomic
def plan_review(
    *,
    case: Case,
    starts_on: date,
    ends_on: date,
    team_scope: str,
    members: list[CaseMembership],
    other_peers: str,
    version: int,
    by: User,
) -> ProgressReview:
    """Dates and team. May be planned beside the action plan. Everybody who comes, and the council, is told."""
    case = lock_for_stage(case, Stage.PROGRESS_REVIEW)
    review = _review_for_update(case)
    _require_open(review)
    if ends_on < starts_on:
        raise Refused("The last day must be the same as or after the first", field="ends_on")
    if case.onsite_end_on and starts_on <= case.onsite_end_on:
        raise Refused("The progress review comes after the onsite days", field="starts_on")
    if team_scope == TeamScope.SOME and not members:
        raise Refused("Choose which of the original team come back", field="members")
    if team_scope == TeamScope.OTHERS and not other_peers.strip():
        raise Refused("Enter who the other peers are", field="other_peers")
    peers = CaseMembership.objects.in_force().filter(case=case, role__in=sorted(PEER_CASE_ROLES))
    if team_scope == TeamScope.ALL:
        members = list(peers)
    allowed = set(peers.values_list("pk", flat=True))
    if any(member.pk not in allowed for member in members):
        raise Refused("Choose from the original team", field="members")
    moved = (review.starts_on, review.ends_on) != (starts_on, ends_on)
    members = [] if team_scope == TeamScope.OTHERS else members
    if not save_versioned(
        review,
        version=version,
        is_same=set(members) == set(review.members.all()),
        starts_on=starts_on,
        ends_on=ends_on,
        team_scope=team_scope,
        other_peers=other_peers.strip(),
    ):
        return review
    review.members.set(members)
    dates = days_text(starts_on, ends_on)
    record(verb="progress_review_planned", by=by, case=case, data={"dates": dates})
    if review.held_on and starts_on > timezone.localdate():
        # What is still to come has not been held: it was recorded by mistake.
        data = {"before": f"{review.held_on:%-d %B %Y}", "dates": dates}
        record(verb="progress_review_not_held", by=by, case=case, data=data)
        _set_held(review, case, None, by)
    if moved:
        council = CaseMembership.objects.in_force().filter(
            case=case, role__in=["leader", "chief_executive", "coordinator"]
        )
        people = {m.user_id: m.user for m in [*council.select_related("user"), *review.members.select_related("user")]}
        for person in people.values():
            queue_notification(
                kind="progress_review_planned",
                to=person,
                case=case,
                subject_key=f"review:{review.pk}:{review.version}",
                context={
                    "case_title": case.title,
                    "dates": dates,
                    "starts_on": starts_on.isoformat(),
                    "ends_on": ends_on.isoformat(),
                    "url": f"/cases/{case.reference}/progress-review/",
                },
            )
    return review


def _set_held(review: ProgressReview, case: Case, held_on: date | None, by: User) -> None:
    """The deadline is met on the day on which the review took place, whenever its report is published."""
    review.held_on = held_on
    review.save(update_fields=["held_on"])
    settle_deadline(case=case, kind="progress_review_held", by=by)


@transaction.atomic
def record_review_held(*, case: Case, held_on: date, version: int, by: User) -> ProgressReview:
    """The review took place; `held_on` is its last day, which may differ from the planned one. A wrong day is corrected
    in the same way."""
    case = lock_for_stage(case, Stage.PROGRESS_REVIEW)
    review = _review_for_update(case)
    if review.starts_on is None:
        raise Refused("Plan the progress review first.")
    if review.held_on == held_on:
        raise AlreadyMoved(f"It is already recorded that the review was held on {held_on:%-d %B %Y}.")
    _check_held(case, review, held_on)
    if not save_versioned(review, version=version, held_on=held_on):
        return review
    settle_deadline(case=case, kind="progress_review_held", by=by)
    record(verb="progress_review_held", by=by, case=case, data={"on": f"{held_on:%-d %B %Y}"})
    return review


def _check_held(case: Case, review: ProgressReview, held_on: date) -> None:
    if held_on > timezone.localdate():
        raise Refused("The day must be today or in the past", field="held_on")
    if case.onsite_end_on and held_on <= case.onsite_end_on:
        raise Refused("The progress review comes after the onsite days", field="held_on")
    if review.published_on and held_on > review.published_on:
        raise Refused("The review was held before its report was published", field="held_on")


def _held_as_peers_write(review: ProgressReview, case: Case, by: User) -> None:
    """Whoever records what the peers see, on a day of the review or after it, says that it took place."""
    today = timezone.localdate()
    if review.starts_on is None or review.ends_on is None or review.starts_on > today:
        return
    day = min(today, review.ends_on)
    if review.held_on is None or review.starts_on <= review.held_on < day:
        _set_held(review, case, day, by)
        record(verb="progress_review_held", by=by, case=case, data={"on": f"{day:%-d %B %Y}"})


def _item_for_update(item: ReviewedRecommendation) -> tuple[Case, ReviewedRecommendation]:
    case = lock_for_stage(item.review.case_id, Stage.PROGRESS_REVIEW)
    if case.stage != Stage.PROGRESS_REVIEW:
        raise StageClosed("Recommendations are reviewed once the action plan stage is finished.")
    _require_open(_review_for_update(case))
    return case, ReviewedRecommendation.objects.select_related("recommendation").get(pk=item.pk)


@transaction.atomic
def record_council_rating(
    *, item: ReviewedRecommendation, rag: str, update: str, version: int, by: User
) -> ReviewedRecommendation:
    """The council's own view; the peers' view beside it is not touched."""
    case, item = _item_for_update(item)
    if not save_words(
        item,
        by=by,
        version=version,
        council_rag=rag,
        council_update=update.strip(),
        stamps={"council_at": timezone.now(), "council_by": by},
    ):
        return item
    record(
        verb="council_rating_recorded", by=by, case=case, data={"number": item.recommendation.number}, audience="case"
    )
    return item


@transaction.atomic
def record_peers_view(
    *, item: ReviewedRecommendation, rag: str, view: str, version: int, by: User
) -> ReviewedRecommendation:
    """What the peers see; the council's rating beside it is not touched. `version` is the peers' own."""
    case, item = _item_for_update(item)
    if not save_words(
        item,
        by=by,
        version=version,
        counter="peers_version",
        peers_rag=rag,
        peers_view=view.strip(),
        stamps={"peers_at": timezone.now(), "peers_by": by},
    ):
        return item
    record(verb="peers_view_recorded", by=by, case=case, data={"number": item.recommendation.number}, audience="team")
    _held_as_peers_write(_review_for_update(case), case, by)
    return item


@transaction.atomic
def add_review_report(*, case: Case, upload, by: User) -> ProgressReview:
    case = lock_for_stage(case, Stage.PROGRESS_REVIEW)
    review = _review_for_update(case)
    _require_open(review)
    if review.report:
        if getattr(add_version(document=review.report, upload=upload, by=by), "is_repeat", False):
            raise AlreadyMoved("This is the same file as the newest version, so nothing was changed.")
    else:
        review.report = add_document(
            case=case, kind="progress_review_report", title="Progress review report", upload=upload, by=by
        )
        review.version += 1
        review.save(update_fields=["report", "version"])
    record(verb="progress_review_report_added", by=by, case=case, audience="team")
    return review


@transaction.atomic
def change_summary(*, case: Case, summary: str, version: int, by: User) -> ProgressReview:
    case = lock_for_stage(case, Stage.PROGRESS_REVIEW)
    review = _review_for_update(case)
    _require_open(review)
    if not save_words(review, by=by, version=version, summary=summary.strip()):
        return review
    record(verb="progress_review_summary_changed", by=by, case=case, audience="team")
    return review


REVIEW = Publication(
    name="progress review report",
    published="progress_review_published",
    before_poll="progress_review_published_before_poll",
    corrected="progress_review_publication_corrected",
    deadline="progress_review_report_public",
    mail="progress_review_published",
    page="progress-review",
)


@transaction.atomic
def publish_review(*, case: Case, by: User, **told: Unpack[Told]) -> ProgressReview:
    """Record the publication of the review's report, in the version that is its newest."""
    case = lock_for_stage(case, Stage.PROGRESS_REVIEW)
    review = _review_for_update(case)
    _require_open(review)
    if case.stage != Stage.PROGRESS_REVIEW:
        raise StageClosed("The action plan stage is not finished.")
    if review.ends_on is None:
        raise Refused("Plan the progress review first.")
    if review.held_on is None:
        # What is published was held: on its planned day, as nobody has said otherwise.
        _set_held(review, case, review.ends_on, by)
        record(verb="progress_review_held", by=by, case=case, data={"on": f"{review.ends_on:%-d %B %Y}"})
    changes = {"published_version": review.report.latest if review.report else None}
    return publication.publish(REVIEW, review, case=case, by=by, changes=changes, **told)


@transaction.atomic
def correct_publication(*, case: Case, by: User, **told: Unpack[Corrected]) -> ProgressReview:
    case = lock_case(case)
    return publication.correct(REVIEW, _review_for_update(case), case=case, by=by, **told)


@transaction.atomic
def reopen_review(*, case: Case, reason: str, by: User) -> ProgressReview:
    case = lock_for_stage(case, Stage.PROGRESS_REVIEW)
    review = _review_for_update(case)
    if review.state != ReviewState.PUBLISHED:
        raise AlreadyMoved("The progress review is already open.")
    reason = _needed(reason, "Enter why the progress review is reopened", "reason")
    review.state = ReviewState.PLANNED
    publication.take_back(review)
    review.published_version = None
    review.version += 1
    review.save()
    # The review itself stays held; what is taken back is the publication.
    settle_deadline(case=case, kind="progress_review_report_public", by=by)
    record(verb="progress_review_reopened", by=by, case=case, data={"reason": reason})
    return review
