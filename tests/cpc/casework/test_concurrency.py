"""Real threads with their own connections: what the locks promise, seen from outside."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from councils.models import Council
from cpc.accounts.models import User
from cpc.audit.models import Event
from cpc.cases.models import Case, CaseMembership, CaseRole, StageEntry
from cpc.cases.stages import PLUGINS, Stage, StagePlugin
from cpc.casework import services
from cpc.casework.reference_data import ensure_theme_sets
from cpc.components.errors import Refused
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def at_once(attempt: Callable[[int], object]) -> Counter[str]:
    """What each of eight threads got that began together: "done", or the name of the refusal."""
    start = Barrier(THREADS)

    def one(number: int) -> str:
        start.wait()
        try:
            attempt(number)
        except Refused as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, range(THREADS)))


@pytest.fixture
def case(monkeypatch):
    """A case at scheduling with nothing outstanding anywhere."""
    ensure_theme_sets()
    for stage in Stage:
        monkeypatch.setitem(PLUGINS, stage, StagePlugin(stage, lambda case, reader: [], lambda case, by: None))
    return services.start_case(council=make_council(), by=make_user("programme_manager"))


def person(user: User) -> User:
    """As another request would load them."""
    return User.objects.get(pk=user.pk)


def test_eight_clicks_on_sign_off_move_the_case_once(case):
    by = case.created_by
    got = at_once(
        lambda number: services.advance_case(
            case=Case.objects.get(pk=case.pk), from_stage=Stage.SCHEDULING, by=person(by)
        )
    )
    assert got == {"done": 1, "AlreadyMoved": THREADS - 1}
    case.refresh_from_db()
    assert (case.stage, case.version) == (Stage.TEAM_COMPOSITION, 1)
    assert Event.objects.filter(case=case, verb="case_advanced").count() == 1
    entries = StageEntry.objects.filter(case=case).order_by("pk")
    assert [entry.stage for entry in entries] == [Stage.SCHEDULING, Stage.TEAM_COMPOSITION]
    assert entries.filter(left_at__isnull=True).count() == 1


def test_sign_off_and_cancel_at_once_leave_one_true_story(case):
    by = case.created_by

    def attempt(number):
        if number % 2:
            services.cancel_case(case=case, reason="Abolished", by=person(by))
        else:
            services.advance_case(case=case, from_stage=Stage.SCHEDULING, by=person(by))

    at_once(attempt)
    case.refresh_from_db()
    verbs = Counter(Event.objects.filter(case=case).values_list("verb", flat=True))
    assert case.state == "cancelled"
    assert verbs["case_cancelled"] == 1
    # Either the move came first and is on record, or the case never moved.
    assert verbs["case_advanced"] == (1 if case.stage == Stage.TEAM_COMPOSITION else 0)
    assert not StageEntry.objects.filter(case=case, left_at__isnull=True).exists()


def test_eight_starts_for_one_council_make_one_case():
    ensure_theme_sets()
    council, by = make_council(), make_user("programme_manager")
    got = at_once(lambda number: services.start_case(council=Council.objects.get(pk=council.pk), by=person(by)))
    assert got == {"done": 1, "Refused": THREADS - 1}
    case = Case.objects.get()
    assert StageEntry.objects.filter(case=case).count() == 1
    assert Event.objects.filter(verb="case_started").count() == 1


def test_joint_cases_that_name_each_other_make_one_case_and_nobody_waits_in_a_circle():
    ensure_theme_sets()
    one, two, by = make_council(), make_council(), make_user("programme_manager")

    def attempt(number):
        lead, partner = (one, two) if number % 2 else (two, one)
        services.start_case(council=lead, joint_councils=[partner], by=person(by))

    assert at_once(attempt) == {"done": 1, "Refused": THREADS - 1}
    assert Case.objects.count() == 1


def test_eight_equal_posts_make_one_membership(case):
    officer, by = make_user("support_officer"), case.created_by
    got = at_once(
        lambda number: services.add_member(
            case=case, user=person(officer), role=CaseRole.SUPPORT_OFFICER, by=person(by)
        )
    )
    assert got == {"done": THREADS}
    assert CaseMembership.objects.filter(case=case, user=officer).count() == 1
    assert Event.objects.filter(case=case, verb="member_added").count() == 1


def test_of_eight_people_named_manager_at_once_one_is(case):
    people, by = [make_user("peer_challenge_manager") for _ in range(THREADS)], case.created_by
    got = at_once(
        lambda number: services.add_member(
            case=case, user=person(people[number]), role=CaseRole.PEER_CHALLENGE_MANAGER, by=person(by)
        )
    )
    assert got == {"done": 1, "Refused": THREADS - 1}
    assert CaseMembership.objects.filter(case=case, removed_at__isnull=True).count() == 1


def test_eight_hand_overs_leave_one_manager_and_every_step_on_record(case):
    by = case.created_by
    people = [make_user("peer_challenge_manager") for _ in range(THREADS)]
    got = at_once(
        lambda number: services.hand_over_case(
            case=case, role=CaseRole.PEER_CHALLENGE_MANAGER, to=person(people[number]), by=person(by)
        )
    )
    assert got == {"done": THREADS}
    assert CaseMembership.objects.filter(case=case, removed_at__isnull=True).count() == 1
    assert Event.objects.filter(case=case, verb="case_handed_over").count() == THREADS - 1
