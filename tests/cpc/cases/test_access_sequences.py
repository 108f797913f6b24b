"""Access rests on what holds now: whatever people did in whatever order, every answer is that of the rule worked out afresh.

The rule is written here a second time, in plain sets, and reads nothing of what the service stored about places on a case.
EXAMPLES=2000 draws as many sequences; the suite draws few.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from councils.models import Council, Succession, Tenure
from councils.services import end_tenure
from cpc.accounts.models import User
from cpc.accounts.services import accept_invitation, change_role, deactivate_user, reactivate_user
from cpc.cases import access
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.cases.queries import recipients_of_each
from cpc.casework import services
from cpc.casework.tasks import end_what_no_longer_holds
from cpc.components.errors import Refused
from cpc.dashboard.queries import my_roles
from tests.factories.accounts import PASSWORD, make_invitation, make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))

STAFF = {"administrator", "programme_manager", "principal_adviser", "peer_challenge_manager", "support_officer"}
OF_COUNCIL = {"coordinator", "leader", "chief_executive", "contributor"}
LGA_ROLES = {"peer_challenge_manager", "support_officer", "principal_adviser"}
HOST_ROLES = {"coordinator", "leader", "chief_executive"}
LEADS = {"lead_member_peer", "lead_officer_peer"}
SINGLE = LEADS | {"peer_challenge_manager"}
PEER_ROLES = LEADS | {"member_peer", "senior_officer_peer", "associate_peer", "shadow_peer"}
MAY_BE = {
    "leader": {"leader"},
    "chief_executive": {"chief_executive"},
    "coordinator": {"coordinator", "leader", "chief_executive"},
    "contributor": OF_COUNCIL,
}


@dataclass
class Place:
    who: int
    case: int
    role: str
    first: int  # in days from today
    last: int | None
    gone: bool = False


@dataclass
class Rule:
    """What the service should answer, worked out from what was done."""

    # person -> [role, council or None, active]
    people: dict[int, list] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    follows: dict[int, set[int]] = field(default_factory=dict)
    # case -> its councils
    hosts: dict[int, set[int]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    left_post: set[tuple[int, str, int]] = field(default_factory=set)

    def became(self, councils: set[int]) -> set[int]:
        return {after for each in councils & self.ended for after in self.follows.get(each, set())}

    def holds(self, who: int, case: int, role: str) -> bool:
        account, council, active = self.people[who]
        own = self.hosts[case]
        if not active:
            return False
        if role in LGA_ROLES:
            return account in STAFF - {"administrator"}
        if role in PEER_ROLES:
            mine = set() if council is None else {council} | self.became({council})
            return account not in STAFF and not mine & (own | self.became(own))
        return account in MAY_BE[role] and council in (own | self.became(own)) - self.ended

    def roles(self, who: int, case: int) -> set[str]:
        return {
            place.role
            for place in self.places
            if (place.who, place.case) == (who, case)
            and not place.gone
            and place.first <= 0 <= (0 if place.last is None else place.last)
            and self.holds(who, case, place.role)
        }

    def end(self, who: int | None = None) -> None:
        """What rests on nothing ends, of one person or of everybody."""
        for place in self.places:
            if who in (None, place.who) and not self.holds(place.who, place.case, place.role):
                place.gone = True

    def end_posts(self, council: int | None = None) -> None:
        for place in self.places:
            of = self.people[place.who][1]
            # Their last day was yesterday: who was put on the case since then is there knowingly.
            if council in (None, of) and (of, place.role, place.who) in self.left_post and place.first < 0:
                place.gone = True

    def answers(self, who: int, case: int) -> dict[str, int]:
        """The status of a page of each kind."""
        account, _, active = self.people[who]
        roles = self.roles(who, case)
        national = account in {"administrator", "programme_manager"}
        manager = account == "programme_manager" or (account in STAFF and "peer_challenge_manager" in roles)
        lga = account == "programme_manager" or (account in STAFF and bool(roles & LGA_ROLES))
        host, team = bool(roles & HOST_ROLES), bool(roles & PEER_ROLES)
        overview = account == "administrator" or lga or host or team
        inside = lga or host or team
        found = {
            "cases:detail": 200 if overview else 302,
            "cases:people": 200 if overview else 403,
            "cases:history": 200 if overview else 403,
            "cases:documents": 200 if lga else 403,
            "composition:detail": 200 if inside else 403,
            "self_assessment:detail": 200 if inside or "contributor" in roles else 403,
            "onsite:detail": 200 if inside else 403,
            "onsite:findings": 200 if manager or team or (lga and "principal_adviser" in roles) else 403,
            "report:detail": 200 if inside else 403,
            "action_plan:detail": 200 if lga or host else 403,
            "progress_review:detail": 200 if inside else 403,
        }
        if not active:
            return dict.fromkeys(found, 302)
        return found if national or roles else dict.fromkeys(found, 404)


class World:
    """People, councils and two cases, and beside them the rule."""

    def __init__(self) -> None:
        self.rule = Rule()
        self.boss, self.admin = make_user("programme_manager"), make_user("administrator")
        self.councils = [make_council() for _ in range(6)]
        self.users: list[User] = []
        here, there = make_staged("onsite", onsite_days_ago=1), make_staged("report")
        self.cases = [here.case, there.case]
        CaseMembership.objects.filter(case__in=self.cases).delete()
        for case, council in zip(self.cases, self.councils[:2], strict=True):
            Case.objects.filter(pk=case.pk).update(council=council)
        here.case.joint_councils.set([self.councils[2]])
        self.rule.hosts = {0: {0, 2}, 1: {1}}
        for role, council in (
            ("peer_challenge_manager", None),
            ("support_officer", None),
            ("leader", 0),
            ("coordinator", 0),
            ("contributor", 2),
            ("chief_executive", 1),
            ("peer", None),
            ("peer", 3),
        ):
            self.person(make_user(role, council=None if council is None else self.councils[council]), council)
        for who, case, role in (
            (0, 0, "peer_challenge_manager"), (1, 1, "support_officer"), (2, 0, "leader"), (3, 0, "coordinator"),
            (4, 0, "contributor"), (5, 1, "chief_executive"), (5, 0, "lead_officer_peer"), (6, 0, "member_peer"),
            (7, 0, "senior_officer_peer"), (7, 1, "member_peer"),
        ):  # fmt: skip
            self.add(who, case, role)
        assert len(self.rule.places) == 10

    def person(self, user: User, council: int | None) -> int:
        self.users.append(user)
        who = len(self.users) - 1
        self.rule.people[who] = [user.role, council, True]
        return who

    def fresh(self, who: int) -> User:
        return User.objects.get(pk=self.users[who].pk)

    # ------------------------------------------------------------ what people do

    def add(self, who: int, case: int, role: str) -> None:
        places = [place for place in self.rule.places if place.case == case and not place.gone]
        known = any((place.who, place.role) == (who, role) for place in places)
        taken = role in SINGLE and any(place.role == role for place in places)
        allowed = known or (not taken and self.rule.holds(who, case, role))
        start = timezone.localdate() - timedelta(days=30)
        try:
            services.add_member(case=self.cases[case], user=self.fresh(who), role=role, by=self.boss, starts_on=start)
        except Refused:
            assert not allowed, (who, case, role)
        else:
            assert allowed, (who, case, role)
            if not known:
                self.rule.places.append(Place(who, case, role, -30, None))

    def invite(self, role: str, council: int, case: int, case_role: str) -> None:
        """Somebody new, who joins a case by accepting; where they cannot, they have an account and no place."""
        if len(self.users) > 10:
            return
        of = council if role in OF_COUNCIL else None
        _, token = make_invitation(
            role,
            council=None if of is None else self.councils[of],
            case=self.cases[case],
            case_role=case_role,
            by=self.admin,
        )
        user = accept_invitation(token=token, full_name=f"Invited {len(self.users)}", password=PASSWORD)
        who = self.person(user, of)
        taken = case_role in SINGLE and any(
            place.role == case_role for place in self.rule.places if place.case == case and not place.gone
        )
        if not taken and self.rule.holds(who, case, case_role):
            self.rule.places.append(Place(who, case, case_role, 0, None))

    def change(self, who: int, role: str, council: int | None) -> None:
        """Promoted, moved, or both."""
        of = council if role in OF_COUNCIL or role == "peer" else None
        if role in OF_COUNCIL and of is None:
            of = 0
        user = self.fresh(who)
        change_role(
            user=user, role=role, council=None if of is None else self.councils[of], version=user.version, by=self.admin
        )
        self.rule.people[who][:2] = [role, of]
        self.rule.end(who)

    def take_off(self, which: int) -> None:
        places = [place for place in self.rule.places if not place.gone]
        if not places:
            return
        place = places[which % len(places)]
        row = self.row(place)
        try:
            services.remove_member(membership=row, reason="Has left", by=self.boss)
        except Refused:
            assert place.role == "peer_challenge_manager"
        else:
            place.gone = True

    def row(self, place: Place) -> CaseMembership:
        return CaseMembership.objects.standing().get(
            case=self.cases[place.case], user=self.users[place.who], role=place.role
        )

    def limit(self, which: int, first: int, last: int | None) -> None:
        """Access from a day, until a day."""
        places = [place for place in self.rule.places if not place.gone]
        if not places:
            return
        place = places[which % len(places)]
        today = timezone.localdate()
        row = self.row(place)
        row.starts_on = today + timedelta(days=first)
        row.ends_on = None if last is None else today + timedelta(days=max(first, last))
        row.save()
        place.first, place.last = first, None if last is None else max(first, last)

    def close(self, who: int) -> None:
        user = self.fresh(who)
        (deactivate_user if user.is_active else reactivate_user)(user=user, by=self.admin)
        self.rule.people[who][2] = not user.is_active
        self.rule.end(who)

    def merge(self, before: list[int], after: int) -> None:
        today = timezone.localdate()
        for each in before:
            if each == after or each in self.rule.ended or after in self.rule.ended:
                continue
            Council.objects.filter(pk=self.councils[each].pk).update(end_on=today - timedelta(days=1))
            Succession.objects.get_or_create(
                predecessor=self.councils[each], successor=self.councils[after], on=today, kind="merger"
            )
            self.rule.ended.add(each)
            self.rule.follows.setdefault(each, set()).add(after)

    def leave_post(self, who: int) -> None:
        """The register says that a leader or chief executive has left."""
        role, council, _ = self.rule.people[who]
        if role not in {"leader", "chief_executive"}:
            return
        today = timezone.localdate()
        user, row = self.fresh(who), self.councils[council]
        known = Tenure.objects.filter(council=row, post=role, person_name=user.full_name)
        if known.exists():
            return
        start = today - timedelta(days=900 - 10 * Tenure.objects.count())
        tenure = Tenure.objects.create(council=row, post=role, person_name=user.full_name, started_on=start)
        try:
            end_tenure(tenure=tenure, ended_on=today - timedelta(days=1), version=tenure.version, by=self.boss)
        except Exception:
            # Somebody else of the sequence came later into this post.
            Tenure.objects.filter(pk=tenure.pk).delete()
            return
        self.rule.left_post.add((council, role, who))
        self.rule.end_posts(council)

    def sweep(self) -> None:
        end_what_no_longer_holds()
        self.rule.end()
        self.rule.end_posts()

    # ------------------------------------------------------------ what the service answers

    def check(self) -> None:
        members = recipients_of_each([case.pk for case in self.cases])
        for who in range(len(self.users)):
            user = self.fresh(who)
            seen = set(Case.objects.visible_to(user).filter(pk__in=[case.pk for case in self.cases]))
            work = my_roles(user)
            for index, case in enumerate(self.cases):
                roles = self.rule.roles(who, index)
                where = (who, index, self.rule.people[who])
                assert set(access.roles_on(user, case)) == roles, where
                assert set(work.get(case.pk, [])) == roles, where
                national = user.role in {"administrator", "programme_manager"} and user.is_active
                assert (case in seen) == access.knows_of(user, case.pk) == bool(national or roles), where
                answers = self.rule.answers(who, index)
                for name, permission in (
                    ("cases:people", "cpc.view_case_people"),
                    ("onsite:findings", "assessments.view_findings"),
                    ("action_plan:detail", "assessments.view_action_plan"),
                    ("cases:documents", "cpc.view_case_file"),
                ):
                    assert user.has_perm(permission, case) == (answers[name] == 200), (*where, name)
                for role in CaseRole:
                    assert (user in members.get((case.pk, role), [])) == (role in roles), (*where, role)

    def ask(self, who: int, case: int, pages: list[int]) -> None:
        """Some of the kinds of page, as the person would open them."""
        who %= len(self.users)
        answers = list(self.rule.answers(who, case).items())
        wanted = dict(answers[number] for number in pages)
        client = Client()
        client.force_login(self.users[who], backend="allauth.account.auth_backends.AuthenticationBackend")
        found = {
            name: client.get(reverse(name, kwargs={"reference": self.cases[case].reference})).status_code
            for name in wanted
        }
        assert found == wanted, (who, case, self.rule.people[who], self.rule.roles(who, case))


PEOPLE, CASES, COUNCILS = st.integers(0, 7), st.integers(0, 1), st.integers(0, 5)
PAGES = st.lists(st.integers(0, 10), min_size=2, max_size=2, unique=True)
ACCOUNTS = st.sampled_from(sorted(STAFF | OF_COUNCIL | {"peer"}))
ROLES = st.sampled_from([role.value for role in CaseRole])
STEPS = st.one_of(
    st.tuples(st.just("add"), PEOPLE, CASES, ROLES),
    st.tuples(
        st.just("invite"), st.sampled_from(sorted(OF_COUNCIL | {"peer", "support_officer"})), COUNCILS, CASES, ROLES
    ),
    st.tuples(st.just("change"), PEOPLE, ACCOUNTS, st.none() | COUNCILS),
    st.tuples(st.just("take_off"), st.integers(0, 20)),
    st.tuples(st.just("limit"), st.integers(0, 20), st.integers(-3, 2), st.none() | st.integers(-2, 3)),
    st.tuples(st.just("close"), PEOPLE),
    st.tuples(st.just("merge"), st.lists(COUNCILS, min_size=1, max_size=3, unique=True), COUNCILS),
    st.tuples(st.just("leave_post"), PEOPLE),
    st.tuples(st.just("sweep")),
)


@pytest.mark.long
def test_every_answer_is_that_of_the_rule_worked_out_afresh():
    world = World()
    world.check()
    for who, case in ((0, 0), (1, 1), (2, 0), (4, 0), (5, 1), (6, 0)):
        world.ask(who, case, list(range(11)))
    start = world.rule, list(world.users)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize="EXAMPLES" not in os.environ,
    )
    @given(steps=st.lists(STEPS, min_size=1, max_size=7), asked=st.tuples(st.integers(0, 20), CASES, PAGES))
    def run(steps, asked):
        before = transaction.savepoint()
        try:
            for name, *arguments in steps:
                try:
                    getattr(world, name)(*arguments)
                except Refused as error:
                    raise AssertionError(f"{name} {arguments}: {error}") from error
            world.check()
            world.ask(*asked)
        finally:
            transaction.savepoint_rollback(before)
            world.rule, world.users = _copy(start[0]), list(start[1])

    world.rule = _copy(start[0])
    run()


def _copy(rule: Rule) -> Rule:
    return Rule(
        people={who: list(facts) for who, facts in rule.people.items()},
        ended=set(rule.ended),
        follows={each: set(after) for each, after in rule.follows.items()},
        hosts=rule.hosts,
        places=[Place(**vars(place)) for place in rule.places],
        left_post=set(rule.left_post),
    )
