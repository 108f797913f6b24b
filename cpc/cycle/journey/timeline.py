"""R70: the improvement journey of a council on one line, newest first, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from councils.control import is_same_control
from councils.elections import first_thursday_of_may
from councils.models import Council, PoliticalControl, Poll, Succession, SuccessionKind, Tenure
from councils.queries import all_before
from cpc.cases.models import Case, CaseOrigin, CaseState, DatePrecision, onsite_text_of
from cpc.cases.stages import row_of
from cpc.cycle.models import JourneyEntry, JourneyKind
from cpc.cycle.review_load import REVIEW_KINDS, too_many_reviews
from cpc.deadlines.kinds import done_name
from cpc.deadlines.models import Deadline, DeadlineState

# What the council does not read of its own journey: it may be known to the LGA alone.
LGA_KINDS = {JourneyKind.STANDARDS_ISSUE, JourneyKind.OTHER}
# Promises of a challenge that are steps of the journey once they are met.
MILESTONES = ["report_public", "action_plan_public", "progress_review_held", "progress_review_report_public"]
WENT = {
    SuccessionKind.MERGER: "Merged into {other}",
    SuccessionKind.SPLIT: "Split; part of the area went to {other}",
    SuccessionKind.BOUNDARY: "Part of the area went to {other}",
    SuccessionKind.CONTINUES: "Carries on as {other}",
}
CAME = {
    SuccessionKind.MERGER: "{other} was merged into this council",
    SuccessionKind.SPLIT: "Took over part of the area of {other}",
    SuccessionKind.BOUNDARY: "Took over part of the area of {other}",
    SuccessionKind.CONTINUES: "Carries on the work of {other} as the same body",
}


@dataclass(frozen=True)
class Step:
    """One thing that happened, or is agreed to happen."""

    on: date
    when: str
    text: str
    # The case to open, where this person may.
    reference: str = ""
    address: str = ""
    # The entry to change, on its first day's step.
    entry_id: int = 0
    has_end: bool = False


@dataclass(frozen=True)
class JourneyOfCouncil:
    steps: list[Step]
    warnings: list[str]


def _day(on: date, precision: str = DatePrecision.DAY) -> str:
    return onsite_text_of(on, on, precision)


def challenges(council: Council, user: Any, before: Collection[int] = ()) -> QuerySet[Case]:
    """Challenges that the journey names to this person: theirs to see, published history, and all for whoever looks after
    the council at the LGA. `is_theirs` says whether they may open it. R96: those of the councils before it as well."""
    theirs = Case.objects.visible_to(user).filter(pk=OuterRef("pk"))
    councils = [council.pk, *before]
    joint = Case.joint_councils.through.objects.filter(case=OuterRef("pk"), council__in=councils)
    partners = Case.joint_councils.through.objects.filter(case=OuterRef("pk")).order_by("council")
    met = Deadline.objects.filter(case=OuterRef("pk"), state=DeadlineState.MET, kind__in=MILESTONES).order_by("pk")
    found = (
        Case.objects.filter(Q(council__in=councils) | Exists(joint))
        .exclude(state=CaseState.CANCELLED)
        .annotate(
            is_theirs=Exists(theirs),
            partner_ids=ArraySubquery(partners.values("council")),
            partner_names=ArraySubquery(partners.values("council__name")),
            milestones=ArraySubquery(met.values(row=JSONObject(on="met_on", kind="kind", label="label"))),
        )
        .select_related("council", "past", "scope")
        .prefetch_related("past_events")
    )
    if user.has_perm("cpc.change_journey", council):
        return found
    return found.filter(Q(is_theirs=True) | Q(origin=CaseOrigin.HISTORY))


def asked_by(case: Any) -> str:
    """R13: who asked for it, once that was recorded; begins with a comma."""
    scope = getattr(case, "scope", None)
    if scope is None or not scope.requested_by:
        return ""
    if scope.requested_by == "lga":
        return ", proposed by the LGA"
    label = scope.get_requested_by_display()
    return f", asked for by {label[0].lower()}{label[1:]}"


def after_the_last(case: Any, cases: list[Any]) -> str:
    """R12: how long after the corporate challenge before; begins with a comma, empty for the first."""
    earlier = [
        each
        for each in cases
        if each.kind == case.kind
        and row_of(case.kind).counts_for_cycle
        and each.onsite_end_on
        and each.onsite_end_on < case.onsite_start_on
    ]
    if not earlier:
        return ""
    last = max(earlier, key=lambda each: each.onsite_end_on)
    by_year = DatePrecision.YEAR in {last.onsite_precision, case.onsite_precision}
    return f", {interval(last.onsite_end_on, case.onsite_start_on, by_year=by_year)} after the one before"


def interval(earlier: date, later: date, *, by_year: bool = False) -> str:
    """5 years, or 4 years and 7 months; by the years alone where no more is known."""
    if by_year:
        years, months = later.year - earlier.year, 0
    else:
        gone = relativedelta(later, earlier)
        years, months = gone.years, gone.months
    parts = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((years, "year"), (months, "month"))
        if number
    ]
    return " and ".join(parts) or "less than a month"


def is_own(case: Any, council: Council) -> bool:
    """Whether this council itself was challenged, alone or with others; otherwise one before it was."""
    return council.pk in {case.council_id, *case.partner_ids}


def _of_challenges(council: Council, before: Collection[int], cases: list[Any]) -> Iterator[Step]:
    own = [case for case in cases if is_own(case, council)]
    for case in cases:
        reference = case.reference if case.is_theirs else ""
        if is_own(case, council):
            of = "" if case.council_id == council.pk else f", together with {case.council.name}"
        else:
            hosts = [(case.council_id, case.council.name), *zip(case.partner_ids, case.partner_names, strict=True)]
            of = f" of {' and '.join(name for pk, name in hosts if pk in before)}"
        if case.onsite_start_on:
            gap = after_the_last(case, own) if is_own(case, council) else ""
            text = f"{case.get_kind_display()}{of}{asked_by(case)}{gap}"
            yield Step(case.onsite_start_on, case.onsite_text, text, reference=reference)
        whose = "" if is_own(case, council) else of
        for milestone in case.milestones:
            met_on = date.fromisoformat(milestone["on"])
            yield Step(met_on, _day(met_on), f"{done_name(milestone['kind'], milestone['label'])}{whose}")
        past = getattr(case, "past", None)
        if past and past.report_on:
            yield Step(past.report_on, _day(past.report_on, past.report_precision), f"Feedback report published{whose}")
        if past and past.action_plan_on:
            when = _day(past.action_plan_on, past.action_plan_precision)
            yield Step(past.action_plan_on, when, f"Action plan published{whose}")
        for event in case.past_events.all():
            name = f"{event.get_kind_display()}{whose}"
            if event.starts_on:
                yield Step(event.starts_on, event.when_text, name)
            if event.report_on:
                yield Step(event.report_on, _day(event.report_on, event.report_precision), f"{name} report published")


def _of_tenures(council: Council) -> Iterator[Step]:
    for tenure in Tenure.objects.filter(council=council):
        post = ("interim " if tenure.is_interim else "") + tenure.get_post_display().lower()
        party = f" ({tenure.party})" if tenure.party else ""
        yield Step(tenure.started_on, _day(tenure.started_on), f"{tenure.person_name}{party} became {post}")
        if tenure.ended_on:
            yield Step(tenure.ended_on, _day(tenure.ended_on), f"{tenure.person_name} left as {post}")


def _of_controls(council: Council) -> Iterator[Step]:
    before = ""
    for control in PoliticalControl.objects.filter(council=council).order_by("year"):
        if not is_same_control(control.control, before):
            was = f", until then {before}" if before else ""
            text = f"Political control: {control.control}{was}"
            yield Step(first_thursday_of_may(control.year), f"May {control.year}", text)
        before = control.control


def _of_elections(council: Council, today: date) -> Iterator[Step]:
    polls = list(Poll.objects.filter(council=council))
    for poll in polls:
        if poll.on <= today and not poll.is_called_off:
            yield Step(poll.on, _day(poll.on), poll.text)
    last = council.last_ordinary_election
    if last and not any(poll.on.year == last for poll in polls) and first_thursday_of_may(last) <= today:
        yield Step(first_thursday_of_may(last), f"May {last}", "Ordinary election")


def _of_entries(entries: list[JourneyEntry]) -> Iterator[Step]:
    for entry in entries:
        text = f"{entry.get_kind_display()}: {entry.name}"
        yield Step(
            entry.started_on,
            _day(entry.started_on),
            text,
            address=entry.address,
            entry_id=entry.pk,
            has_end=entry.ended_on is not None,
        )
        if entry.ended_on:
            yield Step(entry.ended_on, _day(entry.ended_on), f"End of {text}")


def _of_successions(council: Council) -> Iterator[Step]:
    for row in Succession.objects.filter(Q(predecessor=council) | Q(successor=council)).select_related(
        "predecessor", "successor"
    ):
        came = row.successor_id == council.pk
        other = row.predecessor.official_name if came else row.successor.official_name
        words = CAME.get(row.kind, "Follows {other}") if came else WENT.get(row.kind, "Followed by {other}")  # type: ignore[call-overload]
        yield Step(row.on, _day(row.on), words.format(other=other))


def _of_life(council: Council) -> Iterator[Step]:
    if council.start_on:
        yield Step(council.start_on, _day(council.start_on), "First day of the council")
    if council.end_on:
        yield Step(council.end_on, _day(council.end_on), "Last day of the council")


def journey_of(council: Council, user: Any) -> JourneyOfCouncil:
    """Everything that this person may know of, newest first. What is agreed for a day to come stands on top."""
    today = timezone.localdate()
    before = all_before(council)
    cases = list(challenges(council, user, before))
    entries = list(JourneyEntry.objects.filter(council=council))
    if not user.is_lga_staff:
        entries = [entry for entry in entries if entry.kind not in LGA_KINDS]
    steps = [
        *_of_challenges(council, before, cases),
        *_of_entries(entries),
        *_of_tenures(council),
        *_of_controls(council),
        *_of_elections(council, today),
        *_of_successions(council),
        *_of_life(council),
    ]
    steps.sort(key=lambda step: step.on, reverse=True)
    warning = ""
    if user.is_lga_staff:
        reviews = [case.onsite_start_on for case in cases if case.onsite_start_on and is_own(case, council)]
        reviews += [entry.started_on for entry in entries if entry.kind in REVIEW_KINDS]
        warning = too_many_reviews(reviews, today)
    return JourneyOfCouncil(steps, [warning] if warning else [])
