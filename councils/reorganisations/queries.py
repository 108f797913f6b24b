"""A reorganisation as it was entered: what it says, and what keeps it from being put in force."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db.models import Case, CharField, Count, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from councils.models import (
    ENDING_KINDS,
    NATIONS,
    Council,
    CouncilType,
    PlannedSuccession,
    PlannedSuccessor,
    Reorganisation,
    ReorganisationState,
    Succession,
    SuccessionKind,
)
from councils.queries import reached


def day_text(on: date) -> str:
    return f"{on:%-d %B %Y}"


def in_words(names: Iterable[str]) -> str:
    """One, one and two, or one, two and three."""
    listed = list(names)
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def reorganisations() -> QuerySet[Reorganisation]:
    """Drafts first, then those in force, then what was discarded; each by its day."""
    order = Case(
        When(state=ReorganisationState.DRAFT, then=0), When(state=ReorganisationState.IN_FORCE, then=1), default=2
    )
    numbers = Count("successors", filter=Q(successors__continuing=None))
    found = Reorganisation.objects.annotate(order=order, new_councils=numbers).select_related("made_by")
    return found.order_by("order", "vesting_on", "name", "pk")


def successors_of(reorganisation: Reorganisation) -> list[PlannedSuccessor]:
    """The councils after the day with those before it, in two statements."""
    predecessors = PlannedSuccession.objects.select_related("predecessor").order_by("predecessor__name", "pk")
    found = reorganisation.successors.select_related("continuing", "continuing__parent", "made").order_by("pk")
    return list(found.prefetch_related(Prefetch("predecessors", predecessors)))


def planned_of(successors: Iterable[PlannedSuccessor]) -> list[PlannedSuccession]:
    return [planned for each in successors for planned in each.predecessors.all()]


def ending_councils(successors: Iterable[PlannedSuccessor]) -> list[Council]:
    """Those that are no more after the day, each once, by name."""
    ending = {each.predecessor_id: each.predecessor for each in planned_of(successors) if each.kind in ENDING_KINDS}
    return sorted(ending.values(), key=lambda council: (council.name, council.pk))


def smaller_councils(successors: Iterable[PlannedSuccessor]) -> list[Council]:
    smaller = {
        each.predecessor_id: each.predecessor for each in planned_of(successors) if each.kind == SuccessionKind.BOUNDARY
    }
    return sorted(smaller.values(), key=lambda council: (council.name, council.pk))


def touched_councils(successors: Sequence[PlannedSuccessor]) -> set[int]:
    """Councils of today whose rows it would change or name."""
    touched = {each.predecessor_id for each in planned_of(successors)}
    return touched | {each.continuing_id for each in successors if each.continuing_id}


def new_facts(successor: PlannedSuccessor) -> dict[str, str]:
    """What becomes different for a council that carries on: column -> value; nothing for a new one."""
    council = successor.continuing
    if council is None:
        return {}
    wanted = {name: getattr(successor, name) for name in ("name", "official_name", "council_type")}
    return {name: value for name, value in wanted.items() if value and value != getattr(council, name)}


DRAFT, SLUG = "draft", "slug"


def _in_drafts(councils: Collection[int], but_not: Reorganisation) -> list[QuerySet]:
    """(DRAFT, council as text, name of another draft that it stands in already)."""
    drafts = PlannedSuccessor.objects.filter(reorganisation__state=ReorganisationState.DRAFT).exclude(
        reorganisation=but_not
    )
    return [
        drafts.filter(**{f"{path}__in": councils})
        .order_by()
        .values_list(Value(DRAFT), Cast(path, CharField()), "reorganisation__name")
        for path in ("predecessors__predecessor_id", "continuing_id")
    ]


def _with_slugs(slugs: Collection[str], but_not: Reorganisation) -> list[QuerySet]:
    """(SLUG, name in addresses, nothing) of those that a council of the register or of another draft has."""
    planned = PlannedSuccessor.objects.filter(reorganisation__state=ReorganisationState.DRAFT).exclude(
        reorganisation=but_not
    )
    return [
        rows.filter(slug__in=slugs).order_by().values_list(Value(SLUG), "slug", Value(""))
        for rows in (Council.objects.all(), planned)
    ]


def _drafts_and_slugs(parts: list[QuerySet]) -> tuple[dict[int, str], set[str]]:
    """One statement."""
    rows = list(parts[0].union(*parts[1:]))
    drafts = {int(key): name for kind, key, name in rows if kind == DRAFT}
    return drafts, {key for kind, key, _ in rows if kind == SLUG}


def drafts_with(councils: Iterable[int], but_not: Reorganisation) -> dict[int, str]:
    """Council -> another draft that it stands in already."""
    return _drafts_and_slugs(_in_drafts(list(councils), but_not))[0]


def slugs_taken(slugs: Iterable[str], but_not: Reorganisation) -> set[str]:
    """Names in addresses that a council of the register or of another draft has."""
    return _drafts_and_slugs(_with_slugs([slug for slug in slugs if slug], but_not))[1]


def council_problem(council: Council, vesting_on: date) -> str:
    """Why a council of the register has no part in a reorganisation on a day; empty when it may have."""
    if council.end_on:
        return (
            f"{council.official_name} ends on {day_text(council.end_on)} already. "
            "Take it out, or correct the last day on its page."
        )
    if council.start_on and council.start_on >= vesting_on:
        return (
            f"{council.official_name} begins on {day_text(council.start_on)}, not before the vesting day. "
            "Take it out, or correct the vesting day."
        )
    return ""


def problems_of(reorganisation: Reorganisation, successors: Sequence[PlannedSuccessor]) -> list[str]:
    """What has to be put right before it can be put in force, in sentences."""
    if not successors:
        return ["No council comes after the day yet. Add each, with the councils that it follows."]
    found = [problem for each in successors for problem in _successor_problems(each, reorganisation.vesting_on)]
    found += _kind_problems(successors)
    councils = {each.predecessor_id: each.predecessor for each in planned_of(successors)}
    found += [problem for each in councils.values() if (problem := council_problem(each, reorganisation.vesting_on))]
    names = {council.pk: council.official_name for council in councils.values()}
    names |= {each.continuing.pk: each.continuing.official_name for each in successors if each.continuing}
    slugs = [each.slug for each in successors if each.slug]
    drafts, taken = _drafts_and_slugs([*_in_drafts(list(names), reorganisation), *_with_slugs(slugs, reorganisation)])
    found += [
        f"A council with the name “{each.slug}” in addresses is on the register, or in another draft. "
        f"Change that of {each.full_name}."
        for each in successors
        if each.slug in taken
    ]
    found += [f"{names[pk]} is in the draft “{draft}” too. Take it out of one of them." for pk, draft in drafts.items()]
    found += _order_problems(successors, names)
    return list(dict.fromkeys(found))


def _successor_problems(successor: PlannedSuccessor, vesting_on: date) -> list[str]:
    planned = list(successor.predecessors.all())
    nations = {each.predecessor.nation for each in planned}
    found = []
    if successor.continuing:
        problem = council_problem(successor.continuing, vesting_on)
        found += [problem] if problem else []
        nations.add(successor.continuing.nation)
        if not planned and not new_facts(successor):
            found.append(
                f"{successor.full_name} carries on as it is. Choose the councils that it takes over, or take it out."
            )
    elif not planned:
        found.append(f"{successor.full_name} has no predecessor yet. Choose the councils that it follows.")
    of_type = NATIONS.get(CouncilType(successor.council_type)) if successor.council_type else None
    if of_type and nations and of_type not in nations:
        found.append(
            f"{successor.full_name} is of the type “{successor.get_council_type_display()}”, which {of_type} alone has. "
            "Change its type."
        )
    if len(nations) > 1:
        found.append(
            f"{successor.full_name} follows councils of {in_words(sorted(nations))}. Keep those of one nation."
        )
    if sum(each.kind == SuccessionKind.CONTINUES for each in planned) > 1:
        found.append(f"{successor.full_name} can be the same body as one council only. Choose which.")
    return found


def _kind_problems(successors: Sequence[PlannedSuccessor]) -> list[str]:
    carrying_on = {each.continuing_id for each in successors if each.continuing_id}
    kinds: dict[int, list[PlannedSuccession]] = {}
    for each in planned_of(successors):
        kinds.setdefault(each.predecessor_id, []).append(each)
    found = []
    for pk, some in kinds.items():
        name = some[0].predecessor.official_name
        ends = [each.kind in ENDING_KINDS for each in some]
        if pk in carrying_on and any(ends):
            found.append(
                f"{name} carries on and ends here. Take it out of one of the two, or let it go on with a smaller area."
            )
        elif any(ends) and not all(ends):
            found.append(
                f"{name} ends in one place and goes on with a smaller area in another. Choose the same in both."
            )
        if len(some) > 1 and any(each.kind == SuccessionKind.CONTINUES for each in some):
            found.append(f"{name} can carry on as one body only. Take it out of the others, or let it end.")
    return found


def _order_problems(successors: Sequence[PlannedSuccessor], names: dict[int, str]) -> list[str]:
    """Nobody comes before and after the same council. New councils follow and are followed by nobody yet."""
    pairs = [
        (planned.predecessor_id, each.continuing_id)
        for each in successors
        if each.continuing_id
        for planned in each.predecessors.all()
    ]
    if not pairs:
        return []
    after: dict[int, set[int]] = {}
    for predecessor, successor in Succession.objects.values_list("predecessor_id", "successor_id"):
        after.setdefault(predecessor, set()).add(successor)
    found = []
    for predecessor, continuing in pairs:
        if predecessor == continuing:
            found.append(f"{names[predecessor]} does not follow itself. Take it out.")
        elif continuing in after.get(predecessor, ()):
            found.append(f"{names[continuing]} follows {names[predecessor]} already. Take it out.")
        elif predecessor in reached([continuing], after):
            found.append(
                f"{names[predecessor]} follows {names[continuing]} already. It cannot come before it too: take it out."
            )
        else:
            after.setdefault(predecessor, set()).add(continuing)
    return found


def choosable(reorganisation: Reorganisation) -> Q:
    """Councils that may have a part in it: those that exist on the day before and do not end by themselves."""
    return Q(end_on__isnull=True) & (Q(start_on__isnull=True) | Q(start_on__lt=reorganisation.vesting_on))
