"""Reading what becomes of the recommendations of a council that ends (R96)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value

from assessments.action_plan.models import OutcomeKind, RecommendationOutcome
from assessments.report.models import Recommendation, ReportState
from councils.models import Council, Succession, SuccessionKind
from councils.queries import reached
from cpc.accounts.roles import Role
from cpc.cases.models import HOST_CASE_ROLES, LGA_CASE_ROLES, Case, CaseMembership, onsite_text_of, title_of
from cpc.cycle.journey.queries import councils_advised, posts_on

# A council that gave part of its area away lives on and keeps what was recommended to it. No kind: the register's file
# tells who follows whom, not how.
INHERITS = {SuccessionKind.CONTINUES, SuccessionKind.MERGER, SuccessionKind.SPLIT, ""}
READY = [ReportState.FINAL, ReportState.PUBLISHED]


def ending_hosts(case: Case) -> list[Council]:
    """The councils of this case that have a last day, in the past or ahead."""
    return [council for council in case.hosts if council.end_on]


def advises_host(user: Any, case: Case) -> bool:
    """Whether this person is principal adviser of a council of the case today."""
    advised = councils_advised(user)
    return bool(advised) and any(council.pk in advised for council in case.hosts)


def heirs_of(councils: list[Council]) -> list[Council]:
    """Who follows these councils and, where a follower has a last day too, who follows it. One query a generation."""
    found: dict[int, Council] = {}
    asked: set[int] = set()
    ending = {council.pk for council in councils if council.end_on}
    while ending:
        asked |= ending
        steps = Succession.objects.filter(predecessor__in=ending, kind__in=INHERITS).select_related("successor")
        after = {step.successor_id: step.successor for step in steps}
        found |= after
        ending = {pk for pk, council in after.items() if council.end_on} - asked
    return sorted(found.values(), key=lambda council: (council.name, council.pk))


def _held(user: Any, case: str) -> Exists:
    """Whether this person is of the council or the LGA in the case of a row, asked within the row's own statement."""
    roles = LGA_CASE_ROLES | HOST_CASE_ROLES if user.is_lga_staff else HOST_CASE_ROLES
    return Exists(CaseMembership.objects.in_force().filter(case=OuterRef(case), user=user, role__in=roles))


def _readable(user: Any, path: str) -> Q:
    """Whose recommendations this person may read: those of a published report; of a final one that is not public yet,
    the council's and the LGA's people of the case. Drafts nobody."""
    state = f"{path}__state"
    if user.role == Role.PROGRAMME_MANAGER:
        return Q(**{f"{state}__in": READY})
    return Q(**{state: ReportState.PUBLISHED}) | Q(_held(user, f"{path}__case"), **{state: ReportState.FINAL})


def outcomes_by_recommendation(case: Case) -> dict[int, RecommendationOutcome]:
    found = RecommendationOutcome.objects.filter(recommendation__report__case=case)
    return {each.recommendation_id: each for each in found.select_related("successor", "decided_by")}


def outcome_counts(council: Council, user: Any) -> list[dict[str, Any]]:
    """Of each peer challenge of a council, newest first: how many recommendations are open, carried, closed, completed,
    and whether this person may open the page that tells of each. One statement."""
    advised = posts_on().filter(user=user, council=council)
    everything = Value(user.role == Role.PROGRAMME_MANAGER)
    case = "report__case"
    rows = (
        Recommendation.objects.filter(Q(report__case__council=council) | Q(report__case__joint_councils=council))
        .filter(_readable(user, "report"))
        .annotate(
            may_open=ExpressionWrapper(
                Q(everything) | Q(_held(user, case)) | Q(Exists(advised)), output_field=BooleanField()
            )
        )
        .values(
            case,
            f"{case}__reference",
            f"{case}__onsite_start_on",
            f"{case}__onsite_end_on",
            f"{case}__onsite_precision",
            "may_open",
            "outcome__kind",
        )
        .annotate(number=Count("pk", distinct=True))
        .order_by(F("report__case__onsite_end_on").desc(nulls_first=True), "-report__case")
    )
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        days = row[f"{case}__onsite_start_on"], row[f"{case}__onsite_end_on"], row[f"{case}__onsite_precision"]
        of_case = found.setdefault(
            row[case],
            {
                "reference": row[f"{case}__reference"],
                "onsite_text": onsite_text_of(*days),
                "may_open": row["may_open"],
                **dict.fromkeys(OutcomeKind.values, 0),
            },
        )
        of_case[row["outcome__kind"] or OutcomeKind.OPEN.value] += row["number"]
    return list(found.values())


def carried_to(council: Council, user: Any) -> QuerySet[RecommendationOutcome]:
    """What a council was handed by those before it, as far as this person may read it; the latest report first. Each
    with `partners`, the names of the other councils of a joint challenge."""
    case = "recommendation__report__case"
    partners = Council.objects.filter(joint_cases=OuterRef(case)).order_by("name").values("name")
    return (
        RecommendationOutcome.objects.filter(kind=OutcomeKind.CARRIED, successor=council)
        .filter(_readable(user, "recommendation__report"))
        .select_related(f"{case}__council")
        .annotate(partners=ArraySubquery(partners))
        .order_by("-recommendation__report__published_on", "recommendation__report", "recommendation__number")
    )


def with_titles(rows: Iterable[RecommendationOutcome]) -> list[RecommendationOutcome]:
    """Each with `predecessor`: what the peer challenge that recommended it is called."""
    found = list(rows)
    for row in found:
        row.predecessor = title_of(row.recommendation.report.case.council.name, row.partners)  # type: ignore[attr-defined]
    return found


def why_still_needed(successions: Collection[int]) -> list[str]:
    """Why these records of who follows whom stay: recommendations are carried along them, and no other way is left."""
    carried = list(
        RecommendationOutcome.objects.filter(kind=OutcomeKind.CARRIED)
        .select_related("successor", "recommendation__report__case__council")
        .prefetch_related("recommendation__report__case__joint_councils")
        .order_by("recommendation__report__case", "successor")
    )
    if not carried:
        return []
    before: dict[int, set[int]] = {}
    left: dict[int, set[int]] = {}
    steps = Succession.objects.filter(kind__in=INHERITS).values_list("pk", "predecessor_id", "successor_id")
    for pk, predecessor, successor in steps:
        for ways in (before, left) if pk not in successions else (before,):
            ways.setdefault(predecessor, set()).add(successor)
    numbers: dict[tuple[str, str], int] = {}
    for each in carried:
        case = each.recommendation.report.case
        hosts = {council.pk for council in case.hosts}
        if each.successor_id in reached(hosts, before) - reached(hosts, left):
            key = case.title, each.successor.name  # type: ignore[union-attr]
            numbers[key] = numbers.get(key, 0) + 1
    return [
        f"{number} recommendation{' is' if number == 1 else 's are'} carried from the {title} peer challenge to {heir}. "
        f"Open {'it' if number == 1 else 'them'} again, or decide otherwise, on the page of that peer challenge first."
        for (title, heir), number in numbers.items()
    ]
