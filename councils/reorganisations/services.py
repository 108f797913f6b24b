"""A reorganisation while it is a draft: none of it is in the register yet. Putting it in force is next door."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from councils.events import announce
from councils.models import (
    Council,
    PlannedSuccession,
    PlannedSuccessor,
    Reorganisation,
    ReorganisationState,
    SuccessionKind,
)
from councils.reorganisations.queries import council_problem, day_text, drafts_with, in_words, slugs_taken
from councils.services import STALE
from cpc.components.errors import Refused
from cpc.components.versioned import check_version

# Addresses below /councils/ that are no council.
RESERVED_SLUGS = {"imports"}
TAKEN_OUT = "This council was taken out of the reorganisation."


def words_of(reorganisation: Reorganisation, **more: Any) -> dict[str, Any]:
    """What a record of it holds: names as they stood, for the councils it made may be gone again one day."""
    return {
        "reorganisation_id": reorganisation.pk,
        "name": reorganisation.name,
        "day": day_text(reorganisation.vesting_on),
    } | more


def locked_draft(reorganisation: Reorganisation) -> Reorganisation:
    """The row, locked; refused unless it is a draft."""
    row = Reorganisation.objects.select_for_update().get(pk=reorganisation.pk)
    if row.state == ReorganisationState.IN_FORCE:
        raise Refused("This reorganisation is in force. Undo that before you change it.")
    if row.state == ReorganisationState.DISCARDED:
        raise Refused("This reorganisation was discarded. Enter a new one.")
    return row


def _save_change(reorganisation: Reorganisation, *, change: str, by: Any) -> None:
    """Whoever decides about it has read this version, with all its councils."""
    reorganisation.version += 1
    reorganisation.save()
    announce("reorganisation_changed", by=by, council=None, data=words_of(reorganisation, change=change))


def _wait_for_name(name: str) -> None:
    """Of two who take a name at once the second sees what the first has saved."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reorganisation {name}"])


def _check_name(name: str, but_not: int = 0) -> None:
    _wait_for_name(name)
    if Reorganisation.objects.filter(name=name).exclude(state=ReorganisationState.DISCARDED).exclude(pk=but_not):
        raise Refused("There is a reorganisation with this name already. Choose another.", field="name")


@transaction.atomic
def create_reorganisation(*, name: str, vesting_on: date, source: str, notes: str, by: Any) -> Reorganisation:
    """A draft without councils. The same again, while it still is so, is the same draft."""
    name, source, notes = name.strip(), source.strip(), notes.strip()
    _wait_for_name(name)
    same = Reorganisation.objects.filter(
        name=name,
        vesting_on=vesting_on,
        source=source,
        notes=notes,
        made_by=by,
        state=ReorganisationState.DRAFT,
        version=0,
    ).first()
    if same:
        return same
    _check_name(name)
    reorganisation = Reorganisation.objects.create(
        name=name, vesting_on=vesting_on, source=source, notes=notes, made_by=by
    )
    announce("reorganisation_made", by=by, council=None, data=words_of(reorganisation))
    return reorganisation


@transaction.atomic
def change_reorganisation(
    *, reorganisation: Reorganisation, name: str, vesting_on: date, source: str, notes: str, version: int, by: Any
) -> Reorganisation:
    """What it is called, its day and where it is decided. The same again changes nothing."""
    reorganisation = locked_draft(reorganisation)
    wanted: dict[str, Any] = {
        "name": name.strip(),
        "vesting_on": vesting_on,
        "source": source.strip(),
        "notes": notes.strip(),
    }
    if all(getattr(reorganisation, field) == value for field, value in wanted.items()):
        return reorganisation
    check_version(reorganisation, version, STALE)
    _check_name(wanted["name"], but_not=reorganisation.pk)
    for field, value in wanted.items():
        setattr(reorganisation, field, value)
    _save_change(reorganisation, change="its name, day or source", by=by)
    return reorganisation


def _free_slug(reorganisation: Reorganisation, slug: str, name: str, but_not: int = 0) -> str:
    """What was asked for, or else made from the name; with the year where an earlier council has it (two Somersets)."""
    asked = slug.strip()
    own = set(reorganisation.successors.exclude(pk=but_not).values_list("slug", flat=True))
    plain = asked or slugify(name)[:90].strip("-")
    tries = [asked] if asked else [plain, f"{plain}-{reorganisation.vesting_on.year}"]
    taken = slugs_taken(tries, reorganisation) | own | RESERVED_SLUGS | {""}
    for each in tries if plain else []:
        if each not in taken:
            return each
    raise Refused(
        "A council has this name in addresses already. Enter another."
        if plain
        else "Enter a name for addresses, of small letters, digits and hyphens",
        field="slug",
    )


