"""What a reorganisation would do to the programme, tried out before anybody decides (R96)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from councils.models import Reorganisation, SuccessionKind
from councils.reorganisations.enactment import Trial, try_out
from councils.reorganisations.queries import day_text, ending_councils, successors_of
from cpc.cases.models import Case, CaseOrigin, title_of
from cpc.cycle.due.forecast import ABOVE, PLOT_HEIGHT, Quarter, forecast
from cpc.cycle.due.rule import Tried
from cpc.cycle.queries import DueRow, due_list
from cpc.deadlines.models import Deadline, DeadlineState


@dataclass(frozen=True)
class Compared:
    """One quarter, before and after."""

    text: str
    opening: int
    opening_after: int
    due: int
    due_after: int


@dataclass(frozen=True)
class CaseAcross:
    """A peer challenge that is under way at a council when that council ends."""

    case: Case
    title: str
    councils: tuple[str, ...]
    falls_after: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """What it does to the programme."""

    today: date
    vesting_on: date
    # The due list of today, as it is and as it would be; and that of the vesting day, when the new councils have begun.
    rows_before: list[DueRow]
    rows_after: list[DueRow]
    rows_at_vesting: list[DueRow]
    # Those of the vesting day that stand in no list of today.
    rows_of_new: list[DueRow]
    # As they stand today, with the due date that they lose.
    lose_due_date: list[DueRow]
    # As they would stand today, with a warning that they have not now.
    warned: list[DueRow]
    cases: list[CaseAcross]

    @cached_property
    def quarters(self) -> tuple[list[Quarter], list[Quarter]]:
        """As it is, and with the reorganisation: two plots of one scale."""
        before = forecast(self.rows_before, self.today)
        after = forecast([*self.rows_after, *self.rows_of_new], self.today)
        most = max([each.due for each in [*before, *after]] + [1])
        return _scaled(before, most), _scaled(after, most)

    @property
    def compared(self) -> list[Compared]:
        pairs = zip(*self.quarters, strict=True)
        return [Compared(one.text, one.opening, two.opening, one.due, two.due) for one, two in pairs]


def _scaled(quarters: list[Quarter], most: int) -> list[Quarter]:
    heights = [round(each.due * PLOT_HEIGHT / most) for each in quarters]
    return [
        replace(each, height=height, y=ABOVE + PLOT_HEIGHT - height)
        for each, height in zip(quarters, heights, strict=True)
    ]


def effect_of(reorganisation: Reorganisation, today: date) -> Effect:
    """Tried out by the rule itself, and nothing is written. Raises Refused where it could not be put in force as it is."""
    at_vesting = max(reorganisation.vesting_on, today)
    successors = successors_of(reorganisation)
    trial = try_out(reorganisation, successors, today)
    tried = _tried(trial)
    rows_before = due_list(today)
    known = [row.council for row in rows_before]
    rows_after = due_list(today, tried=tried, known=known)
    rows_at_vesting = due_list(at_vesting, tried=tried, known=known)
    new = {council.pk for council in trial.made} - {row.council.pk for row in rows_after}
    after = {row.council.pk: row for row in rows_after}
    return Effect(
        today=today,
        vesting_on=reorganisation.vesting_on,
        rows_before=rows_before,
        rows_after=rows_after,
        rows_at_vesting=rows_at_vesting,
        rows_of_new=[row for row in rows_at_vesting if row.council.pk in new],
        lose_due_date=[
            row
            for row in rows_before
            if row.due_on and (row.council.pk not in after or after[row.council.pk].due_on is None)
        ],
        warned=_warned(rows_before, rows_after),
        cases=cases_across({council.pk for council in ending_councils(successors)}, reorganisation.last_day),
    )


def _tried(trial: Trial) -> Tried:
    """The councils that it changes and makes, and who carries on as whom."""
    councils = [council for council in [*trial.changed.values(), *trial.made] if council.in_programme]
    carried = [
        (each.successor_id, each.predecessor_id, each.on)
        for each in trial.successions
        if each.kind == SuccessionKind.CONTINUES
    ]
    return Tried(councils, carried)


def _warned(before: list[DueRow], after: list[DueRow]) -> list[DueRow]:
    known = {row.council.pk: row.warnings for row in before}
    return [row for row in after if set(row.warnings) - set(known.get(row.council.pk, ()))]


def cases_across(councils: Collection[int], last_day: date) -> list[CaseAcross]:
    """Peer challenges under way at councils that end, with what would fall after their last day. One statement."""
    late = Deadline.objects.filter(case=OuterRef("pk"), state=DeadlineState.OPEN, due_on__gt=last_day)
    late_rows = late.order_by("due_on", "pk").values(row=JSONObject(label="label", due_on="due_on"))
    partners = Case.joint_councils.through.objects.filter(case=OuterRef("pk")).order_by("council__name", "council")
    partner_rows = partners.values(row=JSONObject(pk="council_id", name="council__name"))
    joint = Case.joint_councils.through.objects.filter(council__in=councils)
    cases = (
        Case.objects.under_way()
        .filter(Q(council__in=councils) | Q(pk__in=joint.values("case_id")), origin=CaseOrigin.SERVICE)
        .select_related("council")
        .annotate(late=ArraySubquery(late_rows), partners=ArraySubquery(partner_rows))
        .order_by("onsite_start_on", "pk")
    )
    found = []
    for case in cases:
        falls_after = []
        if case.onsite_end_on is None:
            falls_after.append("No onsite days are agreed yet")
        elif case.onsite_end_on > last_day:
            falls_after.append(f"Onsite {case.onsite_text}")
        falls_after += [f"{each['label']}, due {day_text(date.fromisoformat(each['due_on']))}" for each in case.late]
        if falls_after:
            hosts = [(case.council_id, case.council.name), *((each["pk"], each["name"]) for each in case.partners)]
            names = tuple(name for pk, name in hosts if pk in councils)
            title = title_of(case.council.name, [each["name"] for each in case.partners])
            found.append(CaseAcross(case, title, names, tuple(falls_after)))
    return found
