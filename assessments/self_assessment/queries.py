"""Reading the position statement."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from assessments.self_assessment.models import (
    PositionStatement,
    SectionContributor,
    Snapshot,
    StatementPrompt,
    StatementSection,
    StatementState,
)
from cpc.cases.access import read_once
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.components.difference import difference

PARTS = [
    ("context", "Context and drivers"),
    ("successes", "Successes"),
    ("challenges", "Challenges"),
    ("help_wanted", "Where the council wants the peers' help"),
]


def statement_of(case: Case) -> PositionStatement | None:
    return read_once(case, "position_statement", lambda: PositionStatement.objects.filter(case=case).first())


def submitted_on(case: Case) -> date | None:
    """The day on which the statement was handed in; None while the council writes. Read anew, in the midst of a change."""
    handed_in = [StatementState.SUBMITTED, StatementState.FINAL]
    found = PositionStatement.objects.filter(case=case, state__in=handed_in, submitted_at__isnull=False).first()
    return timezone.localdate(found.submitted_at) if found else None


def pack_released_on(case: Case) -> date | None:
    found = PositionStatement.objects.filter(case=case, pack_released_at__isnull=False).first()
    return timezone.localdate(found.pack_released_at) if found else None


def sections_of(case: Case) -> QuerySet[StatementSection]:
    return (
        StatementSection.objects.filter(statement__case=case)
        .select_related("focus_area", "changed_by", "statement")
        .order_by("focus_area__order", "pk")
    )


def own_sections(case: Case, user: Any) -> QuerySet[StatementSection]:
    """The sections that a contributor was asked to write."""
    mine = SectionContributor.objects.filter(user=user, section__statement__case=case).values("section")
    return sections_of(case).filter(pk__in=mine)


def was_asked_to_write(reference: str, user: Any) -> bool:
    """Whether the person is or was a contributor of the case, also after they left it."""
    return CaseMembership.objects.filter(case__reference=reference, user=user, role=CaseRole.CONTRIBUTOR).exists()


def released_words(statement: PositionStatement) -> list[dict[str, Any]]:
    """What the peers read: the last submitted draft, not what is being written since."""
    snapshot = statement.snapshots.order_by("-number").first()
    return _rows(snapshot.sections) if snapshot else []


def words_now(case: Case) -> list[dict[str, Any]]:
    return _rows(words_of(sections_of(case)))


def words_of(sections: Any) -> list[dict[str, str]]:
    return [
        {"area": section.focus_area.name} | {part: getattr(section, part) for part, _ in PARTS} for section in sections
    ]


def _rows(words: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [{"area": each["area"], "parts": [(label, each.get(part, "")) for part, label in PARTS]} for each in words]


def prompts() -> list[StatementPrompt]:
    newest = StatementPrompt.objects.order_by("-version").values_list("version", flat=True).first()
    return list(StatementPrompt.objects.filter(version=newest)) if newest else []


def compare(older: Snapshot, newer: Snapshot) -> list[dict[str, Any]]:
    """Two drafts section by section (R28)."""
    before = {each["area"]: each for each in older.sections}
    return [
        {
            "area": each["area"],
            "parts": [
                (label, difference(before.get(each["area"], {}).get(part, ""), each.get(part, "")))
                for part, label in PARTS
            ],
        }
        for each in newer.sections
    ]