@transaction.atomic
def add_successor(
    *,
    reorganisation: Reorganisation,
    name: str,
    official_name: str,
    council_type: str,
    region: str,
    slug: str,
    by: Any,
) -> PlannedSuccessor:
    """A new council. One of the same name is the same, where nothing else is different either."""
    reorganisation = locked_draft(reorganisation)
    facts = {
        "name": name.strip(),
        "official_name": official_name.strip(),
        "council_type": council_type,
        "region": region.strip(),
    }
    same = reorganisation.successors.filter(continuing=None, name=facts["name"]).first()
    if same and all(getattr(same, field) == value for field, value in facts.items()) and slug in ("", same.slug):
        return same
    if same:
        raise Refused("This council is already on the list. Change it instead.", field="name")
    successor = PlannedSuccessor.objects.create(
        reorganisation=reorganisation, slug=_free_slug(reorganisation, slug, facts["name"]), **facts
    )
    _save_change(reorganisation, change=f"{successor.full_name} added", by=by)
    return successor


def _check_parts(councils: Collection[Council], reorganisation: Reorganisation, field: str) -> None:
    """Whether councils of the register may have a part. They are locked, so that two drafts cannot both take one."""
    drafts = drafts_with([council.pk for council in councils], reorganisation)
    for council in councils:
        problem = council_problem(council, reorganisation.vesting_on)
        if council.pk in drafts:
            draft = drafts[council.pk]
            problem = f"{council.official_name} is in the draft “{draft}” already. Take it out there first."
        if problem:
            raise Refused(problem, field=field)


@transaction.atomic
def add_continuing(
    *,
    reorganisation: Reorganisation,
    council: Council,
    name: str,
    official_name: str,
    council_type: str,
    by: Any,
) -> PlannedSuccessor:
    """A council of today that carries on with the area of others. What is left empty stays as it is."""
    reorganisation = locked_draft(reorganisation)
    council = Council.objects.select_for_update().get(pk=council.pk)
    facts = {"name": name.strip(), "official_name": official_name.strip(), "council_type": council_type}
    same = reorganisation.successors.filter(continuing=council).first()
    if same and all(getattr(same, field) == value for field, value in facts.items()):
        return same
    if same:
        raise Refused("This council is already on the list. Change it instead.", field="council")
    _check_parts([council], reorganisation, "council")
    successor = PlannedSuccessor.objects.create(reorganisation=reorganisation, continuing=council, **facts)
    _save_change(reorganisation, change=f"{council.official_name} carries on", by=by)
    return successor


@transaction.atomic
def change_successor(*, successor: PlannedSuccessor, facts: dict[str, str], version: int, by: Any) -> PlannedSuccessor:
    """Its name, type, region and name in addresses. `version` is that of the reorganisation."""
    reorganisation = locked_draft(successor.reorganisation)
    row = reorganisation.successors.select_related("continuing").filter(pk=successor.pk).first()
    if row is None:
        raise Refused(TAKEN_OUT)
    wanted = {field: value.strip() for field, value in facts.items()}
    if row.continuing is None and not wanted.get("slug"):
        wanted["slug"] = row.slug
    if all(getattr(row, field) == value for field, value in wanted.items()):
        return row
    check_version(reorganisation, version, STALE)
    if row.continuing is None:
        others = reorganisation.successors.filter(continuing=None, name=wanted["name"]).exclude(pk=row.pk)
        if others.exists():
            raise Refused("Another council here has this name. Choose another.", field="name")
        if wanted["slug"] != row.slug:
            wanted["slug"] = _free_slug(reorganisation, wanted["slug"], wanted["name"], but_not=row.pk)
    for field, value in wanted.items():
        setattr(row, field, value)
    row.save()
    _save_change(reorganisation, change=f"{row.full_name} changed", by=by)
    return row


