import pytest

from councils.models import Council
from cpc.accounts.models import User
from cpc.accounts.roles import COUNCIL_ROLES
from cpc.cases.models import CaseMembership
from cpc.reminders.recipients import Directory, people_of_side
from cpc.reminders.sources import subjects_of
from tests.cpc.conftest import START
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db


def reached_by(promise, side, today):
    """Who is reached and why, by their accounts."""
    subjects = subjects_of([("deadline", promise.deadline.pk)])
    reached = Directory(subjects.values(), today).reached(subjects["deadline", promise.deadline.pk], side)
    return [person.user_id for person in reached.people], reached.instead


def join(promise, role, case_role, **changed):
    user = make_user(role, council=promise.case.council) if role in COUNCIL_ROLES else make_user(role)
    values = {"user": user, "role": case_role, "starts_on": START, "added_by": promise.boss}
    CaseMembership.objects.create(case=promise.case, **values | changed)
    return user


def test_each_side_is_its_own_people(make_promise):
    promise = make_promise()
    leader, peer = join(promise, "leader", "leader"), join(promise, "peer", "lead_officer_peer")
    support = join(promise, "support_officer", "support_officer")
    join(promise, "contributor", "contributor")
    sides = {
        role: {person.user_id for person in people_of_side(promise.case, role, START).people}
        for role in ("LGA", "Council", "Peer team")
    }
    assert sides == {
        "LGA": {promise.manager.pk, support.pk},
        "Council": {promise.coordinator.pk, leader.pk},
        "Peer team": {peer.pk},
    }
    for role in sides:
        assert reached_by(promise, role, START)[1] == ""


@pytest.mark.parametrize("changed", [{"ends_on": "2026-11-15"}, {"starts_on": "2026-11-17"}])
def test_a_membership_outside_its_days_reaches_nobody(make_promise, changed):
    promise = make_promise()
    join(promise, "peer", "lead_officer_peer", **{"starts_on": "2026-11-01"} | changed)
    assert reached_by(promise, "Peer team", START) == (
        [promise.manager.pk],
        "No one from the peer team is on this peer challenge",
    )


def test_a_peer_whose_own_council_was_abolished_is_still_a_peer(make_promise):
    promise = make_promise()
    peer = join(promise, "peer", "lead_officer_peer")
    Council.objects.filter(pk=promise.case.council_id).update(end_on=START)
    User.objects.filter(pk=peer.pk).update(council=make_user("coordinator").council)
    Council.objects.exclude(pk=promise.case.council_id).update(end_on="2020-03-31")
    assert reached_by(promise, "Peer team", START)[0] == [peer.pk]


def test_stand_ins_get_no_say_over_the_dates(make_promise):
    """A reminder in somebody's place is no permission."""
    promise = make_promise(owner_role="LGA")
    CaseMembership.objects.all().delete()
    stranger = make_user("peer_challenge_manager")
    assert reached_by(promise, "LGA", START)[0] == [promise.boss.pk]
    assert not stranger.has_perm("cpc.revise_deadline", promise.deadline)
