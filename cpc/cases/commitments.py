"""Who is free: what somebody has promised or is asked for between two days, in every place that asks (DESIGN 7).

The memberships of cases are read here. Packages above add what they keep: places on teams, days that a peer gave.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import Q, QuerySet

from cpc.accounts.models import User
from cpc.cases.access import read_once
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
    how: How
    start_on: date
    end_on: date
    case_id: int | None = None

    @property
    def days(self) -> str:
        return onsite_text_of(self.start_on, self.end_on, "day")


Source = Callable[[Collection[int], date, date], Iterable[Commitment]]
# Each reads its own table for all people at once, in a fixed number of statements.
SOURCES: list[Source] = []
# Who a case counts on besides its members: called with the case, each gives a query for ids of people.
PEOPLE: list[Callable[[Case], QuerySet]] = []


def register_commitments(source: Source, *, people: Callable[[Case], QuerySet] | None = None) -> None:
    if source not in SOURCES:
        SOURCES.append(source)
    if people is not None and people not in PEOPLE:
        PEOPLE.append(people)


def commitments(
    people: Collection[int], from_on: date | None, to_on: date | None, *, but: Case | None = None
) -> dict[int, list[Commitment]]:
    """What keeps each of these people from being elsewhere on these days; `but` is the case that asks."""
    found: dict[int, dict[int | None, Commitment]] = {}
    if from_on is None or to_on is None or not people:
        return {}
    for source in SOURCES:
        for each in source(people, from_on, to_on):
            if but is not None and each.case_id == but.pk:
                continue
            of_person = found.setdefault(each.user_id, {})
            standing = of_person.get(each.case_id)
            if standing is None or RANK[each.how] < RANK[standing.how]:
                of_person[each.case_id] = each
    return {
        person: sorted(of_person.values(), key=lambda each: (each.start_on, RANK[each.how], each.case_id or 0))
        for person, of_person in found.items()
    }


ROLES = {
    **dict.fromkeys(PEER_CASE_ROLES, How.ON_TEAM),
    **dict.fromkeys(HOST_CASE_ROLES, How.HOSTS),
    CaseRole.PEER_CHALLENGE_MANAGER: How.MANAGES,
    CaseRole.SUPPORT_OFFICER: How.SUPPORTS,
}


def _memberships(people: Collection[int], from_on: date, to_on: date) -> Iterable[Commitment]:
    rows = CaseMembership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=from_on),
        user__in=people,
        removed_at__isnull=True,
        role__in=sorted(ROLES),
        case__in=Case.objects.onsite_between(from_on, to_on),
    ).values_list("user_id", "role", "case__onsite_start_on", "case__onsite_end_on", "case_id")
    return [
        Commitment(user, ROLES[CaseRole(role)], start, end, case)
        for user, role, start, end, case in rows
        if start and end
    ]


register_commitments(_memberships)


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


def told(found: dict[int, list[Commitment]], names: dict[int, str], reader: User | None) -> dict[int, list[str]]:
    """A sentence for each commitment, person by person. A case that the reader may not know of is not named."""
    titles = _titles({each.case_id for rows in found.values() for each in rows if each.case_id}, found, reader)
    return {
        person: [_sentence(each, names.get(person, "Somebody"), titles, reader) for each in rows]
        for person, rows in found.items()
    }


def _sentence(each: Commitment, name: str, titles: dict[int, str], reader: User | None) -> str:
    own = reader is not None and reader.pk == each.user_id
    if each.how == How.OTHER_DAYS:
        return OTHER_DAYS[own].format(name=name) + "."
    if each.case_id in titles:
        words = NAMED[each.how][own].format(name=name, case=titles[each.case_id])
    else:
        words = UNNAMED[each.how].format(name=name)
    return f"{words}, {each.days}."


def _titles(wanted: set[int], found: dict[int, list[Commitment]], reader: User | None) -> dict[int, str]:
    if not wanted or reader is None:
        return {}
    own = {each.case_id for each in found.get(reader.pk, ()) if each.case_id}
    cases = Case.objects.visible_to(reader) | Case.objects.filter(pk__in=own)
    return {
        case.pk: title_of(case.council.name, [council.name for council in case.joint_councils.all()])
        for case in cases.filter(pk__in=wanted).with_council()
    }


def told_of_people(
    people: Iterable[User], from_on: date | None, to_on: date | None, *, but: Case | None, reader: User | None
) -> dict[int, list[str]]:
    """commitments() and told() in one, for people who have been read already."""
    names = {user.pk: user.full_name for user in people}
    return told(commitments(names, from_on, to_on, but=but), names, reader)


# ------------------------------------------------------------------ a case's own people, and the week


def committed_of_case(case: Case, from_on: date, to_on: date, *, reader: User | None) -> list[str]:
    """Of everybody that this case counts on: what keeps them from being onsite on these days."""
    members = CaseMembership.objects.filter(case=case, removed_at__isnull=True, role__in=sorted(ROLES))
    counted_on = Q(pk__in=members.values("user"))
    for source in PEOPLE:
        counted_on |= Q(pk__in=source(case))
    names = dict(User.objects.filter(counted_on).values_list("pk", "full_name"))
    sentences = told(commitments(names, from_on, to_on, but=case), names, reader)
    return [sentence for person in sorted(sentences, key=lambda each: names[each]) for sentence in sentences[person]]


def others_onsite(case: Case, from_on: date, to_on: date) -> int:
    """How many other challenges are onsite in the week, or weeks, of these days."""
    monday = from_on - timedelta(days=from_on.weekday())
    sunday = to_on + timedelta(days=6 - to_on.weekday())
    others = Case.objects.onsite_between(monday, sunday).exclude(pk=case.pk)
    return read_once(case, f"others onsite {monday} to {sunday}", others.count)
