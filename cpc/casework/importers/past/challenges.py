"""Past challenges from a file of our own form: parse -> check -> report -> apply. Nothing changes unless told to."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.audit.services import record
from cpc.cases.models import (
    Case,
    CaseOrigin,
    CaseState,
    DatePrecision,
    FocusArea,
    PastChallenge,
    PastEvent,
    PastEventKind,
    ThemeSet,
)
from cpc.cases.stages import Stage
from cpc.casework.services import lock_council, next_reference
from cpc.components.incoming.table import columns, read_table

DATA_FILE = Path(__file__).resolve().parent.parent.parent / "data" / "past_challenges.csv"
COLUMNS = ["gss_code", "joint_with", "event", "starts", "ends", "report_public", "action_plan_public", "source", "note"]
PRECISION_BY_LENGTH = {10: DatePrecision.DAY, 7: DatePrecision.MONTH, 4: DatePrecision.YEAR}
LENGTH_BY_PRECISION: dict[str, int] = {precision: length for length, precision in PRECISION_BY_LENGTH.items()}


@dataclass(frozen=True)
class KnownDate:
    """The first day that the words may mean, the last, and how precise they are."""

    first: date
    last: date
    precision: str

    @property
    def text(self) -> str:
        """As it was written."""
        return self.first.isoformat()[: LENGTH_BY_PRECISION[self.precision]]


def parse_known_date(text: str) -> KnownDate:
    """ "2024-11-05", "2024-11" or "2024". Raises ValueError with a sentence for anything else."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        raise ValueError("write the date as 2024-11-05, 2024-11 or 2024")
    year, month, day_of_month = (*(int(part) for part in text.split("-")), 1, 1)[:3]
    precision = PRECISION_BY_LENGTH[len(text)]
    try:
        if precision == DatePrecision.DAY:
            day = date(year, month, day_of_month)
            return KnownDate(day, day, precision)
        if precision == DatePrecision.MONTH:
            return KnownDate(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), precision)
        return KnownDate(date(year, 1, 1), date(year, 12, 31), precision)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise ValueError("this is not a real date") from error


@dataclass(frozen=True)
class Refusal:
    line: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.value!r}: {self.reason}"


@dataclass
class Row:
    line: int
    council: Council
    event: str
    starts: KnownDate
    ends: KnownDate | None
    report: KnownDate | None
    plan: KnownDate | None
    joint: Council | None
    source: str
    note: str


@dataclass
class Result:
    """What would happen, or happened."""

    rows: list[Row] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    added: int = 0
    unchanged: int = 0


def parse(path: Path) -> Result:
    """Read and check every row; a bad one is refused by line, column, value and reason, the others stand.

    Raises FileUnreadable where the file as a whole cannot be read.
    """
    result = Result()
    councils = {council.gss_code: council for council in Council.objects.with_given_code()}
    table = read_table(path.read_bytes(), columns(COLUMNS))
    result.refusals = [Refusal(bad.number, bad.column, bad.value, bad.reason) for bad in table.bad]
    # Nobody is asked here: what is doubtful is refused.
    result.refusals += [Refusal(doubt.line, doubt.column, doubt.value, doubt.reason) for doubt in table.questions]
    doubtful = {doubt.line for doubt in table.questions}
    for line in table.named(COLUMNS) if 0 not in doubtful else ():
        row = _parse_row(line.number, line.cells, councils, result) if line.number not in doubtful else None
        if row:
            result.rows.append(row)
    return result


def _parse_row(line: int, raw: dict[str, str], councils: dict[str, Council], result: Result) -> Row | None:
    found = len(result.refusals)

    def refuse(column: str, reason: str) -> None:
        result.refusals.append(Refusal(line, column, raw[column], reason))

    dates: dict[str, KnownDate | None] = {}
    for column in ("starts", "ends", "report_public", "action_plan_public"):
        dates[column] = None
        if raw[column]:
            try:
                dates[column] = parse_known_date(raw[column])
            except ValueError as error:
                refuse(column, str(error))
    if not raw["starts"]:
        refuse("starts", "enter when it began")
    if raw["event"] not in {"cpc", *PastEventKind.values}:
        refuse("event", "use cpc, progress_review or follow_up")
    for column in ("gss_code", "joint_with"):
        if raw[column] not in councils and (raw[column] or column == "gss_code"):
            refuse(column, "no council on the register has this code")
    starts, ends = dates["starts"], dates["ends"]
    if starts and starts.first > timezone.localdate():
        refuse("starts", "this is in the future")
    if starts and ends and ends.last < starts.first:
        refuse("ends", "ends before it starts")
    if len(result.refusals) > found or starts is None:
        return None
    return Row(
        line=line,
        council=councils[raw["gss_code"]],
        event=raw["event"],
        starts=starts,
        ends=ends,
        report=dates["report_public"],
        plan=dates["action_plan_public"],
        joint=councils.get(raw["joint_with"]),
        source=raw["source"],
        note=raw["note"],
    )


