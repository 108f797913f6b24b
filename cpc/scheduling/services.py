"""Changes at stage 1."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models, transaction
from django.dispatch import Signal
from django.utils import timezone

from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.audit.services import record
from cpc.cases import access
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseState, FocusArea, ThemeSet
from cpc.cases.stages import Stage, row_of
from cpc.casework.held_days import (
    double_booked,
    hold_days,
    let_double_booked,
    one_team_a_day,
    places_of,
    refuse_or_waive,
)
from cpc.casework.services import lock_case, lock_for_stage
from cpc.components.errors import AlreadyMoved, Refused
from cpc.components.folding import same_name
from cpc.components.versioned import check_version, save_versioned
from cpc.cycle.models import JourneyEntry
from cpc.deadlines.services import start_clocks
from cpc.scheduling.length import why_unusual
from cpc.scheduling.messages import tell_of_dates
from cpc.scheduling.models import DateChange, Purpose, Scope
from cpc.scheduling.queries import date_warnings, interventions_of


def _scope_for_update(case: Case) -> Scope:
    Scope.objects.get_or_create(case=case)
    return Scope.objects.select_for_update().get(case=case)


@transaction.atomic
def record_purpose(
    *,
    case: Case,
    purpose: str,
    purpose_detail: str,
    requested_by: str,
    off_cycle_reason: str = "",
    intervention: JourneyEntry | None = None,
    version: int,
    by: User,
) -> Scope:
    """R10, R13 and R95. "Something else" needs words, and a benchmark names the intervention that it ends where one is
    recorded. Raises Stale when somebody saved first."""
    case = lock_for_stage(case, Stage.SCHEDULING)
    if purpose != Purpose.BENCHMARK:
        intervention = None
    elif intervention is None and interventions_of(case).exists():
        raise Refused("Choose the intervention that the challenge is a benchmark for", field="intervention")
    elif intervention is not None and intervention not in interventions_of(case):
        raise Refused("Choose an intervention of this council", field="intervention")
    if purpose == Purpose.OTHER and not purpose_detail.strip():
        raise Refused("Enter what the council wants from its peer challenge", field="purpose_detail")
    scope = _scope_for_update(case)
    if not save_versioned(
        scope,
        version=version,
        purpose=purpose,
        purpose_detail=purpose_detail.strip(),
        requested_by=requested_by,
        off_cycle_reason=off_cycle_reason.strip(),
        intervention=intervention,
    ):
        return scope
    record(verb="scope_recorded", by=by, case=case)
    return scope


@transaction.atomic
def record_set_up_meeting(
    *,
    case: Case,
    meeting_on: date,
    leader_attended: bool,
    chief_executive_attended: bool,
    absence_reason: str,
    version: int,
    by: User,
) -> Scope:
    """X3: both the leader and the chief executive attend, or the reason why not is kept."""
    case = lock_for_stage(case, Stage.SCHEDULING)
    if meeting_on > timezone.localdate():
        raise Refused("The set-up meeting must be today or in the past", field="meeting_on")
    both = leader_attended and chief_executive_attended
    if not both and not absence_reason.strip():
        raise Refused("Enter why the leader or the chief executive did not attend", field="absence_reason")
    scope = _scope_for_update(case)
    before = (scope.meeting_on, scope.leader_attended, scope.chief_executive_attended, scope.absence_reason)
    if not save_versioned(
        scope,
        version=version,
        meeting_on=meeting_on,
        leader_attended=leader_attended,
        chief_executive_attended=chief_executive_attended,
        absence_reason="" if both else absence_reason.strip(),
    ):
        return scope
    on, reason = f"{meeting_on:%-d %B %Y}", absence_reason.strip()
    record(verb="set_up_meeting_recorded", by=by, case=case, data={"on": on})
    if not both and before != (meeting_on, leader_attended, chief_executive_attended, reason):
        absent = [
            name
            for name, came in (("leader", leader_attended), ("chief executive", chief_executive_attended))
            if not came
        ]
        who = " and ".join(f"the {name}" for name in absent)
        record(verb="set_up_absence_accepted", by=by, case=case, data={"on": on, "who": who, "reason": reason})
    return scope


def check_dates(case: Case, start_on: date, end_on: date) -> None:
    """Raises Refused, naming the field, unless these are consecutive weekdays to come.

    Weekends are refused; bank holidays and pre-election periods are warnings, since a council may know better.
    """
    if end_on < start_on:
        raise Refused("The last onsite day must be the same as or after the first", field="end_on")
    days = [start_on + timedelta(days=offset) for offset in range((end_on - start_on).days + 1)]
    if len(days) > 14 or any(day.weekday() >= 5 for day in days):
        raise Refused("The onsite days must be consecutive days from Monday to Friday", field="end_on")
    if start_on < timezone.localdate():
        raise Refused("The first onsite day must be today or in the future", field="start_on")


def _check_length(unusual: str, reason: str, by: User) -> None:
    """Another length than the kind of review has is agreed by a programme manager, with a reason that is kept."""
    if unusual and by.role != Role.PROGRAMME_MANAGER:
        raise Refused(f"{unusual} A programme manager can agree another length, with a reason", field="end_on")
    if unusual and not reason.strip():
        raise Refused(f"{unusual} Enter why it is another length this time", field="length_reason")


@transaction.atomic
def agree_dates(
    *,
    case: Case,
    start_on: date,
    end_on: date,
    half_day: bool = False,
    is_virtual: bool = False,
    length_reason: str = "",
    reason: str = "",
    seen_warnings: list[str] | None = None,
    double_booking_reason: str = "",
    version: int,
    by: User,
) -> Case:
    """Set the onsite dates; a change after the first agreement needs a reason, and everyone on the peer challenge will be told.

    `seen_warnings` are the sentences that stood on the page when the person confirmed. Warnings that were not seen
    raise Refused so that they can be read first. Dates may change until the team has left scheduling behind and
    gone onsite: the case may stand at any stage before the report. `half_day` is the last day's. What the row of the
    kind of review does not allow needs `length_reason` from a programme manager. Days on which somebody of a confirmed
    team is on another one are refused, unless a programme manager gives `double_booking_reason`.
    """
    case = lock_case(case)
    if case.state not in {CaseState.ACTIVE, CaseState.POSTPONED}:
        raise StageClosed(access.why_not_writable(case, Stage.ONSITE) or "This peer challenge is not under way.")
    if case.stage not in {Stage.SCHEDULING, Stage.TEAM_COMPOSITION, Stage.SELF_ASSESSMENT, Stage.ONSITE}:
        raise StageClosed("The team has been onsite. The dates can no longer change.")
    check_version(case, version)
    if case.stage == Stage.ONSITE and case.onsite_start_on and case.onsite_start_on <= timezone.localdate():
        raise StageClosed("The onsite days have begun. Postpone the peer challenge to agree new dates.")
    standing = (case.onsite_start_on, case.onsite_end_on, case.onsite_half_day, case.is_virtual)
    if standing == (start_on, end_on, half_day, is_virtual):
        raise AlreadyMoved("These are already the agreed dates, so nothing was changed.")
    check_dates(case, start_on, end_on)
    unusual = why_unusual(case, start_on, end_on, half_day=half_day, is_virtual=is_virtual)
    _check_length(unusual, length_reason, by)
    before = f"{case.onsite_start_on:%-d %B %Y} to {case.onsite_end_on:%-d %B %Y}" if case.onsite_start_on else ""
    if before and not reason.strip():
        raise Refused("Enter why the dates change", field="reason")
    people = places_of(case)
    booked = double_booked(people, start_on, end_on, but=case, reader=by)
    let = refuse_or_waive(booked, case=case, reason=double_booking_reason, by=by)
    warnings = date_warnings(case, start_on, end_on, by)
    unseen = [text for text in warnings if text not in (seen_warnings or [])]
    if unseen:
        raise UnreadWarnings(unseen, warnings)
    case.onsite_start_on, case.onsite_end_on = start_on, end_on
    case.onsite_half_day, case.is_virtual = half_day, is_virtual
    # A day that the cycle was counted from belongs to an onsite that did not take place then.
    case.cycle_start_on = None
    case.version += 1
    let_double_booked(case, list(booked), reason=let)
    with one_team_a_day(case=case, people=people, from_on=start_on, to_on=end_on, by=by):
        case.save(
            update_fields=[
                "onsite_start_on", "onsite_end_on", "onsite_half_day", "is_virtual", "cycle_start_on", "version",
            ]
        )  # fmt: skip
        hold_days(case)
    DateChange.objects.create(
        case=case,
        start_on=start_on,
        end_on=end_on,
        half_day=half_day,
        is_virtual=is_virtual,
        length_reason=length_reason.strip() if unusual else "",
        reason=reason.strip(),
        warnings=warnings,
        agreed_by=by,
    )
    dates = f"{start_on:%-d %B %Y} to {end_on:%-d %B %Y}"
    record(
        verb="onsite_dates_changed" if before else "onsite_dates_agreed",
        by=by,
        case=case,
        data={"dates": dates, "before": before, "reason": reason.strip()},
    )
    if unusual:
        data = {"unusual": unusual, "reason": length_reason.strip()}
        record(verb="onsite_length_waived", by=by, case=case, data=data)
    if "onsite_start" in row_of(case.kind).clocks:
        # R94: a one-day visit has no statement and no pack.
        start_clocks(case=case, start="onsite_start", on=start_on, by=by)
    tell_of_dates(case, by=by)
    dates_agreed.send(sender=Case, case=case, by=by)
    return case


class UnreadWarnings(Refused):
    """Dates against which something speaks that the person has not been shown yet."""

    def __init__(self, unseen: list[str], warnings: list[str]) -> None:
        super().__init__("Read the warnings about these dates, then confirm them.", field="start_on")
        self.unseen = unseen
        self.warnings = warnings


# receiver(sender, *, case, by): the onsite dates are agreed or moved, in the same transaction.
dates_agreed = Signal()


def open_scheduling(case: Case, by: User) -> None:
    """on_enter: the scope row, the current theme set and its core areas. Entering twice changes nothing."""
    Scope.objects.get_or_create(case=case)
    if case.theme_set_id is None:
        theme_set = ThemeSet.objects.filter(starts_on__lte=timezone.localdate()).order_by("-starts_on").first()
        if theme_set is None:
            raise Refused("No theme set is loaded. Run the load_reference command first.")
        case.theme_set = theme_set
        case.save(update_fields=["theme_set"])
    if case.theme_set and not case.focus_areas.exists():
        FocusArea.objects.bulk_create(
            FocusArea(case=case, order=area.order, name=area.name, is_core=True) for area in case.theme_set.areas.all()
        )


def _check_name(case: Case, name: str, *, but: int | None = None) -> str:
    name = name.strip()
    if any(same_name(name, area.name) for area in case.focus_areas.exclude(pk=but or 0)):
        raise Refused("This peer challenge already has an area of focus with this name", field="name")
    return name


@transaction.atomic
def add_focus_area(*, case: Case, name: str, description: str, by: User) -> FocusArea:
    """An area of focus of the council's own (R83); it gets its own section through to the report."""
    case = lock_for_stage(case, Stage.SCHEDULING)
    name = _check_name(case, name)
    last = case.focus_areas.order_by("-order").values_list("order", flat=True).first() or 0
    area = FocusArea.objects.create(case=case, order=last + 1, name=name, description=description.strip())
    record(verb="focus_area_added", by=by, case=case, data={"name": area.name})
    return area


@transaction.atomic
def change_focus_area(*, area: FocusArea, name: str, description: str, version: int, by: User) -> FocusArea:
    case = lock_for_stage(area.case_id, Stage.SCHEDULING)
    area = FocusArea.objects.select_for_update().get(pk=area.pk)
    if area.is_core and name.strip() != area.name:
        raise Refused("The five core areas keep their names.", field="name")
    name = _check_name(case, name, but=area.pk)
    if not save_versioned(area, version=version, name=name, description=description.strip()):
        return area
    record(verb="focus_area_changed", by=by, case=case, data={"name": name})
    return area


@transaction.atomic
def remove_focus_area(*, area: FocusArea, by: User) -> None:
    case = lock_for_stage(area.case_id, Stage.SCHEDULING)
    found = FocusArea.objects.filter(pk=area.pk).first()
    if found is None:
        raise AlreadyMoved("This area of focus was already removed.")
    if found.is_core:
        raise Refused("The five core areas are part of every Corporate Peer Challenge.")
    record(verb="focus_area_removed", by=by, case=case, data={"name": found.name})
    try:
        with transaction.atomic():
            found.delete()
    except models.ProtectedError as error:
        raise Refused("Something has been written about this area of focus, so it stays.") from error
