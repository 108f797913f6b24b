"""The report's headline message and its recommendations, as texts that several people write."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from assessments.report.models import Recommendation, Report
from assessments.report.services import change_headline, change_recommendation
from cpc.drafts.shared.kinds import SharedText, Words, register_shared_text


def _headline_address(report: Report) -> str:
    return reverse("report:headline-edit", kwargs={"reference": report.case.reference})


def _save_headline(report: Report, words: Words, version: int, by: Any) -> Any:
    return change_headline(case=report.case, headline=words["headline"], version=version, by=by)


def _recommendation_address(one: Recommendation) -> str:
    kwargs = {"reference": one.report.case.reference, "pk": one.pk}
    return reverse("report:recommendation-edit", kwargs=kwargs)


def _save_recommendation(one: Recommendation, words: Words, version: int, by: Any) -> Any:
    return change_recommendation(
        recommendation=one,
        level=one.level,
        text=words["text"],
        focus_area=one.focus_area,
        intended_outcome=words["intended_outcome"],
        themes=list(one.themes.all()),
        version=version,
        by=by,
    )


register_shared_text(
    SharedText(
        code="headline",
        model=Report,
        parts=(("headline", "Headline message"),),
        permission="assessments.write_report",
        about=lambda report: report.case,
        rows=lambda: Report.objects.select_related("case"),
        title=lambda report: "the headline message",
        address=_headline_address,
        save=_save_headline,
    )
)
register_shared_text(
    SharedText(
        code="recommendation",
        model=Recommendation,
        parts=(("text", "Recommendation"), ("intended_outcome", "What it should lead to")),
        permission="assessments.write_report",
        about=lambda one: one.report.case,
        rows=lambda: Recommendation.objects.select_related("report__case", "focus_area"),
        title=lambda one: f"recommendation {one.number}",
        address=_recommendation_address,
        save=_save_recommendation,
        written=lambda one: (None, None) if one.version else (one.added_by_id, one.added_at),
    )
)
