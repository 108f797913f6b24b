"""Who a reminder goes to. The cycle lies above and says who a council's principal adviser is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import OuterRef, Subquery

from councils.models import ContactRole, Council
from councils.queries import contacts_of_each
from cpc.accounts.models import User
from cpc.accounts.roles import Role
from cpc.cases.models import Case
from cpc.cases.queries import recipients_of, recipients_of_each
from cpc.reminders.models import ReminderRecipients
from cpc.reminders.sources import Subject

# (ids of councils, day) -> council -> its principal adviser.
Advisers = Callable[[Collection[int], date], dict[int, User]]
_advisers: list[Advisers] = []

SIDE_NAMES = {
    "LGA": "the LGA",
    "Council": "the council",
    "Peer team": "the peer team",
    ReminderRecipients.CHIEF_EXECUTIVE: "the chief executive",
    ReminderRecipients.LEADER: "the leader",
    ReminderRecipients.COORDINATOR: "the coordinator",
}
# A side of people at the council -> the contacts of the register that it means.
CONTACTS = {
    ReminderRecipients.CONTACTS: [ContactRole.LEADER, ContactRole.CHIEF_EXECUTIVE, ContactRole.COORDINATOR],
    ReminderRecipients.CHIEF_EXECUTIVE: [ContactRole.CHIEF_EXECUTIVE],
    ReminderRecipients.LEADER: [ContactRole.LEADER],
    ReminderRecipients.COORDINATOR: [ContactRole.COORDINATOR],
}
# Sides of which somebody is lost when their council has ended.
COUNCIL_SIDES = {"Council", *CONTACTS}


def register_advisers(advisers: Advisers) -> None:
    _advisers[:] = [advisers]


@dataclass(frozen=True)
class Address:
    """Where a reminder goes; whoever has no account is a contact of the register."""

    email: str
    name: str
    user_id: int | None = None


def address_of(user: User) -> Address:
    return Address(user.email, user.full_name, user.pk)


@dataclass(frozen=True)
class Reached:
    """Whom a reminder reaches; `instead` says why they get what was meant for others, and is empty otherwise."""

    people: list[Address]
    instead: str = ""


def people_of_side(case: Case, role: str, today: date) -> Reached:
    """The people of one side of a case who can still act. With none of them, `instead` says why."""
    return _living(recipients_of(case, role), case, role, today)


def _living(people: list[User], case: Case, role: str, today: date) -> Reached:
    """A council that was abolished keeps no promises: its people are not asked any more. Of a joint
    challenge those of the other council are."""
    if role in COUNCIL_SIDES:
        hosts = case.hosts
        ended = {council.pk: council for council in hosts if council.end_on and council.end_on < today}
        people = [person for person in people if person.council_id not in ended]
        if len(ended) == len(hosts):
            last = max(ended.values(), key=lambda council: council.end_on or today)
            return Reached([], f"{last.name} ceased to exist after {last.end_on:%-d %B %Y}")
    name = SIDE_NAMES.get(role, role)
    return Reached(
        [address_of(person) for person in people], "" if people else f"No one from {name} is on this peer challenge"
    )


class Directory:
    """Who is reached, for a batch of subjects: each kind of people is read at once, when the first of them is asked for."""

    def __init__(self, subjects: Iterable[Subject], today: date) -> None:
        subjects = list(subjects)
        self.today = today
        self._cases = {subject.case.pk for subject in subjects if subject.case}
        self._councils = {subject.council.pk for subject in subjects}

    @cached_property
    def members(self) -> dict[tuple[int, str], list[User]]:
        return recipients_of_each(self._cases)

    @cached_property
    def advisers(self) -> dict[int, User]:
        return _advisers[0](self._councils, self.today) if _advisers else {}

    @cached_property
    def managers(self) -> list[User]:
        return list(User.objects.filter(role=Role.PROGRAMME_MANAGER, is_active=True).order_by("pk"))

    @cached_property
    def contacts(self) -> dict[tuple[int, str], list[Address]]:
        """(council, role) -> its contacts with their accounts. Somebody whose account was closed is written to no more,
        whatever the register says."""
        account = User.objects.filter(email=OuterRef("email"))
        contacts = contacts_of_each(self._councils, self.today).annotate(
            account=Subquery(account.values("pk")[:1]), account_is_active=Subquery(account.values("is_active")[:1])
        )
        found: dict[tuple[int, str], list[Address]] = {}
        for each in contacts:
            if each.account is None or each.account_is_active:
                address = Address(each.email, each.name, each.account)
                found.setdefault((each.council_id, each.role), []).append(address)
        return found

    def reached(self, subject: Subject, side: str, paused: frozenset[str] = frozenset()) -> Reached:
        """Whom this side is, without addresses that are `paused`. Nothing is left without anybody who hears of it: with
        nobody on its side the LGA's people of the case are told, then the council's principal adviser, then the
        programme managers, these whether they are paused or not."""
        found = self._side(subject, side)
        people = _once(found.people, paused)
        if people:
            return Reached(people, "")
        instead = found.instead or f"{found.people[0].name} asked not to be reminded for a while"
        for stand_ins in self._stand_ins(subject, side):
            if people := _once(stand_ins, paused):
                return Reached(people, instead)
        return Reached(_once(address_of(user) for user in self.managers), instead)

    def _side(self, subject: Subject, side: str) -> Reached:
        if side == ReminderRecipients.PROGRAMME_MANAGERS:
            return Reached([address_of(user) for user in self.managers], "There is no programme manager")
        if side == ReminderRecipients.ADVISER:
            adviser = self.advisers.get(subject.council.pk)
            if adviser is None:
                return Reached([], f"{subject.council.name} has no principal adviser")
            return Reached([address_of(adviser)])
        if subject.case is not None:
            roles = CONTACTS.get(side, [side])  # type: ignore[call-overload]
            people = {user.pk: user for role in roles for user in self.members.get((subject.case.pk, str(role)), [])}
            found = _living(list(people.values()), subject.case, side, self.today)
            if found.people or side not in CONTACTS:
                return found
        return self._of_register(subject.council, side)

    def _of_register(self, council: Council, side: str) -> Reached:
        """The contacts that the register names, with their accounts where they have one."""
        if council.end_on and council.end_on < self.today:
            return Reached([], f"{council.name} ceased to exist after {council.end_on:%-d %B %Y}")
        roles = CONTACTS.get(side, [])  # type: ignore[call-overload]
        people = [address for role in roles for address in self.contacts.get((council.pk, role), [])]
        name = SIDE_NAMES.get(side, "the council")
        return Reached(people, "" if people else f"The register names no address of {name} of {council.name}")

    def _stand_ins(self, subject: Subject, side: str) -> Iterable[list[Address]]:
        if subject.case is not None and side != "LGA":
            yield _living(self.members.get((subject.case.pk, "LGA"), []), subject.case, "LGA", self.today).people
        if subject.case is None and side != ReminderRecipients.ADVISER and subject.council.pk in self.advisers:
            yield [address_of(self.advisers[subject.council.pk])]
        yield [address_of(user) for user in self.managers]


def _once(people: Iterable[Address], paused: frozenset[str] = frozenset()) -> list[Address]:
    return list({person.email: person for person in people if person.email not in paused}.values())
