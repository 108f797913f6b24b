"""Still to do is read by everybody on the case, each in the words that are theirs."""

import pytest
from django.test import Client
from django.urls import reverse

from cpc.accounts.models import User
from cpc.cases.checks import every_stage_asks_who_reads
from cpc.cases.models import Case, CaseRole, GateOverride
from cpc.cases.stages import PLUGINS, Outstanding, for_reader, shown_to
from cpc.casework.services import add_member, advance_case
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.composition import accept, invite, make_host, make_team_case, propose
from tests.factories.peers import make_chief_executive, make_leader, make_peer

pytestmark = pytest.mark.django_db


def page(user: User, case: Case) -> str:
    client = Client()
    client.force_login(user)
    return client.get(reverse("cases:detail", kwargs={"reference": case.reference})).content.decode()


@pytest.fixture
def team_case() -> Case:
    """Nothing shown to the council: one proposed, one invited, one who said yes."""
    case = make_team_case()
    case.names = []  # type: ignore[attr-defined]
    for profile, role, step in (
        (make_chief_executive(), CaseRole.LEAD_OFFICER_PEER, propose),
        (make_leader(), CaseRole.LEAD_MEMBER_PEER, invite),
        (make_peer(), CaseRole.SENIOR_OFFICER_PEER, invite),
    ):
        member = step(case, profile, role)
        case.names.append(profile.user.full_name)  # type: ignore[attr-defined]
    accept(member)
    return case


def test_names_of_a_team_that_was_not_shown_stay_with_the_lga(team_case):
    """K2.4: the overview named everybody who was considered to the council and to administrators."""
    names = team_case.names
    assert all(name in page(team_case.manager, team_case) for name in names[:2])
    peer = make_user("peer")
    add_member(case=team_case, user=peer, role=CaseRole.MEMBER_PEER, by=team_case.manager)
    for reader in (make_host(team_case), make_host(team_case, "coordinator"), make_user("administrator"), peer):
        shown = page(reader, team_case)
        assert "The LGA invites the peers" in shown
        assert "The peers who are asked answer" in shown
        assert not [name for name in names if name in shown]
        # Neither how many are asked.
        assert shown.count("The LGA invites the peers") == 1


def test_nothing_links_to_what_the_reader_cannot_do():
    """K14.10: a council was offered links to the LGA's and the peers' work."""
    staged = make_staged("report")
    for reader in staged.people.values():
        for item in PLUGINS["report"].outstanding(staged.case, reader):
            assert not item.act or bool(item.url) == reader.has_perm(item.act, staged.case), item


def test_every_link_of_every_stage_says_who_may_do_it():
    staged = make_staged("progress_review")
    for plugin in PLUGINS.values():
        for item in plugin.outstanding(staged.case, None):
            assert not item.url or item.act or item.read or item.code == "over", item


def test_a_gate_passed_with_things_outstanding_keeps_their_public_words(team_case):
    boss = make_user("programme_manager")
    peer = make_user("peer")
    add_member(case=team_case, user=peer, role=CaseRole.MEMBER_PEER, by=boss)
    advance_case(case=team_case, from_stage="team_composition", by=boss, override_reason="The peers are known.")
    row = GateOverride.objects.get(case=team_case)
    host = make_host(team_case)
    assert team_case.names[0] in page(boss, team_case)
    assert not [name for name in team_case.names if name in page(host, team_case)]
    assert "The LGA invites the peers" in [item.text for item in row.items_for(host)]


def test_a_private_item_needs_public_words():
    with pytest.raises(ValueError, match="public words"):
        Outstanding("code", "Invite Riley Example", read="teams.change_team")


def test_a_stage_that_asks_nobody_is_found_at_start(monkeypatch):
    assert every_stage_asks_who_reads(None) == []
    monkeypatch.setitem(
        PLUGINS, "report", PLUGINS["report"].__class__("report", lambda case: [], lambda case, by: None)
    )
    assert [error.id for error in every_stage_asks_who_reads(None)] == ["cases.E002"]


def test_the_service_itself_reads_everything():
    class Nobody:
        def has_perm(self, name, obj):
            return False

    items = [Outstanding("a", "Private", "/x", read="p.q", public="Public", act="p.q")] * 2
    assert for_reader(lambda case: items)(None, None) == items
    assert [(item.text, item.url) for item in shown_to(Nobody(), None, items)] == [("Public", "")]
