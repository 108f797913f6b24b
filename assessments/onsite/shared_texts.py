"""Findings, as texts that several people write."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from assessments.onsite.models import Finding
from assessments.onsite.services import change_finding
from cpc.drafts.shared.kinds import SharedText, Words, register_shared_text


def _address(finding: Finding) -> str:
    return reverse("onsite:finding-edit", kwargs={"reference": finding.case.reference, "pk": finding.pk})


def _save(finding: Finding, words: Words, version: int, by: Any) -> Any:
    return change_finding(finding=finding, version=version, by=by, **words)


register_shared_text(
    SharedText(
        code="finding",
        model=Finding,
        parts=(("headline", "What was found"), ("text", "More")),
        permission="assessments.change_finding",
        about=lambda finding: finding,
        rows=lambda: Finding.objects.select_related("case", "focus_area"),
        title=lambda finding: "a finding",
        address=_address,
        save=_save,
        written=lambda finding: (None, None) if finding.version else (finding.logged_by_id, finding.logged_at),
    )
)
