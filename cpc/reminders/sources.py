"""What there is to remind of: days with somebody behind them. Packages above register what they have.

A source gives its rows twice: as a queryset, from which the database picks those of whom a rule speaks, and one by
one in words, asked again just before a mail leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet

from councils.models import Council
from cpc.cases.models import Case
from cpc.deadlines.kinds import label_of
from cpc.deadlines.models import Deadline, DeadlineRule, DeadlineState

# The columns of a source's queryset, in the order in which they are read.
COLUMNS = ("row", "kind", "day", "owner", "nation")


@dataclass(frozen=True)
class Subject:
    """One thing that somebody may be reminded of, as it stands now."""

    source: str
    row: int
    kind: str
    on: date
    # The side that owns a deadline; empty where there are no sides.
    owner: str
    council: Council
    case: Case | None
    title: str
    label: str
    # A path of this service.
    url: str
    # The day in words, no more precise than it is known; `is_exact` days only go into calendars.
    date_text: str
    is_exact: bool = True
    # Of a day that is not: whether its year is all that is known.
    is_year: bool = False
    # Somebody is to have done something by the day; otherwise something happens on it.
    is_promise: bool = True
    # A fact that anybody at the council and the LGA may read; never a finding.
    detail: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return (self.source, self.row)


@dataclass(frozen=True)
class Source:
    """`rows()` is a queryset with the COLUMNS as annotations; `tell(ids)` the subjects that stand now, by id, in a fixed
    number of statements; `ahead(from, until)` those between two days as far as one statement tells, for whoever looks
    ahead. `age` is how many days after its day a reminder that was missed is still made good."""

    code: str
    kinds: Callable[[], dict[str, str]]
    rows: Callable[[], QuerySet]
    tell: Callable[[Collection[int]], dict[int, Subject]]
    ahead: Callable[[date, date], list[Subject]]
    age: int
    # Whether rows belong to a side, as deadlines do.
    has_owners: bool = False


SOURCES: dict[str, Source] = {}


def register_source(source: Source) -> None:
    SOURCES[source.code] = source


def source_of(kind: str) -> Source:
    """Where rows of this kind come from. What no other source knows, and the empty kind, is a deadline."""
    for source in SOURCES.values():
        if source.code != DEADLINES and kind in source.kinds():
            return source
    return SOURCES[DEADLINES]


def subjects_of(keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Subject]:
    """(source, row) -> what still stands of these."""
    wanted: dict[str, set[int]] = {}
    for code, row in keys:
        wanted.setdefault(code, set()).add(row)
    return {
        subject.key: subject
        for code, ids in sorted(wanted.items())
        if code in SOURCES
        for subject in SOURCES[code].tell(ids).values()
    }


# ------------------------------------------------------------------ the deadlines of peer challenges

DEADLINES = "deadline"
# A case that stands still is left in peace; of one that is postponed work goes on.
CASE_STATES = ["active", "postponed"]


def _open_deadlines() -> QuerySet[Deadline]:
    return Deadline.objects.filter(state=DeadlineState.OPEN, case__state__in=CASE_STATES)


def _rows() -> QuerySet:
    return (
        _open_deadlines()
        .order_by()
        .annotate(row=F("pk"), day=F("due_on"), owner=F("owner_role"), nation=F("case__council__nation"))
        .values(*COLUMNS)
    )


def _tell(ids: Collection[int]) -> dict[int, Subject]:
    return {subject.row: subject for subject in _subjects(_open_deadlines().filter(pk__in=ids))}


def _ahead(from_on: date, until_on: date) -> list[Subject]:
    return _subjects(_open_deadlines().filter(due_on__gte=from_on, due_on__lte=until_on))


def _subjects(deadlines: QuerySet[Deadline]) -> list[Subject]:
    return [
        Subject(
            source=DEADLINES,
            row=deadline.pk,
            kind=deadline.kind,
            on=deadline.due_on,
            owner=deadline.owner_role,
            council=deadline.case.council,
            case=deadline.case,
            title=deadline.case.title,
            label=deadline.label,
            url=f"/cases/{deadline.case.reference}/deadlines/",
            date_text=f"{deadline.due_on:%-d %B %Y}",
        )
        for deadline in deadlines.select_related("case__council").prefetch_related("case__joint_councils")
    ]


def deadline_kinds() -> dict[str, str]:
    """The kinds that have a rule, in its words."""
    return {rule.kind: rule.label or label_of(rule.kind) for rule in DeadlineRule.objects.all()}


register_source(Source(DEADLINES, deadline_kinds, _rows, _tell, _ahead, age=366, has_owners=True))
