"""A team with people of every kind around it, and its pages."""

import pytest
from django.urls import reverse

from cpc.cases import access
from cpc.cases.models import Case, CaseRole
from cpc.casework.services import add_member
from teams.composition import services
from teams.composition.council_view import services as council_services
from tests.factories.accounts import make_user
from tests.factories.composition import invite, make_confirmed_team, make_host, make_team_case
from tests.factories.peers import make_peer
from tests.teams.markup import assert_valid_html


def has_access(case, user) -> bool:
    access.forget_roles(user)
    return access.is_team(user, case) and Case.objects.visible_to(user).filter(pk=case.pk).exists()


def url(case, name: str, **kwargs) -> str:
    return reverse(f"composition:{name}", kwargs={"reference": case.reference, **kwargs})


def opened(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    html = response.content.decode()
    assert_valid_html(html)
    return html


@pytest.fixture
def world():
    """A case with a confirmed team of two and one invited peer, and people of every kind."""
    case = make_team_case()
    make_confirmed_team(case)
    services.reopen_team(case=case, reason="One more", by=case.manager)
    invited = invite(case, make_peer(full_name="Ivy Invited"), CaseRole.SENIOR_OFFICER_PEER)
    council_services.share_team(case=case, by=case.manager)
    leader = make_host(case)
    contributor = make_user("contributor", council=case.council)
    add_member(case=case, user=contributor, role=CaseRole.CONTRIBUTOR, by=case.manager)
    other = make_team_case()
    people = {
        "manager": case.manager,
        "programme_manager": make_user("programme_manager"),
        "administrator": make_user("administrator"),
        "other_manager": other.manager,
        "leader": leader,
        "contributor": contributor,
        "other_leader": make_host(other),
        "peer": case.team.members.get(role=CaseRole.LEAD_OFFICER_PEER).user,
        "invited": invited.user,
        "other_peer": make_peer().user,
    }
    return case, invited, people
