"""Changes of the register by hand. Each is announced inside its transaction (councils.events)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from councils.events import announce, why_successions_stay
from councils.models import (
    ENDING_KINDS,
    Council,
    Fact,
    FormerFact,
    PoliticalControl,
    Poll,
    Succession,
    Tenure,
)
from councils.queries import election_year, reached
from cpc.components.errors import Refused, Stale
from cpc.components.versioned import check_version, is_current

FIRST_CONTROL_YEAR = 1973
STALE = "Someone else changed this while you had the page open. Look at what is saved now."


def _day(on: date) -> str:
    return f"{on:%-d %B %Y}"


@transaction.atomic
def record_tenure(
    *,
    council: Council,
    post: str,
    person_name: str,
    party: str,
    started_on: date,
    ended_on: date | None,
    is_first_post: bool | None,
    is_interim: bool,
    by: Any,
) -> Tenure:
    """Who holds a post from when. The same again is the same tenure; one that overlaps another is refused by name."""
    Council.objects.select_for_update().get(pk=council.pk)
    today = timezone.localdate()
    if started_on > today:
        raise Refused("The first day must be today or in the past", field="started_on")
    if ended_on and ended_on < started_on:
        raise Refused("The last day must be the same as or after the first", field="ended_on")
    if ended_on and ended_on > today:
        raise Refused("The last day must be today or in the past", field="ended_on")
    facts: dict[str, Any] = {
        "council": council,
        "post": post,
        "person_name": person_name.strip(),
        "party": party.strip(),
        "started_on": started_on,
        "ended_on": ended_on,
        "is_first_post": is_first_post,
        "is_interim": is_interim,
    }
    same = Tenure.objects.filter(**{name: value for name, value in facts.items() if value is not None}).first()
    if same and all(getattr(same, name) == value for name, value in facts.items()):
        return same
    overlapping = Tenure.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=started_on), council=council, post=post
    )
    if ended_on:
        overlapping = overlapping.filter(started_on__lte=ended_on)
    clash = overlapping.first()
    if clash and clash.ended_on:
        raise Refused(
            f"{clash.person_name} held this post from {_day(clash.started_on)} to {_day(clash.ended_on)}. "
            "Enter days outside that time.",
            field="started_on",
        )
    if clash:
        raise Refused(
            f"{clash.person_name} has held this post since {_day(clash.started_on)}. Record their last day first.",
            field="started_on",
        )
    tenure = Tenure.objects.create(**facts)
    announce(
        "tenure_recorded",
        by=by,
        council=council,
        data={
            "post": tenure.get_post_display(),
            "name": tenure.person_name,
            "started_on": started_on.isoformat(),
            "ended_on": ended_on.isoformat() if ended_on else "",
            "tenure_id": tenure.pk,
        },
    )
    return tenure


@transaction.atomic
def end_tenure(*, tenure: Tenure, ended_on: date, version: int, by: Any) -> Tenure:
    """The last day in a post, for the first time or corrected. The same day again changes nothing."""
    council = Council.objects.select_for_update().get(pk=tenure.council_id)
    tenure = Tenure.objects.select_for_update().get(pk=tenure.pk)
    if tenure.ended_on == ended_on:
        return tenure
    check_version(tenure, version, STALE)
    if ended_on < tenure.started_on:
        raise Refused("The last day must be the same as or after the first", field="ended_on")
    if ended_on > timezone.localdate():
        raise Refused("The last day must be today or in the past", field="ended_on")
    later = (
        Tenure.objects.filter(
            council=council, post=tenure.post, started_on__gt=tenure.started_on, started_on__lte=ended_on
        )
        .order_by("started_on")
        .first()
    )
    if later:
        raise Refused(
            f"{later.person_name} took up this post on {_day(later.started_on)}. Enter a day before that.",
            field="ended_on",
        )
    tenure.ended_on = ended_on
    tenure.version += 1
    tenure.save(update_fields=["ended_on", "version"])
    announce(
        "tenure_ended",
        by=by,
        council=council,
        data={
            "post": tenure.get_post_display(),
            "name": tenure.person_name,
            "ended_on": ended_on.isoformat(),
            "tenure_id": tenure.pk,
        },
    )
    return tenure


def check_election_year(council: Council, year: int) -> None:
    """Whether what May's elections of a year led to can be told of this council.

    Its first councillors are elected in the May before its first day, as a shadow authority: they count.
    """
    this_year = timezone.localdate().year
    if not FIRST_CONTROL_YEAR <= year <= this_year:
        raise Refused(f"Year must be between {FIRST_CONTROL_YEAR} and {this_year}", field="year")
    if council.start_on and year < election_year(council.start_on):
        raise Refused(
            f"The council begins on {_day(council.start_on)}. Enter {election_year(council.start_on)} or a later year.",
            field="year",
        )
    if council.end_on and year > election_year(council.end_on):
        raise Refused(
            f"The council ends on {_day(council.end_on)}. Enter {election_year(council.end_on)} or an earlier year.",
            field="year",
        )


@transaction.atomic
def record_control(*, council: Council, year: int, control: str, by: Any) -> PoliticalControl:
    """Who ran the council after May of a year. The same year again corrects what is recorded."""
    council = Council.objects.select_for_update().get(pk=council.pk)
    control = control.strip()
    check_election_year(council, year)
    before = PoliticalControl.objects.filter(council=council, year=year).first()
    if before and before.control == control:
        return before
    recorded, _ = PoliticalControl.objects.update_or_create(council=council, year=year, defaults={"control": control})
    announce(
        "control_recorded",
        by=by,
        council=council,
        data={"year": year, "control": control, "from_control": before.control if before else ""},
    )
    return recorded


@transaction.atomic
def record_poll(*, council: Council, on: date, text: str, is_called_off: bool, by: Any) -> Poll:
    """A poll that is known, or one that was called off. The same day again changes what is recorded."""
    Council.objects.select_for_update().get(pk=council.pk)
    text = text.strip() or "Ordinary election"
    before = Poll.objects.filter(council=council, on=on).first()
    if before and (before.text, before.is_called_off) == (text, is_called_off):
        return before
    poll, _ = Poll.objects.update_or_create(
        council=council, on=on, defaults={"text": text, "is_called_off": is_called_off}
    )
    announce(
        "poll_recorded",
        by=by,
        council=council,
        data={"on": on.isoformat(), "text": text, "is_called_off": is_called_off},
    )
    return poll


@transaction.atomic
def change_programme(*, council: Council, in_programme: bool, version: int, by: Any) -> Council:
    """Whether the council is offered peer challenges. The same answer again changes nothing."""
    council = Council.objects.select_for_update().get(pk=council.pk)
    if council.in_programme == in_programme:
        return council
    if not Council.objects.filter(pk=council.pk, version=version).update(
        in_programme=in_programme, version=F("version") + 1
    ):
        raise Stale(STALE)
    council.refresh_from_db()
    announce("council_changed", by=by, council=council, data={"in_programme": in_programme})
    return council


def _follow(council: Council) -> set[int]:
    """Everybody who comes after a council, however far. The register is small: all pairs are read at once."""
    after: dict[int, set[int]] = {}
    for predecessor, successor in Succession.objects.values_list("predecessor_id", "successor_id"):
        after.setdefault(predecessor, set()).add(successor)
    return reached([council.pk], after)


def _check_order(*, predecessor: Council, successor: Council, on: date, kind: str) -> None:
    """The days of both councils must allow that one follows the other on the day."""
    if predecessor.pk == successor.pk:
        raise Refused("A council does not follow itself. Choose another.", field="predecessor")
    if predecessor.pk in _follow(successor):
        raise Refused(
            f"{predecessor.official_name} follows {successor.official_name} already. It cannot come before it too.",
            field="predecessor",
        )
    if successor.start_on and on < successor.start_on:
        raise Refused(
            f"{successor.official_name} begins on {_day(successor.start_on)}. Enter that day or a later one.",
            field="on",
        )
    if successor.end_on and on > successor.end_on:
        raise Refused(
            f"{successor.official_name} ends on {_day(successor.end_on)}. Enter a day before that.", field="on"
        )
    if predecessor.start_on and on <= predecessor.start_on:
        raise Refused(
            f"{predecessor.official_name} begins on {_day(predecessor.start_on)}. Enter a day after that.", field="on"
        )
    if kind not in ENDING_KINDS:
        if predecessor.end_on and on > predecessor.end_on:
            raise Refused(
                f"{predecessor.official_name} ends on {_day(predecessor.end_on)}. Enter a day before that.", field="on"
            )
        return
    if predecessor.end_on is None:
        raise Refused(
            f"{predecessor.official_name} has no last day. Record that on its page first.", field="predecessor"
        )
    if on != predecessor.end_on + timedelta(days=1):
        raise Refused(
            f"{predecessor.official_name} ends on {_day(predecessor.end_on)}. Enter the day after that.", field="on"
        )


def lock_successions() -> None:
    """One change of who follows whom at a time: two that each are right could make a loop together."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE councils_succession IN SHARE ROW EXCLUSIVE MODE")