@transaction.atomic
def load(path: Path = DATA_FILE, *, apply: bool = False, by: User | None = None) -> Result:
    """Load the file; without `apply` everything is tried and rolled back. A row that stands already is left alone."""
    result = parse(path)
    theme_sets = list(ThemeSet.objects.prefetch_related("areas"))
    cases: dict[int, list[Case]] = {}
    for case in Case.objects.filter(origin=CaseOrigin.HISTORY).prefetch_related("joint_councils"):
        for council_id in [case.council_id, *(council.pk for council in case.joint_councils.all())]:
            cases.setdefault(council_id, []).append(case)
    for row in (row for row in result.rows if row.event == "cpc"):
        near = [case for case in cases.get(row.council.pk, []) if _may_be_one(case, row.starts)]
        if any(
            (case.onsite_start_on, case.onsite_precision) == (row.starts.first, row.starts.precision) for case in near
        ):
            result.unchanged += 1
            continue
        if near:
            # A second case of one challenge would start a second cycle.
            reason = f"{near[0].reference} may be the same peer challenge, with other dates"
            result.refusals.append(Refusal(row.line, "starts", row.starts.text, reason))
            continue
        case = _add_case(row, theme_sets, by)
        for council in [row.council, *([row.joint] if row.joint else [])]:
            cases.setdefault(council.pk, []).append(case)
        result.added += 1
    for row in (row for row in result.rows if row.event != "cpc"):
        earlier = [case for case in cases.get(row.council.pk, []) if case.onsite_start_on <= row.starts.first]  # type: ignore[operator]
        if not earlier:
            result.refusals.append(
                Refusal(row.line, "starts", row.starts.text, "no earlier peer challenge of this council is known")
            )
            continue
        latest = max(earlier, key=lambda case: case.onsite_start_on)  # type: ignore[arg-type,return-value]
        _, created = PastEvent.objects.get_or_create(
            case=latest,
            kind=row.event,
            starts_on=row.starts.first,
            defaults={
                "ends_on": row.ends.first if row.ends else None,
                "precision": row.starts.precision,
                "report_on": row.report.first if row.report else None,
                "report_precision": row.report.precision if row.report else DatePrecision.DAY,
                "source": row.source[:300],
                "note": row.note[:500],
            },
        )
        result.added += created
        result.unchanged += not created
    if not apply:
        transaction.set_rollback(True)
    return result


def _may_be_one(case: Case, starts: KnownDate) -> bool:
    """Whether the case may have begun on a day that these words may mean."""
    held = parse_known_date(str(case.onsite_start_on)[: LENGTH_BY_PRECISION[case.onsite_precision]])
    return held.first <= starts.last and starts.first <= held.last


def _add_case(row: Row, theme_sets: list[ThemeSet], by: User | None) -> Case:
    case = make_past_case(row, theme_sets, by)
    record(verb="past_case_loaded", by=by, case=case)
    return case


def make_past_case(row: Row, theme_sets: list[ThemeSet], by: User | None) -> Case:
    """A closed case holding only what is known. The cycle counts from the last day that the dates may mean.

    Whoever calls records it.
    """
    end = row.ends or row.starts
    theme_set = theme_set_of(row.starts.first, theme_sets)
    council = lock_council(row.council)
    case = Case.objects.create(
        reference=next_reference(council, row.starts.first.year),
        council=council,
        origin=CaseOrigin.HISTORY,
        stage=Stage.PROGRESS_REVIEW,
        state=CaseState.CLOSED,
        theme_set=theme_set,
        onsite_start_on=row.starts.first,
        onsite_end_on=end.last,
        onsite_precision=row.starts.precision,
        cycle_start_on=end.last,
        created_by=by,
    )
    if row.joint:
        case.joint_councils.set([row.joint])
    if theme_set:
        FocusArea.objects.bulk_create(
            FocusArea(case=case, order=area.order, name=area.name, is_core=True) for area in theme_set.areas.all()
        )
    PastChallenge.objects.create(
        case=case,
        report_on=row.report.first if row.report else None,
        report_precision=row.report.precision if row.report else DatePrecision.DAY,
        action_plan_on=row.plan.first if row.plan else None,
        action_plan_precision=row.plan.precision if row.plan else DatePrecision.DAY,
        source=row.source[:300],
        note=row.note[:500],
    )
    return case


def theme_set_of(on: date, theme_sets: list[ThemeSet]) -> ThemeSet | None:
    """The newest of those that had begun; the list has the newest first."""
    return next((each for each in theme_sets if each.starts_on <= on), None)
