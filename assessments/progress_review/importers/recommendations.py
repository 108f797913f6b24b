"""Recommendations of peer challenges that this service did not run, with what became of them (R11).

Of past challenges and of those that were entered while under way. The pack of the next challenge shows them, and so does
the council's own action plan. What stands already is not changed: it lives on its pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.dispatch import receiver

from assessments.action_plan.models import Action, ActionPlan, ActionStatus, Answer, RecommendationAnswer
from assessments.action_plan.past.services import keep_recommendation
from assessments.progress_review.models import ProgressReview, ReviewedRecommendation
from assessments.progress_review.services import open_progress_review
from assessments.report.models import Level, Recommendation, Report
from councils.events import register_changed
from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, refuse_as
from councils.imports.matching import Register
from councils.imports.registry import register_importer
from councils.imports.tables import TABLES, Table, register_table
from councils.imports.templates import Column, read_filled
from councils.models import Council, ImportRun
from cpc.audit.models import Event
from cpc.audit.services import record
from cpc.cases.models import Case, CaseOrigin, CaseState, FocusArea
from cpc.cases.stages import Stage, kinds_of_the_cycle
from cpc.casework.importers.past.tables import written
from cpc.casework.importers.past.template import known_date
from cpc.casework.under_way.services import ENTERED
from cpc.components.folding import same_name
from cpc.components.incoming.cells import CellRefused, one_of, whole_number, words
from cpc.components.incoming.table import NamedLine

RECOMMENDATION = "assessments.Recommendation"
LEVELS = {"high": Level.HIGH, "High-level": Level.HIGH, "further": Level.FURTHER, "Further": Level.FURTHER}
ANSWERS = {text: value for value, label in Answer.choices for text in (value, label)}
STATUSES = {text: value for value, label in ActionStatus.choices for text in (value, label)}
FACTS = ("level", "area", "text", "intended_outcome", "answer", "answer_reason", "status", "evidence")
LABELS = {"text": "recommendation", "intended_outcome": "intended outcome", "answer_reason": "reason of the answer"}


def challenges_of(council_id: int) -> QuerySet[Case]:
    """Those whose recommendations may come by file."""
    entered = Event.objects.filter(case=OuterRef("pk"), verb=ENTERED)
    joint = Case.joint_councils.through.objects.filter(case=OuterRef("pk"), council=council_id)
    return (
        Case.objects.filter(
            Q(council=council_id) | Exists(joint), kind__in=kinds_of_the_cycle(), onsite_start_on__isnull=False
        )
        .filter(Q(origin=CaseOrigin.HISTORY) | Exists(entered))
        .exclude(state=CaseState.CANCELLED)
        .order_by("pk")
    )


class Recommendations(Table):
    """One row with its answer and with how it stands: the action that an import makes of that."""

    def value_of(self, row: Recommendation, name: str) -> Any:
        case, answer = row.report.case, getattr(row, "answer", None)
        action = next(iter(row.actions.all()), None)
        return {
            "case_id": case.pk,
            "council_id": case.council_id,
            "number": row.number,
            "level": row.level,
            "area": row.focus_area.name if row.focus_area else "",
            "text": row.text,
            "intended_outcome": row.intended_outcome,
            "answer": answer.answer if answer else "",
            "answer_reason": answer.reason if answer else "",
            "status": action.status if action else "",
            "evidence": action.evidence if action else "",
        }[name]

    def as_value(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def _all(self) -> QuerySet[Recommendation]:
        found = Recommendation.objects.select_related("report__case", "focus_area", "answer")
        return found.prefetch_related("actions")

    def rows_of(self, scopes: Collection[Any]) -> Iterable[Recommendation]:
        return self._all().filter(report__case__council__in=scopes)

    def rows(self, pks: Collection[int]) -> Iterable[Recommendation]:
        return self._all().filter(pk__in=pks)

    def councils_of(self, pks: Collection[int], told: Iterable[dict[str, Any]]) -> set[int]:
        found = set(Recommendation.objects.filter(pk__in=pks).values_list("report__case__council_id", flat=True))
        return found | {values["council_id"] for values in told if "council_id" in values}

    def create(self, told: list[dict[str, Any]], by: Any) -> list[int]:
        return [self._make(values, by).pk for values in told]

    def _make(self, values: dict[str, Any], by: Any) -> Recommendation:
        case = Case.objects.select_for_update(of=("self",)).get(pk=values["case_id"])
        area = area_of(case, values.get("area", ""))
        facts = {name: values.get(name, "") for name in FACTS if name not in {"level", "area"}}
        level = values.get("level") or Level.HIGH
        row = keep_recommendation(case=case, number=values["number"], level=level, focus_area=area, by=by, **facts)
        if case.stage == Stage.PROGRESS_REVIEW and case.origin == CaseOrigin.SERVICE:
            open_progress_review(case, by)
        return row

    def update(self, told: dict[int, dict[str, Any]]) -> None:
        if told:
            raise NotImplementedError("What stands is not changed by a file.")

    def delete(self, pks: Collection[int]) -> None:
        for row in self._all().filter(pk__in=pks):
            case, actions = row.report.case, list(row.actions.all())
            answer = getattr(row, "answer", None)
            touched = [each for each in [row, answer, *actions] if each is not None and each.version]
            seen = ReviewedRecommendation.objects.filter(recommendation=row)
            touched += list(seen.exclude(council_rag="", peers_rag=""))
            if touched:
                raise ProtectedError("Someone has worked on it since.", set(touched))
            seen.delete()
            Action.objects.filter(recommendation=row).delete()
            RecommendationAnswer.objects.filter(recommendation=row).delete()
            row.delete()
            if case.origin == CaseOrigin.HISTORY and not Recommendation.objects.filter(report=row.report_id).exists():
                ProgressReview.objects.filter(case=case).delete()
                ActionPlan.objects.filter(case=case).delete()
                Report.objects.filter(case=case).delete()

    def name_of(self, fact: str) -> str:
        return LABELS.get(fact, fact)

    def text_of(self, fact: str, value: Any, councils: dict[int, str]) -> str:
        names = {"level": Level, "answer": Answer, "status": ActionStatus}
        return str(names[fact](value).label) if value and fact in names else str(value or "")


class RecommendationsByFile:
    source = "recommendations"
    title = "Our template: recommendations and their status"
    endings: tuple[str, ...] = ("csv", "xlsx")
    template = (
        Column("gss_code", "The code of the council, such as E07000223"),
        Column("onsite", "The first day onsite of the peer challenge, as recorded here: 2024-11-05, 2024-11 or 2024"),
        Column("number", "The number of the recommendation in the report"),
        Column("level", "High-level or Further; empty for High-level"),
        Column("area", "The area of focus that it belongs to, as the challenge names it; needed for Further"),
        Column("text", "The recommendation"),
        Column("intended_outcome", "What it is to lead to; may be empty"),
        Column("answer", "What the council answered: Accepted, Partly accepted or Not accepted; may be empty"),
        Column("answer_reason", "Why it differs; needed where it is not accepted in full"),
        Column("status", "Last known status: " + ", ".join(ActionStatus.labels) + "; may be empty"),
        Column("evidence", "Evidence; needed where it is complete"),
    )

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        register, seen = Register(), dict[tuple[int, int], int]()
        for line in read_filled(content, self.template, reading, as_shown=True):
            self._read(line, register, seen, reading)
        return reading

    def _read(self, line: NamedLine, register: Register, seen: dict[tuple[int, int], int], reading: Reading) -> None:
        cells, column = line.cells, "gss_code"
        try:
            council = register.by_current_code(cells[column])
            column = "onsite"
            case = _challenge(council, cells[column])
            column = "number"
            number = whole_number(cells[column], largest=999)
            if number == 0:
                raise CellRefused("must be 1 or more")
            if (case.pk, number) in seen:
                raise CellRefused(f"line {seen[(case.pk, number)]} already has this recommendation")
            facts: dict[str, Any] = {}
            for column, known in (("level", LEVELS), ("answer", ANSWERS), ("status", STATUSES)):
                facts[column] = str(one_of(cells[column], known)) if cells[column] else ""  # type: ignore[arg-type]
            for column, longest in (
                ("text", 2000),
                ("intended_outcome", 1000),
                ("answer_reason", 2000),
                ("evidence", 2000),
            ):
                facts[column] = words(cells[column], longest=longest)
            column = "text"
            if not facts["text"]:
                raise CellRefused("is empty: enter the recommendation")
            column = "area"
            facts["area"] = _area(case, words(cells[column], longest=150), facts["level"])
            column = "answer_reason"
            if facts["answer"] not in {"", Answer.ACCEPTED} and not facts["answer_reason"]:
                raise CellRefused("is empty: enter why the council's answer differs")
            if facts["answer_reason"] and not facts["answer"]:
                raise CellRefused("is known without the answer: enter that too")
            column = "evidence"
            if facts["status"] == ActionStatus.COMPLETE and not facts["evidence"]:
                raise CellRefused("is empty: enter what shows that it is complete")
            if facts["evidence"] and not facts["status"]:
                raise CellRefused("is known without its status: enter that too")
            column = "text"
            key = (case.council_id, case.pk, number)
            standing = next(
                (row for row in TABLES[RECOMMENDATION].rows_of([case.council_id]) if _key(row) == key), None
            )
            if standing:
                _refuse_other(standing, facts)
        except CellRefused as error:
            refuse_as(reading, line, column, error)
            return
        seen[(case.pk, number)] = line.number
        facts["level"] = facts["level"] or Level.HIGH.value
        text = f"{council.name}: recommendation {number} of {case.onsite_text}"
        reading.state(Statement(line.number, text, [Record(RECOMMENDATION, key, {} if standing else facts)]))


def _key(row: Recommendation) -> tuple[int, int, int]:
    return (row.report.case.council_id, row.report.case_id, row.number)


def _challenge(council: Council, cell: str) -> Case:
    if not cell:
        raise CellRefused("is empty: enter the first day onsite of the peer challenge")
    told = known_date(cell)
    found = [
        case for case in challenges_of(council.pk) if written(case.onsite_start_on, case.onsite_precision) == told.text
    ]
    if not found:
        raise CellRefused(
            "no past peer challenge of this council began then, and none that was entered while under way"
        )
    return found[0]


def _area(case: Case, name: str, level: str) -> str:
    if not name:
        if level == Level.FURTHER:
            raise CellRefused("is empty: a further recommendation belongs to an area of focus")
        return ""
    area = area_of(case, name)
    if area is None:
        names = FocusArea.objects.filter(case=case).values_list("name", flat=True)
        raise CellRefused("is none of this challenge's areas: " + "; ".join(names))
    return area.name


def area_of(case: Case, name: str) -> FocusArea | None:
    """The area of focus of this name, however it is written."""
    return next((area for area in FocusArea.objects.filter(case=case) if name and same_name(area.name, name)), None)


def _refuse_other(standing: Recommendation, facts: dict[str, Any]) -> None:
    """A file tells what is missing; what stands is changed where people read it."""
    table = TABLES[RECOMMENDATION]
    differing = [name for name in FACTS if facts.get(name) and table.value_of(standing, name) != facts[name]]
    if differing:
        what = ", ".join(LABELS.get(name, name) for name in differing)
        raise CellRefused(
            f"recommendation {standing.number} is already recorded, with another {re.sub('_', ' ', what)}"
        )


@receiver(register_changed)
def record_import(sender: Any, *, verb: str, by: Any, council: Any, data: dict[str, Any], **kwargs: Any) -> None:
    """Recorded of the council, whose history it is."""
    if verb not in {"import_applied", "import_undone"} or data["source"] != RecommendationsByFile.source:
        return
    run = ImportRun.objects.get(pk=data["import_id"])
    numbers: dict[int, int] = {}
    for change in run.changes:
        pk = (change["after"] or {}).get("council_id")
        if change["model"] == RECOMMENDATION and pk:
            numbers[pk] = numbers.get(pk, 0) + 1
    for each in Council.objects.filter(pk__in=numbers).order_by("pk"):
        record(
            verb="recommendations_taken_back" if verb == "import_undone" else "recommendations_imported",
            by=by,
            council=each,
            data={"council": each.name, "import_id": run.pk, "number": numbers[each.pk]},
            audience="lga",
        )


register_table(Recommendations(Recommendation, ("council_id", "case_id", "number"), FACTS))
register_importer(RecommendationsByFile())
