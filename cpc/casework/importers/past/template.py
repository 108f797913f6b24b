"""Past peer challenges, their progress reviews and follow-ups, from a file of our own form that somebody uploads."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from councils.events import register_changed
from councils.imports.base import Reading, Record, Statement, Watch, nobody_watches, refuse_as
from councils.imports.matching import Register
from councils.imports.registry import register_importer
from councils.imports.tables import TABLES
from councils.imports.templates import Column, read_filled
from councils.models import Council, ImportRun
from cpc.audit.services import record
from cpc.cases.models import Case, CaseOrigin, CaseState, DatePrecision, PastEvent, PastEventKind
from cpc.cases.stages import kinds_of_the_cycle
from cpc.casework.importers.past.challenges import KnownDate, Row, parse_known_date
from cpc.casework.importers.past.tables import CHALLENGE, EVENT, spoken, written
from cpc.casework.importers.plausible import of_challenges, of_onsite_days, of_report, of_review, of_span, of_weekend
from cpc.components.incoming.cells import CellRefused, day, one_of, words
from cpc.components.incoming.table import NamedLine

CPC = "cpc"
EVENTS = {CPC: CPC, "Peer challenge": CPC, "Corporate peer challenge": CPC}
EVENTS |= {value: value for value in PastEventKind.values}
EVENTS |= {label: value for value, label in PastEventKind.choices} | {"Follow-up": "follow_up"}
MONTHS = [name.lower() for name in calendar.month_name]
DATES = ("starts", "ends", "report_public", "action_plan_public")


def known_date(value: str) -> KnownDate:
    """2024-11-05, 2024-11 or 2024; and what spreadsheets make of them: 05/11/2024, 11/2024, Nov-24, November 2024."""
    text = words(value)
    if found := re.fullmatch(r"([a-z]{3,})\.?[ -]([0-9]{2}|[0-9]{4})", text, re.IGNORECASE):
        # Nov, Sept or December; not the Mayor of 2024.
        number = next((each for each, name in enumerate(MONTHS) if name.startswith(found[1].lower())), 0)
        if number:
            year = found[2] if len(found[2]) == 4 else f"20{found[2]}"
            text = f"{year}-{number:02}"
    elif found := re.fullmatch(r"([0-9]{1,2})/([0-9]{4})", text):
        text = f"{found[2]}-{int(found[1]):02}"
    elif "/" in text or re.fullmatch(r"[0-9]{5}(\.0+)?", text):
        text = day(value).isoformat()
    try:
        return parse_known_date(text)
    except ValueError as error:
        raise CellRefused(str(error)) from error


@dataclass
class Told(Row):
    """A line of the file."""

    named: NamedLine

    @property
    def when(self) -> KnownDate:
        """When it took place; of a review of which only its report is known, when that was published."""
        return self.starts or self.report  # type: ignore[return-value]

    @property
    def last(self) -> date:
        return (self.ends or self.when).last

    @property
    def text(self) -> str:
        """The first day as it was written; empty where only the report is known."""
        return self.starts.text if self.starts else ""

    @property
    def councils(self) -> list[Council]:
        return [self.council, *([self.joint] if self.joint else [])]


@dataclass(eq=False)
class Held:
    """A challenge that stands, or that a line of the file tells of."""

    council_id: int
    councils: set[int]
    starts: str
    first: date
    last: date
    case: Case | None = None
    line: int = 0

    @property
    def is_past(self) -> bool:
        return self.case is None or self.case.origin == CaseOrigin.HISTORY

    @property
    def name(self) -> str:
        return self.case.reference if self.case else f"the challenge of line {self.line}"


class PastChallenges:
    source = "past_challenges"
    title = "Our template: past peer challenges"
    endings: tuple[str, ...] = ("csv", "xlsx")
    template = (
        Column("gss_code", "The code of the council, such as E07000223"),
        Column("joint_with", "The code of the second council of a joint peer challenge; otherwise empty"),
        Column("event", "Peer challenge, Progress review or Follow-up visit"),
        Column(
            "starts",
            "The first day onsite, as precisely as it is known: 2024-11-05, 2024-11 or 2024. Of a review or visit it may be "
            "empty where the day of its report is known",
        ),
        Column(
            "ends",
            "The last day onsite, as precisely as the first; empty if it is the same or is not known. Not kept of a review or visit",
        ),
        Column("report_public", "When the report was published: 2025-02-14, 2025-02 or 2025; may be empty"),
        Column("action_plan_public", "When the action plan of a peer challenge was published; may be empty"),
        Column("source", "Where this can be looked up; may be empty"),
        Column("note", "What else is known, and no names; may be empty"),
    )

    def read(self, content: bytes, watch: Watch = nobody_watches) -> Reading:
        reading = Reading(watch)
        self.check(self.parse(content, reading), reading)
        return reading

    def parse(self, content: bytes, reading: Reading) -> list[Told]:
        register = Register()
        today = timezone.localdate()
        rows = []
        for line in read_filled(content, self.template, reading, as_shown=True):
            row = self._row(line, register, today, reading)
            if row:
                rows.append(row)
        return rows

    def _row(self, line: NamedLine, register: Register, today: date, reading: Reading) -> Told | None:
        cells, column = line.cells, ""
        try:
            column = "gss_code"
            council = register.by_current_code(cells[column])
            column = "joint_with"
            joint = register.by_current_code(cells[column]) if cells[column] else None
            if joint == council:
                raise CellRefused("names the council itself")
            column = "event"
            event = one_of(cells[column], EVENTS)
            dates: dict[str, KnownDate | None] = dict.fromkeys(DATES)
            for column in DATES:
                if cells[column]:
                    dates[column] = known_date(cells[column])
                    if dates[column].first > today:  # type: ignore[union-attr]
                        raise CellRefused("lies in the future")
            column = "starts"
            starts, report = dates["starts"], dates["report_public"]
            if starts is None and (event == CPC or report is None):
                also = "" if event == CPC else ", or when its report was published"
                raise CellRefused(f"is empty: enter when it began{also}")
            for each in (council, joint):
                if each:
                    _refuse_unless_there(each, starts or report)  # type: ignore[arg-type]
            column = "ends"
            ends = dates["ends"]
            _refuse_end(starts, ends)
            for column in ("report_public", "action_plan_public"):
                told = dates[column]
                if told and starts and told.last < starts.first:
                    raise CellRefused("lies before the first day onsite")
            if cells[column] and event != CPC:
                raise CellRefused("belongs to a peer challenge, not to what followed it")
            column = "source"
            source = words(cells[column], longest=300)
            column = "note"
            note = words(cells[column], longest=500)
        except CellRefused as error:
            refuse_as(reading, line, column, error)
            return None
        return Told(
            line=line.number,
            council=council,
            event=event,
            starts=starts,  # type: ignore[arg-type]  # nothing where only the report is known
            ends=ends,
            report=dates["report_public"],
            plan=dates["action_plan_public"],
            joint=joint,
            source=source,
            note=note,
            named=line,
        )

    def check(self, rows: list[Told], reading: Reading) -> None:
        """One challenge is one case: whatever may be one that stands, under other dates, is refused."""
        held: dict[int, list[Held]] = {}
        for each in _held({council.pk for row in rows for council in row.councils}):
            _add(each, held)
        # A follow-up may stand above its challenge in the file; it is written after it.
        for row in (row for row in rows if row.event == CPC):
            self._check_challenge(row, held, reading)
        events = _held_events(held)
        for row in (row for row in rows if row.event != CPC):
            self._check_event(row, held, events, reading)

    def _check_challenge(self, row: Told, held: dict[int, list[Held]], reading: Reading) -> None:
        mine = {council.pk for council in row.councils}
        # A joint one stands under both of its councils.
        of_these = {id(each): each for pk in mine for each in held.get(pk, [])}.values()
        near = [each for each in of_these if each.first <= row.last and row.when.first <= each.last]
        same = next((each for each in near if _is_same(each, row)), None)
        column = "starts"
        try:
            for each in near:
                if each.line:
                    raise CellRefused(f"line {each.line} already has a peer challenge at this time")
                if each is not same and each.case:
                    may = (
                        "may be the same peer challenge, with other dates"
                        if each.is_past
                        else "is at this time already"
                    )
                    raise CellRefused(f"{each.case.reference} {may}")
            facts = _facts(row)
            if same is None:
                _ask(reading, row, "starts", _doubts_of_challenge(row, list(of_these)))
                facts = {"ends": row.text, "joint_id": row.joint.pk if row.joint else None} | facts
                same = Held(row.council.pk, mine, row.text, row.when.first, row.last)
                _add(same, held)
            elif row.ends and row.last != same.last:
                _ask(reading, row, "ends", _doubts_of_days(row))
            if not mine <= same.councils:
                column = "joint_with"
                if len(same.councils) > 1:
                    raise CellRefused(f"{same.case} was joint with another council")
                facts["joint_id"] = row.joint.pk if row.joint else None
                same.councils |= mine
                _add(same, held)
            same.line = row.line
            # What the line makes of its days is what later lines of the file must not touch.
            same.last = row.last if row.ends else same.last
        except CellRefused as error:
            refuse_as(reading, row.named, column, error)
            return
        text = f"{row.council.name}: peer challenge, {spoken(row.text)}"
        key = (same.council_id, same.starts)
        reading.state(Statement(row.line, text, [Record(CHALLENGE, key, facts)]))

    def _check_event(
        self, row: Told, held: dict[int, list[Held]], events: dict[tuple[int, str], list[HeldEvent]], reading: Reading
    ) -> None:
        """It stands at the last challenge before it; where it stands already, it stays there."""
        label = PastEventKind(row.event).label
        column = "starts"
        try:
            found = events.get((row.council.pk, row.event), [])
            near = [each for each in found if each.first <= row.when.last and row.when.first <= each.last]
            same = next((each for each in near if each.text == row.text), None)
            for each in near:
                if each.line:
                    raise CellRefused(f"line {each.line} already has a {label.lower()} at this time")
                if each is not same:
                    raise CellRefused(f"one is known {each.known_by}, which may be the same")
            if same is None:
                of = _last_before(row, held.get(row.council.pk, []))
                for each in found:
                    if not row.text and not each.text and each.of is of:
                        raise CellRefused(f"one is known {each.known_by}: enter the first day of each")
                _ask(reading, row, "starts" if row.text else "report_public", _doubts_of_event(row, label, of, found))
                same = HeldEvent(of, row.text, row.when.first, row.when.last)
            if row.ends and row.ends.text != same.ends:
                _ask(reading, row, "ends", _doubts_of_days(row))
                same.ends = row.ends.text
            column = "joint_with"
            if row.joint and row.joint.pk not in same.of.councils:
                raise CellRefused("had no part in the peer challenge before it")
            same.line = row.line
            # It is of every council of a joint one: the other may tell of it too.
            for pk in same.of.councils:
                _add_event(same, events.setdefault((pk, row.event), []))
        except CellRefused as error:
            refuse_as(reading, row.named, column, error)
            return
        key = (same.of.council_id, same.of.starts, row.event, same.text)
        facts = {name: value for name, value in _facts(row).items() if name in TABLES[EVENT].facts}
        what = spoken(same.text) if same.text else f"report of {spoken(row.when.text)}"
        text = f"{row.council.name}: {label.lower()}, {what}"
        reading.state(Statement(row.line, text, [Record(EVENT, key, facts)]))


@dataclass(eq=False)
class HeldEvent:
    """A review or follow-up, and the challenge at which it stands."""

    of: Held
    text: str
    first: date
    last: date
    ends: str = ""
    line: int = 0

    @property
    def known_by(self) -> str:
        return f"of {spoken(self.text)}" if self.text else f"by its report of {self.first:%B %Y}"


def _ask(reading: Reading, row: Told, column: str, questions: list[str]) -> None:
    for question in questions:
        reading.ask(row.line, column, row.named.cells[column], question)


def _doubts_of_days(row: Told) -> list[str]:
    if row.when.precision == DatePrecision.DAY:
        return of_onsite_days(row.when.first, row.last)
    return of_span(row.when.first, (row.ends or row.when).first)


def _doubts_of_challenge(row: Told, others: list[Held]) -> list[str]:
    found = _doubts_of_days(row)
    if row.when.precision != DatePrecision.YEAR:
        known = [each for each in others if len(each.starts) > len("2024")]
        found += of_challenges(row.when.first, row.last, [(each.name, each.first, each.last) for each in known])
    return found + (of_report("report", row.report.first, row.last) if row.report else [])


def _doubts_of_event(row: Told, label: str, of: Held, others: list[HeldEvent]) -> list[str]:
    name = label.lower()
    days = [each.first for each in others if len(each.text) == len("2024-11-05")]
    is_day = bool(row.starts) and row.when.precision == DatePrecision.DAY
    found = of_weekend(name, row.when.first) if is_day else []
    found += of_review(name, row.when.first, of.last, days if is_day else [])
    return found + (of_report(f"report of the {name}", row.report.first, row.last) if row.report else [])


def _facts(row: Told) -> dict[str, Any]:
    """What the line tells; what it leaves empty stays as it is."""
    told = {
        "ends": row.ends.text if row.ends else "",
        "report_public": row.report.text if row.report else "",
        "action_plan_public": row.plan.text if row.plan else "",
        "source": row.source,
        "note": row.note,
    }
    return {name: value for name, value in told.items() if value}


def _refuse_unless_there(council: Council, starts: KnownDate) -> None:
    if council.start_on and council.start_on > starts.last:
        raise CellRefused(f"{council.official_name} began on {council.start_on:%-d %B %Y}")
    if council.end_on and council.end_on < starts.first:
        raise CellRefused(f"{council.official_name} ended on {council.end_on:%-d %B %Y}")


def _refuse_end(starts: KnownDate | None, ends: KnownDate | None) -> None:
    if ends and starts is None:
        raise CellRefused("is known without the first day: enter that too")
    if ends and starts and ends.precision != starts.precision:
        raise CellRefused(f"must be as precise as the first day, which is a {starts.precision}")
    if ends and starts and ends.last < starts.first:
        raise CellRefused("lies before the first day")


def _is_same(held: Held, row: Told) -> bool:
    return held.case is not None and held.is_past and row.council.pk in held.councils and held.starts == row.text


def _last_before(row: Told, held: list[Held]) -> Held:
    """The peer challenge that a review or visit followed. One that is run here tells itself what followed it."""
    before = [each for each in held if each.first <= row.when.first]
    if not before:
        raise CellRefused("no earlier peer challenge of this council is known")
    last = max(before, key=lambda each: each.first)
    if last.case and not last.is_past:
        raise CellRefused(f"{last.case.reference} was before it and is not of the past: record there what followed")
    return last


def _add_event(event: HeldEvent, place: list[HeldEvent]) -> None:
    if event not in place:
        place.append(event)


def _add(held: Held, places: dict[int, list[Held]]) -> None:
    for council in held.councils:
        if held not in (place := places.setdefault(council, [])):
            place.append(held)


def _held(councils: set[int]) -> list[Held]:
    """Corporate challenges with dates of these councils, alone or joint, run here or of before."""
    joint = Case.joint_councils.through.objects.filter(council__in=councils).values("case_id")
    cases = (
        Case.objects.filter(Q(council__in=councils) | Q(pk__in=joint), kind__in=kinds_of_the_cycle())
        .filter(onsite_start_on__isnull=False, onsite_end_on__isnull=False)
        .exclude(state=CaseState.CANCELLED)
        .prefetch_related("joint_councils")
        .order_by("pk")
    )
    return [
        Held(
            council_id=case.council_id,
            councils={case.council_id, *(council.pk for council in case.joint_councils.all())},
            starts=written(case.onsite_start_on, case.onsite_precision),
            first=case.onsite_start_on,
            last=_last_meant(case),
            case=case,
        )
        for case in cases
    ]


def _last_meant(case: Case) -> date:
    """Of 2024 the last day is 31 December, however the case was made."""
    end: date = case.onsite_end_on  # type: ignore[assignment]
    if case.onsite_precision == DatePrecision.DAY:
        return end
    return max(end, parse_known_date(written(end, case.onsite_precision)).last)


def _held_events(held: dict[int, list[Held]]) -> dict[tuple[int, str], list[HeldEvent]]:
    by_case = {each.case.pk: each for some in held.values() for each in some if each.case and each.is_past}
    found: dict[tuple[int, str], list[HeldEvent]] = {}
    for event in PastEvent.objects.filter(case__in=by_case).order_by("pk"):
        text = written(event.starts_on, event.precision)
        known = parse_known_date(text or written(event.report_on, event.report_precision))
        of = by_case[event.case_id]
        row = HeldEvent(of, text, known.first, known.last, written(event.ends_on, event.precision))
        for council in of.councils:
            found.setdefault((council, event.kind), []).append(row)
    return found


@receiver(register_changed)
def record_import(sender: Any, *, verb: str, by: Any, council: Any, data: dict[str, Any], **kwargs: Any) -> None:
    """What an import did to a council's history, recorded of the council: a case may be taken back, its record not."""
    if verb not in {"import_applied", "import_undone"} or data["source"] != PastChallenges.source:
        return
    is_undone = verb == "import_undone"
    run = ImportRun.objects.get(pk=data["import_id"])
    told: dict[int, list[str]] = {}
    for label in (CHALLENGE, EVENT):
        table = TABLES[label]
        changes = [change for change in run.changes if change["model"] == label]
        rows = {row.pk: row for row in table.rows([change["pk"] for change in changes])}
        for change in changes:
            row = rows.get(change["pk"])
            if row is not None and is_undone:
                # What others changed since stands as the import made it, and was not taken back.
                before = change["before"]
                if before is None or any(table.value_of(row, name) != value for name, value in before.items()):
                    continue
            pk = table.value_of(row, "council_id") if row is not None else change["after"].get("council_id", 0)
            told.setdefault(pk, []).append(change["text"].partition(": ")[2])
    for each in Council.objects.filter(pk__in=told).order_by("pk"):
        record(
            verb="past_challenges_taken_back" if is_undone else "past_challenges_imported",
            by=by,
            council=each,
            data={"council": each.name, "import_id": run.pk, "what": "; ".join(dict.fromkeys(told[each.pk]))},
            audience="lga",
        )


register_importer(PastChallenges())
