import pytest

from cpc.audit.models import Event
from cpc.cases import access
from cpc.cases.models import CaseMembership, CaseRole
from cpc.cases.stages import Stage
from cpc.casework import services
from cpc.components.errors import AlreadyMoved, Refused
from tests.cpc.casework.conftest import verbs
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("theme_sets")]


def add(staged, user, role, **changed):
    return services.add_member(case=staged.case, user=user, role=role, by=staged.programme_manager, **changed)


def test_adding_somebody_gives_access_at_once_and_again_changes_nothing():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    user = make_user("support_officer")
    assert not access.roles_on(user, staged.case)
    membership = add(staged, user, CaseRole.SUPPORT_OFFICER)
    assert access.roles_on(user, staged.case) == {CaseRole.SUPPORT_OFFICER}
    assert add(staged, user, CaseRole.SUPPORT_OFFICER) == membership
    added = Event.objects.filter(case=staged.case, verb="member_added", data__name=user.full_name)
    assert [event.data["role"] for event in added] == ["LGA Programme Support Officer"]


@pytest.mark.parametrize(
    ("role", "account"),
    [
        (CaseRole.PEER_CHALLENGE_MANAGER, "peer_challenge_manager"),
        (CaseRole.LEAD_MEMBER_PEER, "peer"),
        (CaseRole.LEAD_OFFICER_PEER, "peer"),
    ],
)
def test_a_single_role_that_somebody_holds_is_not_given_twice(role, account):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    holder = CaseMembership.objects.get(case=staged.case, role=role)
    newcomer = make_user(account)
    with pytest.raises(Refused) as error:
        add(staged, newcomer, role)
    assert error.value.field == "role"
    assert holder.user.full_name in error.value.message
    assert not access.roles_on(newcomer, staged.case)


def test_the_same_person_may_hold_two_roles_and_others_may_share_one():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    add(staged, staged.peer, CaseRole.SHADOW_PEER)
    add(staged, make_user("peer"), CaseRole.MEMBER_PEER)
    access.forget_roles(staged.peer)
    assert access.roles_on(staged.peer, staged.case) == {CaseRole.MEMBER_PEER, CaseRole.SHADOW_PEER}


def refused_people(staged):
    partner = make_council()
    staged.case.joint_councils.add(partner)
    return {
        "a peer of the host council": (make_user("peer", council=staged.case.council), CaseRole.MEMBER_PEER),
        "a peer of a partner in a joint case": (make_user("peer", council=partner), CaseRole.MEMBER_PEER),
        "the host council's leader as a peer": (staged.leader, CaseRole.MEMBER_PEER),
        "LGA staff as a peer": (make_user("support_officer"), CaseRole.ASSOCIATE_PEER),
        "a peer as LGA staff": (make_user("peer"), CaseRole.SUPPORT_OFFICER),
        "an administrator as LGA staff": (make_user("administrator"), CaseRole.SUPPORT_OFFICER),
        "someone of another council": (make_user("leader"), CaseRole.COORDINATOR),
        "someone of no council": (make_user("peer"), CaseRole.CONTRIBUTOR),
        "someone whose account has ended": (
            make_user("support_officer", is_active=False),
            CaseRole.SUPPORT_OFFICER,
        ),
    }


def test_who_cannot_be_what_in_a_case():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    before = CaseMembership.objects.count()
    for what, (user, role) in refused_people(staged).items():
        with pytest.raises(Refused) as error:
            add(staged, user, role)
        assert error.value.field == "user", what
        assert user.full_name in error.value.message, what
    assert CaseMembership.objects.count() == before


def test_the_leader_of_one_council_is_a_peer_at_another():
    staged, other = make_staged(Stage.TEAM_COMPOSITION), make_staged(Stage.TEAM_COMPOSITION)
    add(other, staged.leader, CaseRole.MEMBER_PEER)
    assert access.is_host(staged.leader, staged.case)
    assert access.is_team(staged.leader, other.case)
    assert not access.is_team(staged.leader, staged.case)
    assert not access.is_host(staged.leader, other.case)


def test_people_of_the_partner_council_join_a_joint_case():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    partner = make_council()
    user = make_user("coordinator", council=partner)
    with pytest.raises(Refused):
        add(staged, user, CaseRole.COORDINATOR)
    staged.case.joint_councils.add(partner)
    add(staged, user, CaseRole.COORDINATOR)


def test_nobody_joins_the_team_of_a_case_that_is_over():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    services.cancel_case(case=staged.case, reason="Abolished", by=staged.programme_manager)
    with pytest.raises(Refused, match="cancelled"):
        add(staged, make_user("peer"), CaseRole.MEMBER_PEER)


def test_a_member_is_removed_once_with_a_reason_and_may_come_back():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    membership = CaseMembership.objects.get(case=staged.case, user=staged.peer)

    def remove(reason="Illness"):
        services.remove_member(membership=membership, reason=reason, by=staged.manager)

    with pytest.raises(Refused) as error:
        remove(" ")
    assert error.value.field == "reason"
    remove()
    with pytest.raises(AlreadyMoved, match=staged.peer.full_name):
        remove()
    assert verbs(staged.case).count("member_removed") == 1
    membership.refresh_from_db()
    assert membership.removed_by == staged.manager
    again = add(staged, staged.peer, CaseRole.MEMBER_PEER)
    assert again.pk != membership.pk


def test_a_case_past_scheduling_keeps_its_manager_until_somebody_takes_over():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    membership = CaseMembership.objects.get(case=staged.case, role=CaseRole.PEER_CHALLENGE_MANAGER)
    with pytest.raises(Refused, match="Hand it over instead"):
        services.remove_member(membership=membership, reason="On leave", by=staged.programme_manager)
    early = make_staged(Stage.SCHEDULING)
    membership = CaseMembership.objects.get(case=early.case, role=CaseRole.PEER_CHALLENGE_MANAGER)
    services.remove_member(membership=membership, reason="On leave", by=early.programme_manager)
    assert not access.roles_on(early.manager, early.case)


def hand_over(staged, to, role=CaseRole.PEER_CHALLENGE_MANAGER):
    return services.hand_over_case(case=staged.case, role=role, to=to, by=staged.programme_manager)


def test_a_case_is_handed_over_in_one_step_and_a_second_click_changes_nothing():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    successor = make_user("peer_challenge_manager")
    first = hand_over(staged, successor)
    assert hand_over(staged, successor) == first
    access.forget_roles(staged.manager)
    assert not access.roles_on(staged.manager, staged.case)
    assert access.manages_case(successor, staged.case)
    event = Event.objects.get(case=staged.case, verb="case_handed_over")
    assert event.data == {"from_name": staged.manager.full_name, "to_name": successor.full_name}


def test_a_case_is_not_handed_to_somebody_who_cannot_have_it():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    for to in (staged.leader, make_user("peer"), make_user("peer_challenge_manager", is_active=False)):
        with pytest.raises(Refused):
            hand_over(staged, to)
    access.forget_roles(staged.manager)
    assert access.manages_case(staged.manager, staged.case)
    assert "case_handed_over" not in verbs(staged.case)
