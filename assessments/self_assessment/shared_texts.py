"""Sections of the position statement, as texts that several people write."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from assessments.self_assessment.models import StatementSection
from assessments.self_assessment.queries import PARTS
from assessments.self_assessment.services import change_section
from cpc.drafts.shared.kinds import SharedText, Words, register_shared_text


def _address(section: StatementSection) -> str:
    kwargs = {"reference": section.statement.case.reference, "pk": section.pk}
    return reverse("self_assessment:section-edit", kwargs=kwargs)


def _save(section: StatementSection, words: Words, version: int, by: Any) -> Any:
    return change_section(
        section=section,
        context=words["context"],
        successes=words["successes"],
        challenges=words["challenges"],
        help_wanted=words["help_wanted"],
        version=version,
        by=by,
    )


register_shared_text(
    SharedText(
        code="section",
        model=StatementSection,
        parts=tuple(PARTS),
        permission="assessments.write_section",
        about=lambda section: section,
        rows=lambda: StatementSection.objects.select_related("statement__case", "focus_area"),
        title=lambda section: section.focus_area.name,
        address=_address,
        save=_save,
        written=lambda section: (section.changed_by_id, section.changed_at),
    )
)