@transaction.atomic
def remove_successor(*, reorganisation: Reorganisation, successor_id: int, by: Any) -> bool:
    """Whether there was one to take out. Those that it follows go with it."""
    reorganisation = locked_draft(reorganisation)
    row = reorganisation.successors.select_related("continuing").filter(pk=successor_id).first()
    if row is None:
        return False
    row.delete()
    _settle_kinds(reorganisation)
    _save_change(reorganisation, change=f"{row.full_name} taken out", by=by)
    return True


def _settle_kinds(reorganisation: Reorganisation) -> None:
    """A council that ends is merged into one or split between several: whichever it is now."""
    ending = PlannedSuccession.objects.filter(
        successor__reorganisation=reorganisation, kind__in=[SuccessionKind.MERGER, SuccessionKind.SPLIT]
    )
    numbers: dict[int, list[int]] = {}
    for pk, predecessor in ending.order_by("pk").values_list("pk", "predecessor_id"):
        numbers.setdefault(predecessor, []).append(pk)
    for kind, is_kind in (
        (SuccessionKind.MERGER, lambda some: len(some) == 1),
        (SuccessionKind.SPLIT, lambda some: len(some) > 1),
    ):
        pks = [pk for some in numbers.values() if is_kind(some) for pk in some]
        PlannedSuccession.objects.filter(pk__in=pks).exclude(kind=kind).update(kind=kind)


@transaction.atomic
def add_predecessors(*, successor: PlannedSuccessor, predecessors: Collection[Council], kind: str, by: Any) -> int:
    """Councils that it follows, and what becomes of them; how many are new or different. A split is seen by itself."""
    reorganisation = locked_draft(successor.reorganisation)
    row = reorganisation.successors.select_related("continuing").filter(pk=successor.pk).first()
    if row is None:
        raise Refused(TAKEN_OUT)
    if not predecessors:
        raise Refused("Choose the councils that it follows", field="predecessors")
    locked = Council.objects.select_for_update().order_by("pk").in_bulk([each.pk for each in predecessors])
    ends = {SuccessionKind.MERGER.value, SuccessionKind.SPLIT.value}
    councils = sorted(locked.values(), key=lambda each: (each.name, each.pk))
    if row.continuing_id in locked:
        name = locked[row.continuing_id].official_name
        raise Refused(f"{name} does not follow itself. Choose others.", field="predecessors")
    _check_parts(councils, reorganisation, "predecessors")
    held = {each.predecessor_id: each for each in row.predecessors.all()}
    new = [
        PlannedSuccession(successor=row, predecessor=council, kind=kind)
        for council in councils
        if council.pk not in held
    ]
    other = [
        held[council.pk]
        for council in councils
        if council.pk in held and held[council.pk].kind != kind and not {held[council.pk].kind, kind} <= ends
    ]
    for each in other:
        each.kind = kind
    PlannedSuccession.objects.bulk_create(new)
    PlannedSuccession.objects.bulk_update(other, ["kind"])
    different = {each.predecessor_id for each in [*new, *other]}
    changed = [council.official_name for council in councils if council.pk in different]
    if changed:
        _settle_kinds(reorganisation)
        _save_change(reorganisation, change=f"{row.full_name} follows {in_words(changed)}", by=by)
    return len(changed)


@transaction.atomic
def remove_predecessor(*, reorganisation: Reorganisation, planned_id: int, by: Any) -> bool:
    """Whether there was one to take out."""
    reorganisation = locked_draft(reorganisation)
    planned = (
        PlannedSuccession.objects.filter(successor__reorganisation=reorganisation, pk=planned_id)
        .select_related("predecessor", "successor", "successor__continuing")
        .first()
    )
    if planned is None:
        return False
    planned.delete()
    _settle_kinds(reorganisation)
    change = f"{planned.successor.full_name} does not follow {planned.predecessor.official_name}"
    _save_change(reorganisation, change=change, by=by)
    return True


@transaction.atomic
def discard_reorganisation(*, reorganisation: Reorganisation, version: int, by: Any) -> Reorganisation:
    """The draft is not wanted. It stays to be read; its councils are free for another."""
    row = Reorganisation.objects.select_for_update().get(pk=reorganisation.pk)
    if row.state == ReorganisationState.DISCARDED:
        return row
    row = locked_draft(row)
    check_version(row, version, STALE)
    row.state = ReorganisationState.DISCARDED
    row.discarded_at, row.discarded_by = timezone.now(), by
    row.version += 1
    row.save()
    announce("reorganisation_discarded", by=by, council=None, data=words_of(row))
    return row
