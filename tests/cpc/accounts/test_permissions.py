import pytest

from cpc.accounts.permissions import changes_roles, manages_account, manages_people, may_give_role
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("giver", "role", "same_council", "allowed"),
    [
        ("administrator", "administrator", False, True),
        ("programme_manager", "administrator", False, False),
        ("programme_manager", "programme_manager", False, True),
        ("principal_adviser", "contributor", False, False),
        ("peer_challenge_manager", "peer", False, False),
        ("support_officer", "contributor", False, False),
        ("coordinator", "contributor", True, True),
        ("coordinator", "leader", True, True),
        ("coordinator", "contributor", False, False),
        ("coordinator", "peer", True, False),
        ("coordinator", "administrator", True, False),
        ("leader", "contributor", True, False),
        ("peer", "peer", False, False),
    ],
)
def test_nobody_gives_more_than_they_hold(giver, role, same_council, allowed):
    user = make_user(giver)
    council = user.council if same_council and user.council else make_council()
    assert may_give_role(user, role, council.pk) is allowed
    user.is_active = False
    assert may_give_role(user, role, council.pk) is False


def test_a_coordinator_looks_after_the_people_of_its_own_council():
    coordinator = make_user("coordinator")
    own = make_user("contributor", council=coordinator.council)
    other = make_user("contributor")
    assert manages_people(coordinator, own)
    assert manages_account(coordinator, own)
    for person in (other, make_user("peer", council=coordinator.council), make_user("administrator")):
        assert not manages_people(coordinator, person)
        assert not manages_account(coordinator, person)
    assert not changes_roles(coordinator, own)


@pytest.mark.parametrize("role", ["administrator", "programme_manager", "coordinator"])
def test_nobody_ends_their_own_account(role):
    user = make_user(role)
    assert not manages_account(user, user)
    assert not changes_roles(user, user)
