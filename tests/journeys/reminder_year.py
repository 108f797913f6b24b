"""A year of promises at made-up councils, and what must be said of them, worked out day by day over plain dates.

Slow and obvious on purpose: nothing of the sweep's code is used, but for the rules' rows and the words of the header.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from councils.models import Contact, Council, Poll
from cpc.accounts.models import User
from cpc.audit.models import Event
from cpc.calendars.models import CalendarEntry
from cpc.cases.models import Case, CaseMembership, StageEntry
from cpc.casework.services import pause_case, resume_case
from cpc.cycle.models import AdviserPost, Conversation, CycleDate, Prompt, Trigger
from cpc.cycle.reference_data import ensure_cycle_rules
from cpc.cycle.services import set_aside_prompt, write_cycle_dates
from cpc.deadlines.models import Deadline
from cpc.deadlines.services import meet_deadline, revise_deadline
from cpc.reminders.models import ReminderPause, ReminderRule
from tests.factories.rules import ensure_default_rules

FIRST = date(2027, 2, 1)
DAY = timedelta(days=1)
# As GOV.UK lists them for England.
BANK_HOLIDAYS = {
    date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29), date(2027, 5, 3),
    date(2027, 5, 31), date(2027, 8, 30), date(2027, 12, 27), date(2027, 12, 28), date(2028, 1, 3), date(2028, 4, 14),
    date(2028, 4, 17), date(2028, 5, 1), date(2028, 5, 29),
}  # fmt: skip
# Notice of election for Thursday 6 May 2027: 25 working days before.
ELECTION = (date(2027, 3, 31), date(2027, 5, 6))
QUIET = (date(2027, 8, 9), date(2027, 8, 15))
AGES = {"deadline": 366, "cycle_date": 60, "cycle_prompt": 60, "cycle_talk": 366}


def works(on: date) -> bool:
    return on.weekday() < 5 and on not in BANK_HOLIDAYS


def speaks_on(rule: ReminderRule, on: date) -> date:
    if not rule.in_working_days:
        return on + rule.offset_days * DAY
    left, step = abs(rule.offset_days), DAY if rule.offset_days > 0 else -DAY
    while left:
        on += step
        left -= works(on)
    return on


@dataclass
class Told:
    """Something to be told of, with the days on which it stands and to whom each side goes."""

    source: str
    kind: str
    on: date
    owner: str
    sides: dict[str, list[str]]
    votes: bool
    row: int = 0
    since: date = date.min
    # From this day on it does not stand any more.
    until: date = date.max
    # First and last days on which nothing is said of it.
    held: list[tuple[date, date]] = field(default_factory=list)

    def stands(self, on: date) -> bool:
        return self.since <= on < self.until

    def holds(self, on: date, rule: ReminderRule) -> bool:
        if rule.waits_for_working_day and not works(on):
            return True
        if self.votes and not rule.speaks_before_elections and ELECTION[0] <= on <= ELECTION[1]:
            return True
        return any(first <= on <= last for first, last in [*self.held, QUIET])

    def said_on(self, on: date, rules: list[ReminderRule]) -> Iterator[tuple[str, str]]:
        """(reference, address) of everything that may be said on this day."""
        if not self.stands(on):
            return
        latest: dict[str, tuple[date, ReminderRule]] = {}
        for rule in rules:
            if rule.kind != self.kind and not (rule.kind == "" and self.source == "deadline"):
                continue
            side = self.owner if rule.recipients == "owner" else rule.recipients
            day = speaks_on(rule, self.on)
            if day <= on and (side not in latest or day > latest[side][0]):
                latest[side] = (day, rule)
        for side, (day, rule) in latest.items():
            if (on - day).days <= AGES[self.source] and not self.holds(on, rule):
                for address in self.sides[side]:
                    yield f"{self.source}/{self.row}/{self.on}/{side.replace(' ', '-')}/{day}", address


class Year:
    """So many councils, of which so many have a case; everything by chance from one seed."""

    def __init__(self, seed: int, councils: int, cases: int, days: int) -> None:
        self.chance = random.Random(seed)
        self.days = [FIRST + number * DAY for number in range(days)]
        self.told: list[Told] = []
        # Day -> what happens on it, before anything is swept.
        self.events: dict[date, list] = {}
        self._make(councils, cases)
        self.rules = list(ReminderRule.objects.filter(is_active=True).order_by("pk"))

    def some_day(self, first: int = 0, last: int | None = None) -> date:
        return FIRST + self.chance.randrange(first, len(self.days) if last is None else last) * DAY

    def on(self, day: date, happens: object) -> None:
        self.events.setdefault(day, []).append(happens)

    def happen(self, day: date) -> None:
        for happens in self.events.get(day, []):
            happens()

    # ------------------------------------------------------------------ the world

    @transaction.atomic
    def _make(self, councils: int, cases: int) -> None:
        ensure_default_rules()
        ensure_cycle_rules()
        for offset, recipients in ((-10, "owner"), (3, "LGA"), (-15, "leader")):
            ReminderRule.objects.create(
                offset_days=offset, in_working_days=True, recipients=recipients, waits_for_working_day=True
            )
        ReminderRule.objects.filter(offset_days=1, kind="").update(waits_for_working_day=False)
        ReminderRule.objects.filter(offset_days=-7, kind="").update(speaks_before_elections=True)
        CalendarEntry.objects.create(kind="other", name="Quiet", starts_on=QUIET[0], ends_on=QUIET[1], is_quiet=True)
        self.boss = self._people("programme_manager", 2)[0]
        self.bosses = list(User.objects.filter(role="programme_manager").values_list("email", flat=True))
        advisers, managers = self._people("principal_adviser", 8), self._people("peer_challenge_manager", 10)
        made = Council.objects.bulk_create(
            Council(
                gss_code=f"Y{number:08}",
                slug=f"yearshire-{number}",
                name=f"Yearshire {number:03}",
                official_name=f"Yearshire {number} Council",
                council_type="unitary",
                nation="England",
                region="North East",
                in_programme=True,
            )
            for number in range(councils)
        )
        self.voting = {council.pk for council in made if self.chance.random() < 0.4}
        Poll.objects.bulk_create(Poll(council_id=pk, on=ELECTION[1]) for pk in sorted(self.voting))
        Contact.objects.bulk_create(
            Contact(
                council=council,
                role=role,
                name=f"{role} {council.pk}",
                email=f"{role}.{council.pk}@example.org",
                started_on=date(2020, 1, 1),
            )
            for council in made
            for role in ("leader", "chief_executive", "coordinator")
        )
        self.adviser_of = {council.pk: self.chance.choice(advisers) for council in made}
        AdviserPost.objects.bulk_create(
            AdviserPost(council=council, user=self.adviser_of[council.pk], started_on=date(2020, 1, 1))
            for council in made
        )
        # Past challenges of those without a case: windows open, or dates fall due, in and around the year.
        free = made[cases:]
        ends = {council.pk: self._some_end() for council in free}
        Case.objects.bulk_create(
            Case(
                reference=f"past-{council.pk}",
                council=council,
                origin="history",
                stage="progress_review",
                state="closed",
                onsite_start_on=ends[council.pk],
                onsite_end_on=ends[council.pk],
                cycle_start_on=ends[council.pk],
            )
            for council in free
        )
        for council in free:
            self._cycle_of(council, ends[council.pk])
        self._cases(made[:cases], managers)

    def _some_end(self) -> date:
        end = FIRST - (4 + self.chance.randrange(2)) * 365 * DAY + self.chance.randrange(-40, 400) * DAY
        # Four and five years later must be a day that exists.
        return end - DAY if (end.month, end.day) == (2, 29) else end

    def _people(self, role: str, number: int) -> list[User]:
        return User.objects.bulk_create(
            User(email=f"{role}.{each}@lga.example", full_name=f"{role} {each}", role=role) for each in range(number)
        )

    def _tell(self, told: Told) -> Told:
        self.told.append(told)
        return told

    def _cases(self, councils: list[Council], managers: list[User]) -> None:
        hosts = User.objects.bulk_create(
            User(
                email=f"{role}.{council.pk}@council.example",
                full_name=f"{role} {council.pk}",
                role=role,
                council=council,
            )
            for council in councils
            for role in ("coordinator", "leader")
        )
        cases = Case.objects.bulk_create(
            Case(
                reference=f"year-{council.pk}",
                council=council,
                stage="onsite",
                created_by=self.boss,
                onsite_start_on=date(2027, 6, 1),
                onsite_end_on=date(2027, 6, 3),
            )
            for council in councils
        )
        Event.objects.bulk_create(Event(verb="case_started", case=case, by=self.boss) for case in cases)
        StageEntry.objects.bulk_create(StageEntry(case=case, stage=case.stage, entered_by=self.boss) for case in cases)
        memberships = []
        for number, case in enumerate(cases):
            manager = self.chance.choice(managers)
            coordinator, leader = hosts[2 * number : 2 * number + 2]
            people = [(coordinator, "coordinator"), (manager, "peer_challenge_manager")]
            # Where the leader is not on the case, the register's is written to.
            if with_leader := self.chance.random() < 0.2:
                people.append((leader, "leader"))
            memberships += [
                CaseMembership(case=case, user=user, role=role, starts_on=FIRST - 90 * DAY, added_by=self.boss)
                for user, role in people
            ]
            sides = {
                "Council": [user.email for user, role in people if role != "peer_challenge_manager"],
                "LGA": [manager.email],
                "leader": [leader.email if with_leader else f"leader.{case.council_id}@example.org"],
            }
            self._promises(case, sides)
        CaseMembership.objects.bulk_create(memberships)

    def _promises(self, case: Case, sides: dict[str, list[str]]) -> None:
        held = []
        if self.chance.random() < 0.06:
            paused, resumed = self.some_day(), self.some_day()
            if paused < resumed:
                self.on(
                    paused, lambda: pause_case(case=Case.objects.get(pk=case.pk), reason="A by-election", by=self.boss)
                )
                self.on(resumed, lambda: resume_case(case=Case.objects.get(pk=case.pk), by=self.boss))
                held.append((paused, resumed - DAY))
        if self.chance.random() < 0.06:
            first = self.some_day()
            ReminderPause.objects.create(
                case=case, reason="Asked for peace", starts_on=first, ends_on=first + 20 * DAY, made_by=self.boss
            )
            held.append((first, first + 20 * DAY))
        for kind in ("report_public", "action_plan_public"):
            due_on, owner = self.some_day(-10, len(self.days) + 30), self.chance.choice(["Council", "Council", "LGA"])
            deadline = Deadline.objects.create(
                case=case, kind=kind, label=kind.replace("_", " "), due_on=due_on, first_due_on=due_on, owner_role=owner
            )
            told = self._tell(
                Told("deadline", kind, due_on, owner, sides, case.council_id in self.voting, deadline.pk, held=held)
            )
            fate = self.chance.random()
            if fate < 0.5:
                met = min(max(due_on + self.chance.randrange(-35, 20) * DAY, FIRST), self.days[-1])
                self.on(met, lambda kind=kind, met=met: meet_deadline(case=case, kind=kind, on=met, by=self.boss))
                told.until = met
            elif fate < 0.6 and not held:
                moved, new = min(max(due_on - 5 * DAY, FIRST), self.days[-1]), due_on + 60 * DAY
                self.on(moved, lambda pk=deadline.pk, new=new: self._move(pk, new))
                told.until = moved
                self._tell(Told("deadline", kind, new, owner, sides, told.votes, deadline.pk, since=moved, held=held))

    def _move(self, pk: int, new: date) -> None:
        deadline = Deadline.objects.get(pk=pk)
        revise_deadline(
            deadline=deadline,
            due_on=new,
            reason="Late",
            agreed_with="The leader",
            order_reason="Agreed with the council",
            version=deadline.version,
            by=self.boss,
        )

    def _cycle_of(self, council: Council, end_on: date) -> None:
        sides = {
            "adviser": [self.adviser_of[council.pk].email],
            "programme_managers": self.bosses,
            "contacts": [f"{role}.{council.pk}@example.org" for role in ("leader", "chief_executive", "coordinator")],
        }
        votes = council.pk in self.voting
        window, due = end_on.replace(year=end_on.year + 4), end_on.replace(year=end_on.year + 5)
        opens = self._tell(Told("cycle_date", "cycle_window_opens", window, "", sides, votes, council.pk))
        self._tell(Told("cycle_date", "cycle_due", due, "", sides, votes, council.pk))
        if self.chance.random() < 0.3:
            talk_on = self.some_day()
            talk = self._tell(Told("cycle_talk", "cycle_unheard", talk_on, "", sides, votes, since=talk_on))
            opens.until = talk_on
            self.on(talk_on, lambda: self._talk(talk, council))
        if self.chance.random() < 0.4:
            made_on = self.some_day()
            closed_on = made_on + self.chance.randrange(1, 90) * DAY
            prompt = self._tell(
                Told("cycle_prompt", "cycle_prompt", made_on, "", sides, votes, since=made_on, until=closed_on)
            )
            self.on(made_on, lambda: self._prompt(prompt, council))
            self.on(
                closed_on,
                lambda: set_aside_prompt(
                    prompt=Prompt.objects.get(pk=prompt.row), reason="Agreed", version=0, by=self.boss
                ),
            )

    def _talk(self, told: Told, council: Council) -> None:
        told.row = Conversation.objects.create(
            council=council, state="in_conversation", started_on=told.on, recorded_by=self.boss
        ).pk

    def _prompt(self, told: Told, council: Council) -> None:
        told.row = Prompt.objects.create(council=council, made_on=told.on).pk
        Trigger.objects.create(
            council=council, kind="new_leader", happened_on=told.on, source=f"year:{told.row}", prompt_id=told.row
        )

    def begin(self) -> None:
        """The days of the cycle are written down; until here its rows are named by their councils."""
        write_cycle_dates(FIRST)
        rows = {(each.council_id, each.kind): each.pk for each in CycleDate.objects.all()}
        for told in self.told:
            if told.source == "cycle_date":
                told.row = rows.get((told.row, told.kind), 0)
        # As the database does by itself: without knowing what the tables hold it looks for a detour at every sweep.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """An hour of a day in London, in UTC, near enough for what only asks for the day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@dataclass
class Verdict:
    """How what was received compares with what had to be."""

    expected: int
    missing: list[tuple[str, str]]
    not_due: list[tuple[str, str]]
    doubled: list[tuple[str, str]]


def judge(year: Year, complete: set[date], swept: set[date], received: list[tuple[date, str, str]]) -> Verdict:
    """`received` is (day, reference, address) of every mail but copies. What was said on any complete day must be there by
    then; what is there must have been to say on a day that was swept, at most a week before."""
    heard: dict[tuple[str, str], date] = {}
    doubled = []
    for day, reference, address in received:
        if (reference, address) in heard:
            doubled.append((reference, address))
        heard.setdefault((reference, address), day)
    to_say: dict[tuple[str, str], list[date]] = {}
    for day in sorted(swept):
        for told in year.told:
            for key in told.said_on(day, year.rules):
                to_say.setdefault(key, []).append(day)
    missing = []
    for key, days in to_say.items():
        first = next((day for day in days if day in complete), None)
        if first is not None and (key not in heard or heard[key] > first):
            missing.append(key)
    not_due = [
        key for key, day in heard.items() if not any(day - 7 * DAY <= each <= day for each in to_say.get(key, []))
    ]
    return Verdict(len(to_say), missing, not_due, doubled)
