"""Reading the report."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from assessments.report.models import DraftRelease, Recommendation, Report, ReportState
from cpc.cases.access import read_once
from cpc.cases.models import Case, CaseMembership


def report_of(case: Case) -> Report | None:
    """The report, with whether it has recommendations and how many corrections wait for an answer."""
    reports = (
        Report.objects.filter(case=case)
        .select_related("draft", "checked_by")
        .annotate(
            has_recommendations=Exists(Recommendation.objects.filter(report=OuterRef("pk"))),
            waiting_corrections=Count("corrections", filter=Q(corrections__state="proposed")),
        )
    )
    return read_once(case, "report", reports.first)


def published_on(case: Case) -> date | None:
    """The day on which the report was published; None before that. Read anew: services ask in the midst of a change."""
    reports = Report.objects.filter(case=case, state=ReportState.PUBLISHED)
    return reports.values_list("published_on", flat=True).first()


def recommendations_of(case: Case) -> QuerySet[Recommendation]:
    """The case's recommendations in their numbers, with area and themes loaded."""
    return (
        Recommendation.objects.filter(report__case=case)
        .select_related("focus_area")
        .prefetch_related("themes")
        .order_by("number")
    )


def open_releases(report: Report) -> QuerySet[DraftRelease]:
    return (
        report.releases.filter(withdrawn_at__isnull=True, expires_on__gte=timezone.localdate())
        .select_related("recipient", "document_version")
        .order_by("recipient__full_name")
    )


def possible_recipients(case: Case) -> QuerySet[CaseMembership]:
    """People of the council to whom the draft may go by name: leader, chief executive, coordinator."""
    return (
        CaseMembership.objects.in_force()
        .filter(case=case, role__in=["leader", "chief_executive", "coordinator"], user__is_active=True)
        .select_related("user")
        .order_by("user__full_name")
    )
