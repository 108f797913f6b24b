"""Past challenges as an import writes them: a case with all that belongs to it is one row, its dates as they are known."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import ProtectedError, QuerySet

from councils.imports.tables import Table, register_table
from councils.models import Council
from cpc.cases.models import (
    Case,
    CaseOrigin,
    DatePrecision,
    FocusArea,
    PastChallenge,
    PastEvent,
    PastEventKind,
    ThemeSet,
    onsite_text_of,
)
from cpc.cases.stages import USUAL_KIND
from cpc.casework.importers.past.challenges import (
    LENGTH_BY_PRECISION,
    KnownDate,
    Row,
    make_past_case,
    parse_known_date,
    theme_set_of,
)

CHALLENGE, EVENT = "cpc.Case", "cpc.PastEvent"
NAMES = {
    "joint_id": "joint with",
    "ends": "last day onsite",
    "report_public": "report published",
    "action_plan_public": "action plan published",
}


def written(on: date | None, precision: str) -> str:
    """2024-11-05, 2024-11 or 2024."""
    return on.isoformat()[: LENGTH_BY_PRECISION[precision]] if on else ""


def spoken(text: str) -> str:
    known = parse_known_date(text)
    return onsite_text_of(known.first, known.first, known.precision)


def _known(told: dict[str, Any], name: str) -> KnownDate | None:
    return parse_known_date(told[name]) if told.get(name) else None


def _set_known(row: Any, field: str, text: str) -> None:
    known = parse_known_date(text) if text else None
    setattr(row, f"{field}_on", known.first if known else None)
    setattr(row, f"{field}_precision", known.precision if known else DatePrecision.DAY)


class PastTable(Table):
    """Facts are words and keys, so that JSON holds them as they are."""

    def as_value(self, values: dict[str, Any]) -> dict[str, Any]:
        return values

    def name_of(self, fact: str) -> str:
        return NAMES.get(fact, fact)

    def text_of(self, fact: str, value: Any, councils: dict[int, str]) -> str:
        if not value:
            return ""
        if fact == "joint_id":
            return councils.get(value, str(value))
        return spoken(value) if fact in NAMES else str(value)


class Challenges(PastTable):
    def value_of(self, row: Case, name: str) -> Any:
        past = getattr(row, "past", None)
        return {
            "council_id": row.council_id,
            "starts": written(row.onsite_start_on, row.onsite_precision),
            "ends": written(row.onsite_end_on, row.onsite_precision),
            "joint_id": next((council.pk for council in row.joint_councils.all()), None),
            "report_public": written(past.report_on, past.report_precision) if past else "",
            "action_plan_public": written(past.action_plan_on, past.action_plan_precision) if past else "",
            "source": past.source if past else "",
            "note": past.note if past else "",
        }[name]

    def _all(self) -> QuerySet[Case]:
        found = Case.objects.filter(origin=CaseOrigin.HISTORY, kind=USUAL_KIND, onsite_start_on__isnull=False)
        return found.select_related("past").prefetch_related("joint_councils")

    def rows_of(self, scopes: Collection[Any]) -> Iterable[Case]:
        return self._all().filter(council__in=scopes)

    def rows(self, pks: Collection[int]) -> Iterable[Case]:
        return self._all().filter(pk__in=pks)

    def councils_of(self, pks: Collection[int], told: Iterable[dict[str, Any]]) -> set[int]:
        told = list(told)
        found = super().councils_of(pks, told)
        found |= set(Case.joint_councils.through.objects.filter(case__in=pks).values_list("council_id", flat=True))
        return found | {values["joint_id"] for values in told if values.get("joint_id")}

    def create(self, told: list[dict[str, Any]], by: Any) -> list[int]:
        theme_sets = list(ThemeSet.objects.prefetch_related("areas"))
        councils = Council.objects.in_bulk(
            {values[name] for values in told for name in ("council_id", "joint_id") if values.get(name)}
        )
        made = []
        for values in told:
            row = Row(
                line=0,
                council=councils[values["council_id"]],
                event="cpc",
                starts=parse_known_date(values["starts"]),
                ends=_known(values, "ends"),
                report=_known(values, "report_public"),
                plan=_known(values, "action_plan_public"),
                joint=councils.get(values.get("joint_id") or 0),
                source=values.get("source", ""),
                note=values.get("note", ""),
            )
            made.append(make_past_case(row, theme_sets, by).pk)
        return made

    def update(self, told: dict[int, dict[str, Any]]) -> None:
        for case in self.rows(told):
            values = told[case.pk]
            if "ends" in values:
                end = parse_known_date(values["ends"]).last
                # A day that somebody corrected stays the day from which the cycle counts.
                if case.cycle_start_on == case.onsite_end_on:
                    case.cycle_start_on = end
                case.onsite_end_on = end
            if "joint_id" in values:
                case.joint_councils.set([values["joint_id"]] if values["joint_id"] else [])
            case.version += 1
            case.save(update_fields=["onsite_end_on", "cycle_start_on", "version"])
            past = getattr(case, "past", None) or PastChallenge(case=case)
            for name, field in (("report_public", "report"), ("action_plan_public", "action_plan")):
                if name in values:
                    _set_known(past, field, values[name])
            for name in ("source", "note"):
                setattr(past, name, values.get(name, getattr(past, name)))
            past.save()

    def delete(self, pks: Collection[int]) -> None:
        theme_sets = list(ThemeSet.objects.prefetch_related("areas"))
        for case in self._all().filter(pk__in=pks).select_for_update(of=("self",)).prefetch_related("focus_areas"):
            areas = list(case.focus_areas.all())
            theme_set = theme_set_of(case.onsite_start_on, theme_sets) if case.onsite_start_on else None
            made = {area.name for area in theme_set.areas.all()} if theme_set else set()
            if {area.name for area in areas} != made or any(area.version for area in areas):
                raise ProtectedError("Someone worked on its areas of focus.", set(areas))
            FocusArea.objects.filter(case=case).delete()
            PastChallenge.objects.filter(case=case).delete()
            case.delete()


class Events(PastTable):
    def value_of(self, row: PastEvent, name: str) -> Any:
        return {
            "council_id": row.case.council_id,
            "challenge": written(row.case.onsite_start_on, row.case.onsite_precision),
            "kind": row.kind,
            "starts": written(row.starts_on, row.precision),
            "ends": written(row.ends_on, row.precision),
            "report_public": written(row.report_on, row.report_precision),
            "source": row.source,
            "note": row.note,
        }[name]

    def councils_of(self, pks: Collection[int], told: Iterable[dict[str, Any]]) -> set[int]:
        # Of a row that is added the council is told by its own name, not by way of a case.
        told = list(told)
        return super().councils_of(pks, told) | {each["council_id"] for each in told if "council_id" in each}

    def rows_of(self, scopes: Collection[Any]) -> Iterable[PastEvent]:
        return PastEvent.objects.filter(case__council__in=scopes).select_related("case")

    def rows(self, pks: Collection[int]) -> Iterable[PastEvent]:
        return PastEvent.objects.filter(pk__in=pks).select_related("case")

    def create(self, told: list[dict[str, Any]], by: Any) -> list[int]:
        made = []
        for values in told:
            of, starts = parse_known_date(values["challenge"]), _known(values, "starts")
            ends = _known(values, "ends")
            event = PastEvent(
                # The one that was told earlier in the file has been written by now.
                case=Case.objects.get(
                    origin=CaseOrigin.HISTORY,
                    kind=USUAL_KIND,
                    council=values["council_id"],
                    onsite_start_on=of.first,
                    onsite_precision=of.precision,
                ),
                kind=values["kind"],
                starts_on=starts.first if starts else None,
                ends_on=ends.first if ends else None,
                precision=starts.precision if starts else DatePrecision.DAY,
                source=values.get("source", ""),
                note=values.get("note", ""),
            )
            _set_known(event, "report", values.get("report_public", ""))
            event.save()
            made.append(event.pk)
        return made

    def update(self, told: dict[int, dict[str, Any]]) -> None:
        for event in self.rows(told):
            values = told[event.pk]
            if "ends" in values:
                ends = _known(values, "ends")
                event.ends_on = ends.first if ends else None
            if "report_public" in values:
                _set_known(event, "report", values["report_public"])
            for name in ("source", "note"):
                setattr(event, name, values.get(name, getattr(event, name)))
            event.save()


register_table(
    Challenges(
        Case,
        ("council_id", "starts"),
        ("ends", "joint_id", "report_public", "action_plan_public", "source", "note"),
    )
)
register_table(
    Events(
        PastEvent,
        ("council_id", "challenge", "kind", "starts"),
        ("ends", "report_public", "source", "note"),
        scope="case__council_id",
        about=lambda key: PastEventKind(key[2]).label,
    )
)
