"""A peer challenge that began before anybody entered it: the rows of the way it has come, and nothing told to anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from councils.models import Council
from cpc.accounts.models import User
from cpc.audit.models import Event
from cpc.audit.services import record
from cpc.cases.models import Case, CaseRole, CaseState, GateOverride, StageEntry, ThemeSet
from cpc.cases.stages import PLUGINS, POSITION, USUAL_KIND, Stage, kinds_of_the_cycle, latest_template, stages_of
from cpc.casework.importers.past.challenges import theme_set_of
from cpc.casework.importers.plausible import of_challenges, of_onsite_days, of_report
from cpc.casework.services import add_member, cancel_case, case_started, lock_case, lock_councils, next_reference
from cpc.casework.under_way.parts import PARTS, Fact, Facts, all_facts, at_noon, parts, said, tells
from cpc.components.errors import Refused
from cpc.components.text import plain_address
from cpc.deadlines.services import enter_clocks

# Who belongs to it, by the fact that names their e-mail address.
PEOPLE = {
    "manager": CaseRole.PEER_CHALLENGE_MANAGER,
    "coordinator": CaseRole.COORDINATOR,
    "leader": CaseRole.LEADER,
    "chief_executive": CaseRole.CHIEF_EXECUTIVE,
}
OVERRIDE = "Entered while under way: {reason}"


class Doubtful(Refused):
    """Possible, and hardly ever so: the person is asked, and says that it is right."""

    def __init__(self, questions: Sequence[str]) -> None:
        super().__init__(" ".join(questions) + " If these days are right, say so", field="confirmed")
        self.questions = list(questions)


def person_of(address: str, fact: str) -> User:
    """Whoever has an account with this address; the field is named when nobody has."""
    user = User.objects.active().filter(email=plain_address(address)).first()
    if user is None:
        raise Refused(f"No one with an account has the address {address.strip()}. Invite them first", field=fact)
    return user


@transaction.atomic
def enter_under_way(
    *,
    council: Council,
    joint_council: Council | None = None,
    stage: str,
    told: Facts,
    reason: str,
    is_confirmed: bool = False,
    by: User,
) -> Case:
    """`told` is what is known (parts.Facts): "started", the onsite days, people by e-mail address, and what each stage asks.

    The case stands at `stage` afterwards, each stage before it left on the day that its facts tell, with what was outstanding
    then as an override that names the reason (R102). No one is told anything.
    """
    stage = Stage(stage)
    council, *partners = lock_councils([council, *([joint_council] if joint_council else [])])
    if not reason.strip():
        raise Refused("Enter why it is entered only now", field="reason")
    _check_days(stage, told)
    _check_councils([council, *partners], told["started"])
    questions = _questions([council, *partners], told)
    if questions and not is_confirmed:
        raise Doubtful(questions)
    case = _begin(council, partners, told, by)
    for fact, role in PEOPLE.items():
        if told.get(fact):
            _join(case, fact, person_of(told[fact], fact), role, told["started"], by)
    _walk(case, stage, told, reason.strip(), by)
    _start_clocks(case, told, by)
    case_started.send(sender=Case, case=case, by=by)
    record(
        verb="case_entered_under_way",
        by=by,
        case=case,
        data={"stage": stage.label, "started": said(told["started"]), "reason": reason.strip()},
    )
    return case


def _begin(council: Council, partners: list[Council], told: Facts, by: User) -> Case:
    first, last = told.get("onsite_first"), told.get("onsite_last")
    on = first or told["started"]
    case = Case.objects.create(
        reference=next_reference(council, on.year),
        council=council,
        kind=USUAL_KIND,
        template_version=latest_template(USUAL_KIND),
        stage=Stage.SCHEDULING,
        theme_set=theme_set_of(on, list(ThemeSet.objects.order_by("-starts_on"))),
        onsite_start_on=first,
        onsite_end_on=last,
        created_at=at_noon(told["started"]),
        created_by=by,
    )
    case.joint_councils.set(partners)
    return case


def _join(case: Case, fact: str, user: User, role: str, on: date, by: User) -> None:
    try:
        add_member(case=case, user=user, role=role, starts_on=on, by=by)
    except Refused as error:
        raise Refused(error.message, field=fact) from error


def _walk(case: Case, reached: Stage, told: Facts, reason: str, by: User) -> None:
    """Through every stage up to the one that it stands at; then what is known of later ones, worked on side by side."""
    entered = told["started"]
    for row in stages_of(case.kind, case.template_version):
        position = POSITION[row.stage]
        part = PARTS.get(row.stage)
        if position > POSITION[reached]:
            if part and tells(told, *(fact.name for fact in part.facts)):
                PLUGINS[row.stage].on_enter(case, by)
                part.make(case, told, by)
            continue
        entry = StageEntry.objects.create(
            case=case, stage=row.stage, entered_at=at_noon(entered), entered_by=by, note="Entered while under way"
        )
        PLUGINS[row.stage].on_enter(case, by)
        if part:
            part.make(case, told, by)
        if row.stage == reached:
            continue
        _override(case, row.stage, reason, by)
        known = tells(told, *(part.left_by if part else ()))
        entered = max(entered, known[0]) if known else entered
        entry.left_at, entry.left_by = at_noon(entered), by
        entry.save(update_fields=["left_at", "left_by"])
        case.stage = stages_of(case.kind, case.template_version)[position + 1].stage
        case.version += 1
        case.save(update_fields=["stage", "version"])


def _override(case: Case, stage: str, reason: str, by: User) -> None:
    items = PLUGINS[stage].outstanding(case, None)
    if items:
        GateOverride.objects.create(
            case=case,
            stage=stage,
            outstanding=[
                {"code": item.code, "text": item.text, "read": item.read, "public": item.public} for item in items
            ],
            reason=OVERRIDE.format(reason=reason)[:2000],
            made_by=by,
        )


def _start_clocks(case: Case, told: Facts, by: User) -> None:
    starts = {}
    if case.cycle_start_on:
        starts["onsite_end"] = case.cycle_start_on
    elif case.onsite_start_on:
        starts["onsite_start"] = case.onsite_start_on
    happened = {kind: told[fact] for part in parts() for kind, fact in part.clocks.items() if told.get(fact)}
    if starts:
        enter_clocks(case=case, starts=starts, happened=happened, by=by)


# ------------------------------------------------------------------ what is refused and asked


def _check_days(stage: Stage, told: Facts) -> None:
    today = timezone.localdate()
    if not told.get("started"):
        raise Refused("Enter when it began", field="started")
    if told["started"] > today:
        raise Refused("The day it began must be today or in the past", field="started")
    first, last = told.get("onsite_first"), told.get("onsite_last")
    if bool(first) != bool(last):
        raise Refused("Enter both onsite days, or neither", field="onsite_last" if first else "onsite_first")
    if first and last and last < first:
        raise Refused("The last onsite day must be the same as or after the first", field="onsite_last")
    if first and first < told["started"]:
        raise Refused("The onsite days lie before the day it began", field="onsite_first")
    if POSITION[stage] > POSITION[Stage.SCHEDULING] and not (first and told.get("manager")):
        missing = "onsite_first" if not first else "manager"
        what = "the onsite days" if not first else "the peer challenge manager"
        raise Refused(f"Enter {what}: a challenge past scheduling has them", field=missing)
    if POSITION[stage] > POSITION[Stage.ONSITE] and (last is None or last >= today):
        raise Refused(
            f"The team has not been onsite yet, so the peer challenge cannot be at {stage.label}", field="stage"
        )
    for fact in all_facts():
        if told.get(fact.name):
            _check_fact(fact, told[fact.name], stage, told["started"], today)


def _check_fact(fact: Fact, value: Any, stage: Stage, started: date, today: date) -> None:
    if fact.since and POSITION[stage] < POSITION[fact.since]:
        label = Stage(fact.since).label
        raise Refused(f"This is known of a challenge at {label} or after: it is at {stage.label}", field=fact.name)
    if fact.kind != "day":
        return
    if value > today and not fact.may_be_ahead:
        raise Refused("The day must be today or in the past", field=fact.name)
    if value < started:
        raise Refused(f"The day lies before {said(started)}, the day it began", field=fact.name)


def _check_councils(councils: list[Council], started: date) -> None:
    today = timezone.localdate()
    for each in councils:
        field = "council" if each.pk == councils[0].pk else "joint_council"
        if each.end_on and each.end_on < today:
            raise Refused(f"{each.name} ceased to exist. Enter it as a past challenge.", field=field)
        if each.start_on and each.start_on > started:
            raise Refused(f"{each.name} began on {said(each.start_on)}.", field=field)
        of = Q(council=each) | Q(joint_councils=each)
        running = Case.objects.under_way().filter(of, kind=USUAL_KIND).order_by("pk").first()
        if running:
            raise Refused(
                f"{each.name} already has a {running.get_kind_display()} under way ({running.reference}).", field=field
            )


def _questions(councils: list[Council], told: Facts) -> list[str]:
    first, last = told.get("onsite_first"), told.get("onsite_last")
    if not (first and last):
        return []
    found = of_onsite_days(first, last)
    hosts = [each.pk for each in councils]
    cases = (
        Case.objects.filter(Q(council__in=hosts) | Q(joint_councils__in=hosts), kind__in=kinds_of_the_cycle())
        .filter(onsite_start_on__isnull=False, onsite_end_on__isnull=False)
        .exclude(state=CaseState.CANCELLED)
        .distinct()
    )
    others = [(f"that of {each.onsite_text}", each.onsite_start_on, each.onsite_end_on) for each in cases]
    for name, begins, ends in others:
        if begins <= last and first <= ends:
            raise Refused(f"{name[0].upper()}{name[1:]} is at this time already", field="onsite_first")
    found += of_challenges(first, last, others)
    if told.get("report_public"):
        found += of_report("feedback report", told["report_public"], last)
    return found


# ------------------------------------------------------------------ what was entered by mistake

ENTERED = "case_entered_under_way"


def entered() -> QuerySet[Case]:
    """Cases that were entered while under way."""
    return Case.objects.filter(Exists(Event.objects.filter(case=OuterRef("pk"), verb=ENTERED)))


def is_untouched(case: Case) -> bool:
    """Nothing has happened on it since it was entered."""
    last = Event.objects.filter(case=case).order_by("-pk").values_list("verb", flat=True).first()
    return last == ENTERED


@transaction.atomic
def take_back_entry(*, case: Case, by: User | None = None) -> Case:
    """It should not have been entered: it is cancelled, its record stays, and nobody is told. Whoever entered it answers for
    it where nobody else is named."""
    case = lock_case(case)
    if not is_untouched(case):
        raise Refused("Someone has worked on this peer challenge since it was entered.")
    by = by or case.created_by
    cancelled = cancel_case(case=case, reason="Entered by mistake: the entry was taken back", is_told=False, by=by)  # type: ignore[arg-type]
    record(verb="entry_under_way_taken_back", by=by, case=case)
    return cancelled