def hold_successions() -> None:
    """Until the transaction ends nobody changes who follows whom: for what is decided because of it."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE councils_succession IN SHARE MODE")


@transaction.atomic
def record_succession(*, predecessor: Council, successor: Council, on: date, kind: str, by: Any) -> Succession:
    """Who follows whom, from when and how. The same two again corrects what is recorded."""
    lock_successions()
    locked = Council.objects.select_for_update().order_by("pk").in_bulk([predecessor.pk, successor.pk])
    predecessor, successor = locked[predecessor.pk], locked[successor.pk]
    before = Succession.objects.filter(predecessor=predecessor, successor=successor).first()
    if before and (before.on, before.kind) == (on, kind):
        return before
    _check_order(predecessor=predecessor, successor=successor, on=on, kind=kind)
    if before and kind not in ENDING_KINDS:
        # The predecessor lives on: what was handed on by its end goes back to it first.
        _refuse_if_needed([before.pk])
    succession, _ = Succession.objects.update_or_create(
        predecessor=predecessor, successor=successor, defaults={"on": on, "kind": kind}
    )
    announce(
        "succession_recorded",
        by=by,
        council=successor,
        data={
            "predecessor": predecessor.official_name,
            "predecessor_id": predecessor.pk,
            "on": on.isoformat(),
            "kind": succession.get_kind_display(),
            "succession_id": succession.pk,
        },
    )
    return succession


def _refuse_if_needed(successions: list[int]) -> None:
    reasons = why_successions_stay(successions)
    if reasons:
        raise Refused(" ".join(reasons))


@transaction.atomic
def remove_succession(*, successor: Council, succession_id: int, by: Any) -> bool:
    """Whether there was one to remove. The days of both councils stay."""
    lock_successions()
    found = Succession.objects.select_for_update(of=("self",)).select_related("predecessor")
    succession = found.filter(successor=successor, pk=succession_id).first()
    if succession is None:
        return False
    _refuse_if_needed([succession.pk])
    succession.delete()
    announce(
        "succession_removed",
        by=by,
        council=successor,
        data={
            "predecessor": succession.predecessor.official_name,
            "predecessor_id": succession.predecessor_id,
            "succession_id": succession_id,
        },
    )
    return True


@transaction.atomic
def change_days(*, council: Council, start_on: date | None, end_on: date | None, version: int, by: Any) -> Council:
    """The first and last day of a council, also still to come. Days that its successions contradict are refused."""
    lock_successions()
    council = Council.objects.select_for_update().get(pk=council.pk)
    if (council.start_on, council.end_on) == (start_on, end_on):
        return council
    check_version(council, version, STALE)
    if start_on and end_on and end_on < start_on:
        raise Refused("The last day must be the same as or after the first", field="end_on")
    first = Succession.objects.filter(successor=council).select_related("predecessor").order_by("on").first()
    if first and start_on and start_on > first.on:
        raise Refused(
            f"It follows {first.predecessor.official_name} from {_day(first.on)}. Enter that day or an earlier one.",
            field="start_on",
        )
    for each in Succession.objects.filter(predecessor=council).select_related("successor"):
        is_ending = each.kind in ENDING_KINDS or not each.kind
        if is_ending and end_on != each.on - timedelta(days=1):
            raise Refused(
                f"{each.successor.official_name} follows it from {_day(each.on)}. Enter the day before that, "
                "or remove that record first.",
                field="end_on",
            )
    council.start_on, council.end_on = start_on, end_on
    council.version += 1
    council.save(update_fields=["start_on", "end_on", "version"])
    announce(
        "days_changed",
        by=by,
        council=council,
        data={
            "start_on": start_on.isoformat() if start_on else "",
            "end_on": end_on.isoformat() if end_on else "",
        },
    )
    return council


def stored_text(council: Council, fact: str) -> str:
    """A fact as its former value is kept: text, for the county its slug."""
    value = getattr(council, fact)
    return value.slug if isinstance(value, Council) else value or ""


def _shown(council: Council, fact: str) -> str:
    if fact in (Fact.COUNCIL_TYPE, Fact.ELECTION_SCHEME):
        return getattr(council, f"get_{fact}_display")()
    return str(getattr(council, fact) or "")


@transaction.atomic
def record_former_facts(*, council: Council, facts: dict[str, Any], changed_on: date, version: int, by: Any) -> Council:
    """What was different until a day: the old values are kept with their last day, the new ones saved.

    Another change on the same day corrects the new values; what was before them stays.
    """
    council = Council.objects.select_for_update(of=("self",)).select_related("parent").get(pk=council.pk)
    wanted = {fact: value.strip() if isinstance(value, str) else value for fact, value in facts.items()}
    before = {fact: (stored_text(council, fact), _shown(council, fact)) for fact in Fact.values}
    different = [fact for fact, value in wanted.items() if getattr(council, fact) != value]
    if not different and not is_current(council, version):
        # The second press of the button.
        return council
    if not different:
        raise Refused("Nothing is different from what is saved. Change what is different.")
    check_version(council, version, STALE)
    if wanted.get(Fact.PARENT) == council:
        raise Refused("A council is not its own county. Choose another.", field="parent")
    if changed_on > timezone.localdate():
        raise Refused("The day must be today or in the past", field="changed_on")
    if council.start_on and changed_on <= council.start_on:
        raise Refused(f"The council begins on {_day(council.start_on)}. Enter a day after that.", field="changed_on")
    last_day = changed_on - timedelta(days=1)
    later = (
        FormerFact.objects.filter(council=council, fact__in=different, ended_on__gt=last_day)
        .order_by("-ended_on")
        .first()
    )
    if later:
        raise Refused(
            f"{later.get_fact_display()}: a change on {_day(later.ended_on + timedelta(days=1))} is recorded. "
            "Enter that day or a later one.",
            field="changed_on",
        )
    for fact in different:
        FormerFact.objects.get_or_create(
            council=council, fact=fact, ended_on=last_day, defaults={"value": before[fact][0]}
        )
        setattr(council, fact, wanted[fact])
    council.version += 1
    council.save(update_fields=[*different, "version"])
    announce(
        "facts_changed",
        by=by,
        council=council,
        data={
            "on": changed_on.isoformat(),
            "changes": [
                {"fact": Fact(fact).label, "from": before[fact][1], "to": _shown(council, fact)} for fact in different
            ],
        },
    )
    return council
