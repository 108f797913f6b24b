"""A membership counts while what it rests on holds; what no longer holds is ended, and a successor asked for."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from councils.models import Council, Succession, Tenure
from councils.services import end_tenure
from cpc.accounts.models import User
from cpc.accounts.services import change_role, deactivate_user
from cpc.audit.models import Event
from cpc.cases import access
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.casework.endings import end_memberships, end_with_tenures
from cpc.casework.services import add_member
from cpc.casework.tasks import end_what_no_longer_holds
from cpc.components.errors import Refused
from cpc.deadlines.models import Deadline
from teams.composition.models import TeamMember
from tests.factories.accounts import make_user
from tests.factories.assessments import Staged, make_staged
from tests.factories.composition import make_confirmed_team, make_team_case, propose
from tests.factories.councils import make_council
from tests.factories.peers import make_peer

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged() -> Staged:
    return make_staged("onsite", onsite_days_ago=0)


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def role_of(user: User, role: str, council: Council | None, by: User) -> User:
    return change_role(user=user, role=role, council=council, version=again(user).version, by=by)


def sees(user: User, case: Case) -> bool:
    user = again(user)
    found = Case.objects.visible_to(user).filter(pk=case.pk).exists()
    assert bool(access.roles_on(user, case)) == found
    return found


def status(user: User, name: str, case: Case) -> int:
    client = Client()
    client.force_login(again(user))
    return client.get(reverse(name, kwargs={"reference": case.reference})).status_code


def asked(case: Case) -> list[str]:
    return sorted(case.deadlines.filter(kind__startswith="successor", state="open").values_list("kind", flat=True))


@pytest.mark.parametrize("role", ["leader", "peer"])
def test_a_peer_who_becomes_one_of_the_host_leaves_the_team(staged, role):
    """K2.2: the host's new leader went on reading the team's findings."""
    assert status(staged.peer, "onsite:findings", staged.case) == 200
    role_of(staged.peer, role, staged.case.council, staged.administrator)
    assert not sees(staged.peer, staged.case)
    assert status(staged.peer, "onsite:findings", staged.case) == 404
    membership = CaseMembership.objects.get(case=staged.case, user=staged.peer)
    assert (membership.removed_by, membership.ended_because) == (
        staged.administrator,
        "they are of the host council now",
    )
    event = Event.objects.get(case=staged.case, verb="membership_ended")
    assert (event.by, event.data["role"]) == (staged.administrator, "Member Peer")
    assert asked(staged.case) == ["successor-member-peer"]


def test_access_does_not_wait_for_the_end_to_be_written(staged):
    User.objects.filter(pk=staged.peer.pk).update(council=staged.case.council)
    assert CaseMembership.objects.standing().filter(case=staged.case, user=staged.peer).exists()
    assert not sees(staged.peer, staged.case)


def test_a_peer_may_serve_another_council(staged):
    role_of(staged.peer, "chief_executive", make_council(), staged.administrator)
    assert sees(staged.peer, staged.case)
    assert asked(staged.case) == []


@pytest.mark.parametrize("change", ["moved", "peer", "contributor"])
def test_host_access_ends_with_the_council_or_the_role(staged, change):
    """K2.3: a coordinator moved to another council went on reading and adding papers."""
    council = staged.case.council
    role, council = {
        "moved": ("coordinator", make_council()),
        "peer": ("peer", None),
        "contributor": ("contributor", council),
    }[change]
    role_of(staged.coordinator, role, council, staged.administrator)
    assert not sees(staged.coordinator, staged.case)
    for name in ("cases:detail", "self_assessment:detail", "self_assessment:pack-document-add", "onsite:detail"):
        assert status(staged.coordinator, name, staged.case) == 404, name
    assert asked(staged.case) == ["successor-coordinator"]
    # Back again, they are no longer on the case: somebody puts them there.
    role_of(staged.coordinator, "coordinator", staged.case.council, staged.administrator)
    assert not sees(staged.coordinator, staged.case)
    add_member(case=staged.case, user=again(staged.coordinator), role="coordinator", by=staged.manager)
    assert sees(staged.coordinator, staged.case)
    assert asked(staged.case) == []
    assert Deadline.objects.get(case=staged.case, kind="successor-coordinator").met_on == timezone.localdate()


def test_a_closed_account_leaves_its_cases_and_a_manager_is_asked_for(staged):
    deactivate_user(user=staged.manager, by=staged.administrator)
    assert not sees(staged.manager, staged.case)
    assert asked(staged.case) == ["successor-peer-challenge-manager"]
    # The promise is asked again when it happens again.
    add_member(
        case=staged.case, user=make_user("peer_challenge_manager"), role="peer_challenge_manager", by=staged.support
    )
    assert asked(staged.case) == []
    held = CaseMembership.objects.standing().get(case=staged.case, role="peer_challenge_manager")
    deactivate_user(user=held.user, by=staged.administrator)
    assert asked(staged.case) == ["successor-peer-challenge-manager"]


def test_somebody_of_the_lga_who_becomes_an_administrator_leaves_their_cases(staged):
    role_of(staged.support, "administrator", None, staged.administrator)
    assert not access.is_case_lga(again(staged.support), staged.case)
    assert not CaseMembership.objects.standing().filter(user=staged.support).exists()


@pytest.mark.parametrize("post", ["leader", "chief_executive"])
def test_a_leader_whose_last_day_the_register_knows_leaves_the_case(staged, post):
    """K2.5: nothing listened to the register when somebody left their post."""
    user, council = staged.people[post], staged.case.council
    yesterday = timezone.localdate() - timedelta(days=1)
    CaseMembership.objects.filter(case=staged.case).update(starts_on=yesterday - timedelta(days=9))
    tenure = Tenure.objects.create(
        council=council,
        post=post,
        person_name=f" {user.full_name.upper()} ",
        started_on=yesterday - timedelta(days=400),
    )
    assert end_with_tenures(by=None) == []
    end_tenure(tenure=tenure, ended_on=yesterday, version=tenure.version, by=staged.programme_manager)
    assert not sees(user, staged.case)
    assert asked(staged.case) == [f"successor-{post.replace('_', '-')}"]
    assert sees(staged.coordinator, staged.case)


def test_a_namesake_in_another_post_or_a_second_time_in_it_ends_nothing(staged):
    yesterday = timezone.localdate() - timedelta(days=1)
    CaseMembership.objects.filter(case=staged.case).update(starts_on=yesterday - timedelta(days=9))
    name, council = staged.leader.full_name, staged.case.council
    long_ago = yesterday - timedelta(days=900)
    for post, started_on, ended_on, of in (
        ("chief_executive", long_ago, yesterday, council),
        ("leader", long_ago, yesterday, make_council()),
        ("leader", long_ago, long_ago + timedelta(days=90), council),
        ("leader", yesterday - timedelta(days=300), None, council),
    ):
        Tenure.objects.create(council=of, post=post, person_name=name, started_on=started_on, ended_on=ended_on)
    assert end_with_tenures(by=None) == []
    assert sees(staged.leader, staged.case)


def test_a_council_that_ends_takes_its_people_off_and_those_of_the_next_can_be_added(staged):
    """Two councils become one: a peer of the other is of the host then."""
    today = timezone.localdate()
    other, new = make_council(), make_council()
    role_of(staged.peer, "peer", other, staged.administrator)
    assert sees(staged.peer, staged.case)
    for before in (staged.case.council, other):
        Council.objects.filter(pk=before.pk).update(end_on=today - timedelta(days=1))
        Succession.objects.create(predecessor=before, successor=new, on=today, kind="merger")
    hosts = ("coordinator", "leader", "chief_executive")
    assert not any(sees(staged.people[name], staged.case) for name in (*hosts, "peer"))
    assert sees(staged.lead_member, staged.case)
    assert end_what_no_longer_holds() == 4
    assert end_what_no_longer_holds() == 0
    assert asked(staged.case) == sorted(
        ["successor-chief-executive", "successor-coordinator", "successor-leader", "successor-member-peer"]
    )
    of_new = make_user("coordinator", council=new)
    add_member(case=staged.case, user=of_new, role="coordinator", by=staged.manager)
    assert sees(of_new, staged.case)
    with pytest.raises(Refused, match="is not of"):
        add_member(case=staged.case, user=again(staged.leader), role="leader", by=staged.manager)
    with pytest.raises(Refused, match="of the host council"):
        add_member(case=staged.case, user=make_user("peer", council=new), role="member_peer", by=staged.manager)


def test_until_the_last_day_nothing_ends(staged):
    today = timezone.localdate()
    Council.objects.filter(pk=staged.case.council_id).update(end_on=today)
    assert sees(staged.leader, staged.case)
    assert end_memberships(by=None) == []


def test_a_partner_of_a_joint_challenge_hosts_too(staged):
    partner = make_council()
    staged.case.joint_councils.add(partner)
    leader = make_user("leader", council=partner)
    add_member(case=staged.case, user=leader, role="leader", by=staged.manager)
    assert sees(leader, staged.case)
    staged.case.joint_councils.clear()
    assert not sees(leader, staged.case)


@pytest.mark.parametrize(
    ("account", "role", "sentence"),
    [
        ("peer", "coordinator", "has an account as peer"),
        ("contributor", "leader", "has an account as council contributor"),
        ("coordinator", "leader", "has an account as council coordinator"),
        ("leader", "chief_executive", "has an account as council leader"),
        ("administrator", "support_officer", "is an administrator"),
        ("peer", "support_officer", "does not work for the LGA"),
        ("support_officer", "member_peer", "works for the LGA"),
    ],
)
def test_nobody_is_added_whose_place_would_not_count(staged, account, role, sentence):
    council = (
        staged.case.council
        if account in {"peer", "contributor", "coordinator", "leader"} and "support" not in role
        else None
    )
    user = make_user(account, council=council)
    with pytest.raises(Refused, match=sentence):
        add_member(case=staged.case, user=user, role=role, by=staged.manager)
    assert not CaseMembership.objects.filter(user=user).exists()


def test_who_is_only_considered_for_a_team_leaves_it_too():
    case = make_team_case()
    profile = make_peer()
    member = propose(case, profile, CaseRole.MEMBER_PEER if profile.kind == "member" else CaseRole.SENIOR_OFFICER_PEER)
    boss = make_user("administrator")
    role_of(profile.user, "peer", case.council, boss)
    member = TeamMember.objects.get(pk=member.pk)
    assert (member.state, member.withdrawn_by) == ("withdrawn", boss)


def test_the_place_on_the_team_ends_with_the_membership():
    case = make_team_case()
    make_confirmed_team(case)
    lead = TeamMember.objects.get(team__case=case, role="lead_member_peer")
    deactivate_user(user=lead.user, by=make_user("administrator"))
    lead.refresh_from_db()
    assert lead.state == "withdrawn"
    assert asked(case) == ["successor-lead-member-peer"]
    assert Event.objects.filter(case=case, verb="peer_withdrawn").count() == 1
