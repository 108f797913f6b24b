"""Reading the register."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from councils.elections import PollDay, poll_days_of
from councils.models import (
    PROVISIONAL,
    Contact,
    Council,
    CouncilCode,
    CouncilQuerySet,
    CouncilType,
    Fact,
    FormerFact,
    Neighbour,
    NeighbourSet,
    PoliticalControl,
    Poll,
    Post,
    Scheme,
    Seats,
    Succession,
    SuccessionKind,
    Tenure,
)


def council_list(
    user, *, q: str = "", region: str = "", council_type: str = "", nation: str = "", status: str = "current"
) -> QuerySet[Council]:
    """The register, narrowed; anything unknown narrows nothing."""
    councils = Council.objects.visible_to(user)
    today = timezone.localdate()
    if status == "current":
        councils = councils.current(today)
    elif status == "abolished":
        councils = councils.filter(end_on__lt=today)
    elif status == "planned":
        councils = councils.filter(start_on__gt=today)
    if q:
        councils = councils.search(q)
    if region:
        councils = councils.filter(region=region)
    if council_type:
        councils = councils.filter(council_type=council_type)
    if nation:
        councils = councils.filter(nation=nation)
    return councils.select_related("parent").order_by("name", "pk")


def with_short_lists(councils: CouncilQuerySet) -> CouncilQuerySet:
    """Each with its `latest_controls` and `last_polls`, the `similar` councils of its type and its `codes_before`, in the
    same statement."""
    former = CouncilCode.objects.filter(council=OuterRef("pk")).order_by("code")
    controls = PoliticalControl.objects.filter(council=OuterRef("pk")).order_by("-year")[:10]
    similar = Neighbour.objects.filter(council=OuterRef("pk"), set=NeighbourSet.SAME_TYPE).order_by("rank")
    polls = Poll.objects.filter(council=OuterRef("pk")).order_by("-on")[:50]
    return councils.annotate(
        latest_controls=ArraySubquery(controls.values(row=JSONObject(year="year", control="control"))),
        similar=ArraySubquery(similar.values(row=JSONObject(name="neighbour__name", slug="neighbour__slug"))),
        codes_before=ArraySubquery(former.values(row=JSONObject(pk="pk", code="code", ended_on="ended_on"))),
        last_polls=ArraySubquery(polls.values(row=JSONObject(on="on", text="text", is_called_off="is_called_off"))),
    )


def polls_ahead(council: Any, from_on: date, until_on: date) -> list[PollDay]:
    """Polls between two days of a council that was read with its short lists."""
    polls = [Poll(**each | {"on": date.fromisoformat(each["on"])}) for each in council.last_polls]
    return poll_days_of(council, polls, from_on, until_on)


KIND_WORDS = {
    SuccessionKind.MERGER: "merger",
    SuccessionKind.SPLIT: "split",
    SuccessionKind.BOUNDARY: "part of the area",
    SuccessionKind.CONTINUES: "the same body carries on",
}


@dataclass(frozen=True)
class Relation:
    """A council before or after another, how and from when."""

    pk: int
    council: Council
    on: date
    words: str


def relations(council: Council, until: date | None = None) -> tuple[list[Relation], list[Relation]]:
    """Whom a council follows and who follows it: all, or what had come about by a day."""
    found = Succession.objects.filter(Q(predecessor=council) | Q(successor=council))
    if until:
        found = found.filter(on__lte=until)
    before, after = [], []
    for each in found.select_related("predecessor", "successor").order_by("on", "pk"):
        words = KIND_WORDS.get(SuccessionKind(each.kind), "") if each.kind else ""
        if each.successor_id == council.pk:
            before.append(Relation(each.pk, each.predecessor, each.on, words))
        else:
            after.append(Relation(each.pk, each.successor, each.on, words))
    return before, after


def reached(start: Iterable[int], ways: Mapping[int, Collection[int]]) -> set[int]:
    """Every council that one comes to from these, however long the chain; they themselves only where it is a loop."""
    found: set[int] = set()
    waiting = set(start)
    while waiting:
        waiting = {each for council in waiting for each in ways.get(council, ())} - found
        found |= waiting
    return found


def all_before(council: Council) -> set[int]:
    """Every council whose area or work came to this one, however long the chain (R96); not one that gave a part and lives on."""
    pairs = Succession.objects.exclude(kind=SuccessionKind.BOUNDARY).values_list("successor_id", "predecessor_id")
    came: dict[int, set[int]] = {}
    for successor, predecessor in pairs:
        came.setdefault(successor, set()).add(predecessor)
    return reached([council.pk], came) - {council.pk}


def election_year(on: date) -> int:
    """Positions are those after May's elections: before May, last year's still hold."""
    return on.year if on.month >= 5 else on.year - 1


def _tenures_at(council: Council, on: date) -> QuerySet[Tenure]:
    return Tenure.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=on), council=council, started_on__lte=on)


def _control_at(council: Council, on: date) -> QuerySet[PoliticalControl]:
    return PoliticalControl.objects.filter(council=council, year__lte=election_year(on)).order_by("-year")


@dataclass(frozen=True)
class Leadership:
    """Who led the council on a day, and who controlled it then; empty where nothing is recorded (R8)."""

    leader: str
    chief_executive: str
    control: str


def leadership_at(council: Council, on: date) -> Leadership:
    """One statement, for pages that ask much already. Each name says whether it was a first post, where that is known."""
    posts = _tenures_at(council, on).order_by().values_list("post", "person_name", "is_first_post")
    control = _control_at(council, on).values_list(
        Value("control"), "control", Value(None, output_field=BooleanField())
    )[:1]
    known = {True: " (first post)", False: " (not a first post)", None: ""}
    held = {post: name + known[is_first] for post, name, is_first in posts.union(control, all=True)}
    leaders = [held[post] for post in (Post.LEADER, Post.MAYOR) if post in held]
    return Leadership(", ".join(leaders), held.get(Post.CHIEF_EXECUTIVE, ""), held.get("control", ""))


@dataclass(frozen=True)
class CouncilAt:
    """A council as it was on a day."""

    council: Council
    on: date
    exists: bool
    name: str
    official_name: str
    council_type: str
    region: str
    parent: Council | None
    election_scheme: str
    code: str
    code_is_provisional: bool
    tenures: list[Tenure]
    control: PoliticalControl | None
    seats: list[Seats]
    predecessors: list[Relation]
    successors: list[Relation]

    @property
    def type_text(self) -> str:
        return dict(CouncilType.choices).get(self.council_type, self.council_type)

    @property
    def scheme_text(self) -> str:
        return dict(Scheme.choices).get(self.election_scheme, self.election_scheme)


def facts_at(council: Council, on: date) -> dict[str, Any]:
    """What each fact was: the first that ended on or after the day, otherwise what it is now."""
    facts: dict[str, Any] = {fact: getattr(council, fact) for fact in Fact.values}
    former = FormerFact.objects.filter(council=council, ended_on__gte=on).order_by("-ended_on")
    # The latest comes first, so that the one that ended soonest after the day is left.
    then = {each.fact: each.value for each in former}
    if Fact.PARENT in then:
        then[Fact.PARENT] = Council.objects.filter(slug=then[Fact.PARENT]).first()  # type: ignore[assignment]
    return facts | then


def code_at(council: Council, on: date) -> str:
    """A code whose last day is not known says nothing of any day."""
    former = CouncilCode.objects.filter(council=council, ended_on__gte=on).order_by("ended_on").first()
    return former.code if former else council.gss_code


def as_at(council: Council, on: date) -> CouncilAt:
    """The council as it was on a day: facts, code, posts, control, seats and successions of that day (R8)."""
    before, after = relations(council, until=on)
    code = code_at(council, on)
    seats = Seats.objects.filter(council=council, year__lte=election_year(on))
    latest = seats.order_by("-year").values("year")[:1]
    return CouncilAt(
        council=council,
        on=on,
        exists=(council.start_on is None or council.start_on <= on)
        and (council.end_on is None or council.end_on >= on),
        code=code,
        code_is_provisional=code.startswith(PROVISIONAL),
        tenures=list(_tenures_at(council, on).order_by("post")),
        control=_control_at(council, on).first(),
        seats=list(Seats.objects.filter(council=council, year=Subquery(latest)).order_by("-number", "party")),
        predecessors=before,
        successors=after,
        **facts_at(council, on),
    )


def contacts(council: Council) -> QuerySet[Contact]:
    """Everybody the LGA writes to or wrote to there: who is still written to comes first."""
    return Contact.objects.filter(council=council).order_by(F("ended_on").desc(nulls_first=True), "role", "name", "pk")


def contacts_on(council: Council, on: date) -> QuerySet[Contact]:
    """Whom the LGA writes to on a day; those who begin later are among them, so that they are seen."""
    return Contact.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=on), council=council)


def contacts_before(council: Council) -> list[Contact]:
    """Those of the councils that it follows who stood there on the last day before. `is_here`: a contact of its own too."""
    own = Contact.objects.filter(council=council, ended_on=None, role=OuterRef("role"), email=OuterRef("email"))
    standing = Contact.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=F("council__succeeded_by__on") - timedelta(days=1)),
        council__succeeded_by__successor=council,
        started_on__lt=F("council__succeeded_by__on"),
    )
    found = standing.annotate(is_here=Exists(own)).select_related("council")
    return list(found.distinct().order_by("council__name", "role", "name", "pk"))


def contacts_of_each(councils: Collection[int], on: date) -> QuerySet[Contact]:
    """Whom the LGA writes to at these councils on a day."""
    return Contact.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=on), started_on__lte=on, council__in=councils
    ).order_by("council", "role", "pk")
