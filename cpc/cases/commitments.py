"""Who is free: what somebody has promised or is asked for between two days, in every place that asks.

The memberships of cases are read here. Packages above add what they keep: places on teams, days that a peer gave.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Value

from cpc.accounts.models import User
from cpc.cases.access import knows_of, read_once
from cpc.cases.models import (
    HOST_CASE_ROLES,
    PEER_CASE_ROLES,
    Case,
    CaseMembership,
    CaseRole,
    onsite_text_of,
    title_of,
)


class How(models.TextChoices):
    """The strongest first: one case commits a person once."""

    ON_TEAM = "on_team", "on the team"
    MANAGES = "manages", "manages"
    SUPPORTS = "supports", "supports"
    HOSTS = "hosts", "hosts"
    ACCEPTED = "accepted", "accepted"
    INVITED = "invited", "invited"
    OTHER_DAYS = "other_days", "gave other days"


RANK = {how: index for index, how in enumerate(How)}


@dataclass(frozen=True)
class Commitment:
    """One thing that keeps a person from being elsewhere. Without a case: the days that the person gave are others."""

    user_id: int
    name: str
    how: How
    start_on: date
    end_on: date
    case_id: int | None = None
    # As the reader may know it, for whom the commitments were read.
    sentence: str = ""

    @property
    def days(self) -> str:
        return onsite_text_of(self.start_on, self.end_on, "day")


# Ids of people, or a query for them.
People = Collection[int] | QuerySet[Any]


@dataclass(frozen=True)
class Source:
    """A table in which somebody is committed. All sources are read in one statement, whatever their number."""

    # Rows with a `user` for these people and days.
    rows: Callable[[People, date, date], QuerySet[Any]]
    # What a row says: a How, or an expression for one.
    how: Any
    # Where a row has its case, whose onsite days count; empty for rows about the days themselves.
    case: str = ""


SOURCES: list[Source] = []
# Who a case counts on besides its members: called with the case, each gives a query for ids of people.
PEOPLE: list[Callable[[Case], QuerySet[Any]]] = []


def register_commitments(source: Source, *, people: Callable[[Case], QuerySet[Any]] | None = None) -> None:
    if source not in SOURCES:
        SOURCES.append(source)
    if people is not None and people not in PEOPLE:
        PEOPLE.append(people)


def how_of(column: str, kinds: Mapping[Any, How]) -> models.Case:
    """For a source whose rows say in this column what they are."""
    return models.Case(
        *(models.When(**{column: code}, then=Value(how)) for code, how in kinds.items()),
        output_field=models.CharField(),
    )


COLUMNS = ("person", "name", "how", "start_on", "end_on", "of_case", "council", "partners")


def _columns(source: Source, people: People, from_on: date, to_on: date, *, but: Case | None) -> QuerySet[Any]:
    rows = source.rows(people, from_on, to_on).order_by()
    columns: dict[str, Any] = {"person": F("user_id"), "name": F("user__full_name")}
    if source.case:
        partners = Case.joint_councils.through.objects.filter(case=OuterRef(f"{source.case}_id"))
        columns |= {
            "start_on": F(f"{source.case}__onsite_start_on"),
            "end_on": F(f"{source.case}__onsite_end_on"),
            "of_case": F(f"{source.case}_id"),
            "council": F(f"{source.case}__council__name"),
            "partners": ArraySubquery(partners.order_by("council__name", "council_id").values("council__name")),
        }
        if but is not None:
            rows = rows.exclude(**{source.case: but.pk})
    else:
        columns |= {
            "start_on": Value(from_on, models.DateField()),
            "end_on": Value(to_on, models.DateField()),
            "of_case": Value(None, models.BigIntegerField()),
            "council": Value(""),
            "partners": Value([], ArrayField(models.CharField())),
        }
    how = source.how if hasattr(source.how, "resolve_expression") else Value(source.how)
    # Names of its own, so that a column of the row is not taken for one of these.
    named = {f"said_{name}": expression for name, expression in (columns | {"how": how}).items()}
    return rows.annotate(**named).values_list(*(f"said_{name}" for name in COLUMNS))


def commitments(
    people: People, from_on: date | None, to_on: date | None, *, but: Case | None = None, reader: User | None = None
) -> dict[int, list[Commitment]]:
    """What keeps each of these people from being elsewhere on these days, in one statement.

    `but` is the case that asks; `reader` is who will read of it, by the names of the cases that they may know of.
    """
    if from_on is None or to_on is None or (not isinstance(people, QuerySet) and not people):
        return {}
    first, *others = (_columns(source, people, from_on, to_on, but=but) for source in SOURCES)
    found: dict[int, dict[int | None, Commitment]] = {}
    # What the cases are called that the reader may know of: their own they know.
    titles: dict[int | None, str] = {}
    for person, name, how, start_on, end_on, case, council, partners in first.union(*others, all=True):
        each = Commitment(person, name, How(how), start_on, end_on, case)
        if case and reader and (reader.pk == person or knows_of(reader, case)):
            titles[case] = title_of(council, partners)
        of_person = found.setdefault(person, {})
        standing = of_person.get(case)
        if standing is None or RANK[each.how] < RANK[standing.how]:
            of_person[case] = each
    return {
        person: [
            replace(each, sentence=_sentence(each, titles.get(each.case_id, ""), reader))
            for each in sorted(of_person.values(), key=lambda each: (each.start_on, RANK[each.how], each.case_id or 0))
        ]
        for person, of_person in found.items()
    }


ROLES = {
    **dict.fromkeys(PEER_CASE_ROLES, How.ON_TEAM),
    **dict.fromkeys(HOST_CASE_ROLES, How.HOSTS),
    CaseRole.PEER_CHALLENGE_MANAGER: How.MANAGES,
    CaseRole.SUPPORT_OFFICER: How.SUPPORTS,
}


def _memberships(people: People, from_on: date, to_on: date) -> QuerySet[Any]:
    return CaseMembership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=from_on),
        user__in=people,
        removed_at__isnull=True,
        role__in=sorted(ROLES),
        case__in=Case.objects.onsite_between(from_on, to_on),
    )


register_commitments(Source(_memberships, how_of("role", ROLES), case="case"))


# ------------------------------------------------------------------ in words


# How -> what is said of somebody else and what they read of themselves; with the case's name where it may be known.
NAMED = {
    How.ON_TEAM: ("{name} is on the team of {case}", "You are on the team of {case}"),
    How.MANAGES: (
        "{name} is onsite at {case} as peer challenge manager",
        "You are onsite at {case} as peer challenge manager",
    ),
    How.SUPPORTS: ("{name} supports the team at {case}", "You support the team at {case}"),
    How.HOSTS: ("{name} has the peer challenge of {case} at home", "You have the peer challenge of {case} at home"),
    How.ACCEPTED: ("{name} has said yes to the team of {case}", "You have said yes to the team of {case}"),
    How.INVITED: ("{name} is invited to the team of {case}", "You are invited to the team of {case}"),
}
UNNAMED = {
    How.ON_TEAM: "{name} is on another team",
    How.MANAGES: "{name} is onsite at another peer challenge",
    How.SUPPORTS: "{name} supports another team",
    How.HOSTS: "{name} has a peer challenge at home",
    How.ACCEPTED: "{name} has said yes to another team",
    How.INVITED: "{name} is invited to another team",
}
OTHER_DAYS = (
    "{name} gave other days on which they could be onsite",
    "You gave other days on which you could be onsite",
)


def _sentence(each: Commitment, title: str, reader: User | None) -> str:
    """A case that the reader may not know of has no title here, and is not named."""
    is_own = reader is not None and reader.pk == each.user_id
    if each.how == How.OTHER_DAYS:
        return OTHER_DAYS[is_own].format(name=each.name) + "."
    if title:
        words = NAMED[each.how][is_own].format(name=each.name, case=title)
    else:
        words = UNNAMED[each.how].format(name=each.name)
    return f"{words}, {each.days}."


def told(found: dict[int, list[Commitment]]) -> list[str]:
    """A sentence for each commitment, in the order of the people's names."""
    in_order = sorted(found.items(), key=lambda item: (item[1][0].name, item[0]))
    return [each.sentence for _, rows in in_order for each in rows]


# ------------------------------------------------------------------ a case's own people, and the week


def committed_of_case(case: Case, from_on: date, to_on: date, *, reader: User | None) -> list[str]:
    """Of everybody that this case counts on: what keeps them from being onsite on these days."""
    members = CaseMembership.objects.filter(case=case, removed_at__isnull=True, role__in=sorted(ROLES))
    counted_on = Q(pk__in=members.values("user"))
    for source in PEOPLE:
        counted_on |= Q(pk__in=source(case))
    people = User.objects.filter(counted_on).order_by().values("pk")
    return told(commitments(people, from_on, to_on, but=case, reader=reader))


def others_onsite(case: Case, from_on: date, to_on: date) -> int:
    """How many other challenges are onsite in the week, or weeks, of these days."""
    monday = from_on - timedelta(days=from_on.weekday())
    sunday = to_on + timedelta(days=6 - to_on.weekday())
    others = Case.objects.onsite_between(monday, sunday).exclude(pk=case.pk)
    return read_once(case, f"others onsite {monday} to {sunday}", others.count)
