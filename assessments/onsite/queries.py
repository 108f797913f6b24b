"""Reading the onsite days and the findings."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Value

from assessments.onsite.models import DailyTalk, FinalFeedback, Finding, FindingState, OnsiteDay, Session
from assessments.onsite.permissions import reads_findings, reads_restricted
from cpc.cases import access
from cpc.cases.models import Case, CaseMembership


def days_of(case: Case) -> QuerySet[OnsiteDay]:
    """The days with their sessions, peers and talks; a fixed number of queries."""
    peers = CaseMembership.objects.select_related("user")
    sessions = Session.objects.prefetch_related(Prefetch("peers", queryset=peers)).order_by("starts_at", "pk")
    return (
        OnsiteDay.objects.filter(case=case)
        .prefetch_related(
            Prefetch("sessions", queryset=sessions), Prefetch("talks", queryset=DailyTalk.objects.order_by("pair"))
        )
        .order_by("on")
    )


def peers_of(case: Case) -> QuerySet[CaseMembership]:
    """Who of the team can be put down for a session."""
    return (
        CaseMembership.objects.in_force()
        .of_peers()
        .filter(case=case)
        .select_related("user")
        .order_by("user__full_name", "pk")
    )


def findings_for(case: Case, user: Any) -> QuerySet[Finding]:
    """Findings that this person may read: nobody of the council any; restricted ones for the leads and the manager."""
    findings = Finding.objects.filter(case=case)
    if not reads_findings(user, case):
        return findings.none()
    if not reads_restricted(user, case):
        findings = findings.filter(Q(is_restricted=False) | Q(logged_by=user))
    return findings.select_related("focus_area", "logged_by", "case").order_by("focus_area__order", "-logged_at", "-pk")


class FindingInBrief(NamedTuple):
    state: str
    kind: str
    is_readable: bool


def findings_in_brief(case: Case, user: Any = None) -> list[FindingInBrief]:
    """Every finding of the case by what decides whether the week is done, and whether this person may read it."""
    readable = Exists(findings_for(case, user).filter(pk=OuterRef("pk"))) if user else Value(False)
    rows = Finding.objects.filter(case=case).order_by().annotate(is_readable=readable)
    return [FindingInBrief(*row) for row in rows.values_list("state", "kind", "is_readable")]


def feedback_of(case: Case) -> FinalFeedback | None:
    return access.read_once(case, "final_feedback", lambda: FinalFeedback.objects.filter(case=case).first())


def findings_for_report(case: Case) -> QuerySet[Finding]:
    """Confirmed, concerning nobody, open to the team (R53, R85)."""
    return Finding.objects.filter(
        case=case, state=FindingState.CONFIRMED, concerns_person=False, is_restricted=False
    ).select_related("focus_area")


def overlaps(sessions: list[Session]) -> set[int]:
    """Ids of sessions in which a peer would have to be in two places (R32). `sessions` are of one day."""
    found: set[int] = set()
    for index, one in enumerate(sessions):
        ids = {peer.user_id for peer in one.peers.all()}
        for other in sessions[index + 1 :]:
            (start, end), (other_start, other_end) = one.minutes, other.minutes
            if start < other_end and other_start < end and ids & {peer.user_id for peer in other.peers.all()}:
                found |= {one.pk, other.pk}
    return found
