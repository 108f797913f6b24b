"""Putting a reorganisation in force, trying it out, and taking it back.

What it does to the register is written once, in `outcome_of` and `_facts_taken`: one saves it, the other looks at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import F, ProtectedError, Value
from django.utils import timezone

from councils.events import announce, why_successions_stay
from councils.models import (
    ENDING_KINDS,
    PROVISIONAL,
    Council,
    CouncilType,
    Fact,
    FormerFact,
    PlannedSuccession,
    PlannedSuccessor,
    Reorganisation,
    ReorganisationState,
    Succession,
    SuccessionKind,
)
from councils.reorganisations.queries import (
    day_text,
    ending_councils,
    in_words,
    new_facts,
    planned_of,
    problems_of,
    successors_of,
    touched_councils,
)
from councils.reorganisations.services import locked_draft, words_of
from councils.services import STALE, lock_successions, stored_text
from cpc.components.errors import Refused
from cpc.components.versioned import check_version


@dataclass(frozen=True)
class Outcome:
    """What it does to the register, before anything is written: rows that are not saved yet."""

    # PlannedSuccessor -> the new council.
    new: dict[int, Council]
    successions: list[Succession]
    # Those that are no more after the day.
    ending: list[Council]


def outcome_of(reorganisation: Reorganisation, successors: Sequence[PlannedSuccessor]) -> Outcome:
    """Written once: putting it in force saves these rows, trying it out looks at them."""
    new = {each.pk: _new_council(reorganisation, each) for each in successors if each.continuing is None}
    successions = [
        Succession(
            predecessor=planned.predecessor,
            successor=new.get(each.pk) or each.continuing,
            on=reorganisation.vesting_on,
            kind=planned.kind,
        )
        for each in successors
        for planned in each.predecessors.all()
    ]
    return Outcome(new, successions, ending_councils(successors))


def _lock_councils(successors: Sequence[PlannedSuccessor]) -> None:
    """In the order of keys, so that nobody waits in a ring."""
    touched = touched_councils(successors)
    list(Council.objects.select_for_update().filter(pk__in=touched).order_by("pk").values_list("pk"))


def _carry_out(reorganisation: Reorganisation, successors: Sequence[PlannedSuccessor], today: date) -> dict[str, Any]:
    """Saves it; what it did is given back, for the undoing."""
    outcome = outcome_of(reorganisation, successors)
    Council.objects.bulk_create(outcome.new.values())
    for each in successors:
        each.made = outcome.new.get(each.pk)
    PlannedSuccessor.objects.bulk_update([each for each in successors if each.made], ["made"])
    for succession in outcome.successions:
        # The new council has its key only now.
        succession.successor_id = succession.successor.pk
    Succession.objects.bulk_create(outcome.successions)
    Council.objects.filter(pk__in=[each.pk for each in outcome.ending]).update(
        end_on=reorganisation.last_day, version=F("version") + 1
    )
    last_day = reorganisation.last_day.isoformat()
    effects: dict[str, Any] = {
        "councils": [each.pk for each in outcome.new.values()],
        "successions": [each.pk for each in outcome.successions],
        "former_facts": [],
        "changed": {
            str(each.pk): {"before": {"end_on": None}, "after": {"end_on": last_day}} for each in outcome.ending
        },
        "names_taken": False,
    }
    if reorganisation.vesting_on <= today:
        _take_names(reorganisation, successors, effects)
    return effects


def _new_council(reorganisation: Reorganisation, successor: PlannedSuccessor) -> Council:
    before = [each.predecessor for each in successor.predecessors.all()]
    return Council(
        gss_code=f"{PROVISIONAL}{successor.pk:08}",
        slug=successor.slug,
        name=successor.name,
        official_name=successor.official_name,
        council_type=successor.council_type,
        region=successor.region,
        nation=before[0].nation,
        start_on=reorganisation.vesting_on,
        in_programme=any(each.in_programme for each in before),
    )


def _facts_taken(successors: Sequence[PlannedSuccessor]) -> list[tuple[Council, dict[str, Any]]]:
    """Of each council that carries on under another name or type, what becomes different on the day."""
    found = []
    for each in successors:
        council, facts = each.continuing, dict[str, Any](new_facts(each))
        if council is None or not facts:
            continue
        if facts.get("council_type", CouncilType.DISTRICT) != CouncilType.DISTRICT and council.parent_id:
            # Only a district is part of a county.
            facts[Fact.PARENT] = None
        found.append((council, facts))
    return found


def _take_names(
    reorganisation: Reorganisation, successors: Sequence[PlannedSuccessor], effects: dict[str, Any]
) -> list[str]:
    """From the day on, councils that carry on have their new name and type; what was before is kept until the day."""
    taken, last_day = _facts_taken(successors), reorganisation.last_day
    kept = FormerFact.objects.filter(council__in=[council.pk for council, _ in taken], ended_on=last_day)
    known = set(kept.values_list("council_id", "fact"))
    former = [
        FormerFact(council=council, fact=fact, ended_on=last_day, value=stored_text(council, fact))
        for council, facts in taken
        for fact in facts
        if (council.pk, fact) not in known
    ]
    FormerFact.objects.bulk_create(former)
    effects["former_facts"] += [each.pk for each in former]
    columns = {"version"}
    for council, facts in taken:
        entry = effects["changed"].setdefault(str(council.pk), {"before": {}, "after": {}})
        for fact, value in facts.items():
            column = "parent_id" if fact == Fact.PARENT else str(fact)
            entry["before"][column], entry["after"][column] = getattr(council, column), value
            setattr(council, fact, value)
            columns.add(str(fact))
        council.version += 1
    if taken:
        Council.objects.bulk_update([council for council, _ in taken], sorted(columns))
    effects["names_taken"] = True
    return [council.official_name for council, _ in taken]


def what_happens(reorganisation: Reorganisation, successors: Sequence[PlannedSuccessor]) -> list[str]:
    """What putting it in force will do, in sentences, for whoever decides."""
    found = []
    for each in successors:
        planned = list(each.predecessors.all())
        before = in_words(one.predecessor.official_name for one in planned)
        if each.continuing is None:
            body = next((one.predecessor for one in planned if one.kind == SuccessionKind.CONTINUES), None)
            same = f" It is the same body as {body.official_name}, whose peer challenges count here." if body else ""
            found.append(
                f"{each.full_name} is new from {day_text(reorganisation.vesting_on)}. It follows {before}.{same}"
            )
            continue
        name = each.continuing.official_name
        over = f" It follows {before} too." if planned else ""
        found.append(f"{name} carries on, with its history, its people and its peer challenges.{over}")
        facts = new_facts(each)
        if facts:
            words = {"name": "its name is", "official_name": "its official name is", "council_type": "its type is"}
            shown = facts | ({"council_type": each.get_council_type_display()} if "council_type" in facts else {})
            told = in_words(f"{words[fact]} {value}" for fact, value in shown.items())
            found.append(f"From {day_text(reorganisation.vesting_on)}, {told}.")
    ending = ending_councils(successors)
    if ending:
        found.append(
            f"{day_text(reorganisation.last_day)} is the last day of {in_words(c.official_name for c in ending)}."
        )
    going_on = {one.predecessor_id: one.predecessor for one in planned_of(successors) if one.kind not in ENDING_KINDS}
    found += [f"{council.official_name} goes on with a smaller area." for council in going_on.values()]
    return found


# Beyond every key that the database gives out: that of a council which is only looked at.
NOT_SAVED = 2**62


@dataclass(frozen=True)
class Trial:
    """The register as it would be; nothing is written."""

    made: list[Council]
    # Councils of today that would be different, as they would be.
    changed: dict[int, Council]
    successions: list[Succession]


def try_out(reorganisation: Reorganisation, successors: Sequence[PlannedSuccessor], today: date) -> Trial:
    """Refused, with what has to be put right, where it could not be put in force."""
    _refuse_problems(reorganisation, successors)
    outcome = outcome_of(reorganisation, successors)
    for index, council in enumerate(outcome.new.values()):
        council.pk = NOT_SAVED + index
    for succession in outcome.successions:
        succession.successor_id = succession.successor.pk
    changed = {each.pk: copy(each) for each in outcome.ending}
    for each in changed.values():
        each.end_on = reorganisation.last_day
    if reorganisation.vesting_on <= today:
        for council, facts in _facts_taken(successors):
            changed[council.pk] = copy(council)
            for fact, value in facts.items():
                setattr(changed[council.pk], fact, value)
    return Trial(list(outcome.new.values()), changed, outcome.successions)


def _refuse_problems(reorganisation: Reorganisation, successors: Sequence[PlannedSuccessor]) -> None:
    problems = problems_of(reorganisation, successors)
    if problems:
        raise Refused(" ".join(problems))


@transaction.atomic
def put_in_force(*, reorganisation: Reorganisation, version: int, by: Any) -> Reorganisation:
    """The register as it is from the day on. `version` is what the person read before deciding."""
    lock_successions()
    row = Reorganisation.objects.select_for_update().get(pk=reorganisation.pk)
    if row.state == ReorganisationState.IN_FORCE:
        return row
    row = locked_draft(row)
    check_version(row, version, STALE)
    _lock_councils(successors_of(row))
    # Read again: what was waited for may have changed them.
    successors = successors_of(row)
    _refuse_problems(row, successors)
    row.effects = _carry_out(row, successors, timezone.localdate())
    row.state = ReorganisationState.IN_FORCE
    row.put_in_force_at, row.put_in_force_by = timezone.now(), by
    row.version += 1
    row.save()
    announce(
        "reorganisation_put_in_force",
        by=by,
        council=None,
        data=words_of(
            row,
            successors=in_words(each.full_name for each in successors),
            ending=in_words(each.official_name for each in ending_councils(successors)) or "nobody",
        ),
    )
    return row


@transaction.atomic
def take_new_names(*, reorganisation: Reorganisation, today: date) -> bool:
    """On the vesting day: the new names and types of councils that carry on. Once more changes nothing."""
    row = Reorganisation.objects.select_for_update().get(pk=reorganisation.pk)
    if row.state != ReorganisationState.IN_FORCE or row.effects["names_taken"] or row.vesting_on > today:
        return False
    _lock_councils(successors_of(row))
    named = _take_names(row, successors_of(row), row.effects)
    row.version += 1
    row.save(update_fields=["effects", "version"])
    if named:
        data = words_of(row, successors=in_words(named))
        announce("reorganisation_names_taken", by=None, council=None, data=data)
    return bool(named)


def due_to_take_names(today: date) -> list[Reorganisation]:
    return list(
        Reorganisation.objects.filter(
            state=ReorganisationState.IN_FORCE, vesting_on__lte=today, effects__names_taken=False
        )
    )


# ------------------------------------------------------------------ taking it back


@transaction.atomic
def undo_reorganisation(*, reorganisation: Reorganisation, version: int, by: Any) -> Reorganisation:
    """The register as it was before, and the reorganisation a draft again. Refused once anything hangs on what is new."""
    lock_successions()
    row = Reorganisation.objects.select_for_update().get(pk=reorganisation.pk)
    if row.state == ReorganisationState.DRAFT and row.undone_at:
        return row
    if row.state != ReorganisationState.IN_FORCE:
        raise Refused("Only a reorganisation that is in force can be undone.")
    check_version(row, version, STALE)
    reasons = why_not_undone(row, lock=True)
    if reasons:
        raise Refused(" ".join(reasons))
    effects = row.effects
    Succession.objects.filter(pk__in=effects["successions"]).delete()
    FormerFact.objects.filter(pk__in=effects["former_facts"]).delete()
    _restore(effects["changed"])
    names = in_words(each.full_name for each in successors_of(row))
    try:
        Council.objects.filter(pk__in=effects["councils"]).delete()
    except ProtectedError as error:
        raise Refused("Something was recorded about the new councils since. It cannot be undone.") from error
    row.refresh_from_db()
    row.effects = {}
    row.state = ReorganisationState.DRAFT
    row.put_in_force_at = row.put_in_force_by = None
    row.undone_at, row.undone_by = timezone.now(), by
    row.version += 1
    row.save()
    announce("reorganisation_undone", by=by, council=None, data=words_of(row, successors=names))
    return row


def _restore(changed: dict[str, Any]) -> None:
    councils = list(Council.objects.filter(pk__in=changed).order_by("pk"))
    columns = {"version"}
    for council in councils:
        for column, value in changed[str(council.pk)]["before"].items():
            setattr(council, column, _column(column).to_python(value))
            columns.add(_column(column).name)
        # A page that somebody opened before must not count as one opened after.
        council.version += 1
    if councils:
        Council.objects.bulk_update(councils, sorted(columns))


def why_not_undone(reorganisation: Reorganisation, *, lock: bool = False) -> list[str]:
    """What hangs on it now, in sentences; empty when it can be undone."""
    effects = reorganisation.effects
    pks = [*effects["councils"], *map(int, effects["changed"])]
    councils = Council.objects.filter(pk__in=pks).order_by("pk")
    rows = {each.pk: each for each in (councils.select_for_update() if lock else councils)}
    reasons = []
    hanging = _hanging(effects["councils"], effects["successions"], reorganisation)
    for pk in effects["councils"]:
        if pk not in rows:
            continue
        found = hanging.get(pk, [])
        if rows[pk].version:
            found = ["a change by hand or by an import", *found]
        if found:
            reasons.append(f"{rows[pk].official_name} has {in_words(found)} by now. The new councils stay.")
    for pk, change in effects["changed"].items():
        council = rows[int(pk)]
        after = {column: _column(column).to_python(value) for column, value in change["after"].items()}
        if any(getattr(council, column) != value for column, value in after.items()):
            reasons.append(f"{council.official_name} was changed since. Correct what is wrong on its page.")
    # One that was loaded without its kind ends the predecessor too.
    others = Succession.objects.filter(predecessor__in=[int(pk) for pk in effects["changed"]])
    others = others.exclude(kind=SuccessionKind.BOUNDARY).exclude(pk__in=effects["successions"])
    reasons += [
        f"{each.successor.official_name} is recorded to follow {each.predecessor.official_name} too. "
        "Remove that on its page first."
        for each in others.select_related("predecessor", "successor")
    ]
    return [*reasons, *why_successions_stay(effects["successions"])]


def _column(name: str) -> Any:
    return Council._meta.get_field(name)


def _hanging(councils: Sequence[int], successions: Sequence[int], own: Reorganisation) -> dict[int, list[str]]:
    """New council -> what refers to it, in words. All tables are asked in one statement, whoever they belong to."""
    parts = []
    for field in _fields_naming_a_council():
        rows = field.model._base_manager.filter(**{f"{field.name}__in": councils})
        if field.model is Succession:
            rows = rows.exclude(pk__in=successions)
        elif field.model is PlannedSuccessor:
            rows = rows.filter(reorganisation__state=ReorganisationState.DRAFT).exclude(reorganisation=own)
        elif field.model is PlannedSuccession:
            rows = rows.filter(successor__reorganisation__state=ReorganisationState.DRAFT)
        parts.append(
            rows.order_by()
            .annotate(held_council=F(field.attname), held_in=Value(field.model._meta.label))
            .values_list("held_council", "held_in")
        )
    numbers = Counter(parts[0].union(*parts[1:], all=True))
    found: dict[int, list[str]] = {}
    for (council, label), number in sorted(numbers.items()):
        names = apps.get_model(label)._meta
        found.setdefault(council, []).append(
            f"{number} {names.verbose_name if number == 1 else names.verbose_name_plural}"
        )
    return found


def _fields_naming_a_council() -> list[Any]:
    """Columns of every table that point at a council, but for what is worked out anew and goes with it by itself."""
    return [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.remote_field
        and field.remote_field.model is Council
        and (
            model._meta.app_label == "councils"
            or model._meta.auto_created
            or field.remote_field.on_delete is not models.CASCADE
        )
    ]
