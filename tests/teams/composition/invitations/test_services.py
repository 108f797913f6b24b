from datetime import timedelta

import pytest
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.models import Case, CaseRole
from cpc.components.errors import AlreadyMoved, Refused
from cpc.notifications.models import Message
from teams.composition import queries, services
from teams.composition.invitations import services as invitation_services
from teams.composition.models import ConflictDeclaration
from tests.factories.accounts import make_user
from tests.factories.composition import accept, invite, make_confirmed_team, make_team_case, propose
from tests.factories.peers import make_leader, make_peer
from tests.teams.composition.conftest import has_access

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ inviting and answering


def test_invitation_goes_out_once_and_names_the_page():
    case = make_team_case()
    member = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(AlreadyMoved):
        invitation_services.invite_member(member=member, by=case.manager)
    message = Message.objects.get(kind="team_invitation")
    assert message.context["url"] == f"/cases/{case.reference}/team/invitations/{member.pk}/"
    assert not has_access(case, member.user)


def test_invitation_needs_a_day_between_today_and_the_onsite():
    case = make_team_case()
    member = propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    for day in (timezone.localdate() - timedelta(days=1), case.onsite_end_on):
        with pytest.raises(Refused) as refused:
            invitation_services.invite_member(member=member, answer_by_on=day, by=case.manager)
        assert refused.value.field == "answer_by_on"


def test_accepting_stores_the_dates_and_the_declaration_but_gives_no_access():
    case = make_team_case()
    member = accept(invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER))
    assert member.agreed_to(case.onsite_start_on, case.onsite_end_on)
    assert ConflictDeclaration.objects.get(user=member.user).kind == "none"
    assert not has_access(case, member.user)
    with pytest.raises(AlreadyMoved):
        accept(member)
    assert Message.objects.filter(kind="team_answer", to=case.manager).count() == 1


@pytest.mark.parametrize(
    ("conflicts", "text", "field"),
    [([], "", "conflicts"), (["none", "family"], "x", "conflicts"), (["family"], " ", "conflict_text")],
)
def test_accepting_needs_a_whole_declaration(conflicts, text, field):
    member = invite(make_team_case(), make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(Refused) as refused:
        accept(member, conflicts=conflicts, conflict_text=text)
    assert refused.value.field == field
    member.refresh_from_db()
    assert member.state == "invited"


def test_accepting_dates_that_changed_meanwhile_is_refused():
    case = make_team_case()
    member = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    seen = invitation_services.dates_key(case)
    Case.objects.filter(pk=case.pk).update(onsite_end_on=case.onsite_end_on - timedelta(days=1))
    with pytest.raises(Refused, match="dates changed"):
        accept(member, dates_seen=seen)


def test_only_the_person_invited_answers():
    member = invite(make_team_case(), make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(Refused):
        invitation_services.decline_invitation(member=member, reason="Not mine", by=make_peer().user)


def test_declining_needs_a_reason_and_frees_the_place():
    case = make_team_case()
    member = invite(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    with pytest.raises(Refused) as refused:
        invitation_services.decline_invitation(member=member, reason=" ", by=member.user)
    assert refused.value.field == "reason"
    invitation_services.decline_invitation(member=member, reason="Elections", by=member.user)
    with pytest.raises(AlreadyMoved):
        invitation_services.decline_invitation(member=member, reason="Elections", by=member.user)
    propose(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    assert Event.objects.get(verb="peer_declined").audience == "lga"


def test_withdrawn_invitation_cannot_be_accepted():
    case = make_team_case()
    member = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    services.withdraw_member(member=member, reason="Someone closer was found", by=case.manager)
    with pytest.raises(Refused, match="no longer open"):
        accept(member)
    assert Message.objects.filter(kind="team_withdrawn", to=member.user).count() == 1
    with pytest.raises(AlreadyMoved):
        services.withdraw_member(member=member, reason="Again", by=case.manager)


# ------------------------------------------------------------------ dates that change


def test_members_are_asked_again_when_the_dates_change():
    case = make_team_case()
    make_confirmed_team(case)
    assert not queries.accepted_without_new_dates(case).exists()
    Case.objects.filter(pk=case.pk).update(onsite_end_on=case.onsite_end_on - timedelta(days=1))
    case.refresh_from_db()
    assert queries.accepted_without_new_dates(case).count() == 2
    assert len(invitation_services.ask_about_new_dates(case=case, by=make_user("programme_manager"))) == 2
    with pytest.raises(AlreadyMoved):
        invitation_services.ask_about_new_dates(case=case, by=case.manager)
    member = queries.accepted_members(case).first()
    assert list(queries.invitations_awaiting(member.user)) == [member]
    invitation_services.agree_new_dates(member=member, dates_seen=invitation_services.dates_key(case), by=member.user)
    with pytest.raises(AlreadyMoved):
        invitation_services.agree_new_dates(
            member=member, dates_seen=invitation_services.dates_key(case), by=member.user
        )
    assert queries.accepted_without_new_dates(case).count() == 1
    assert not queries.invitations_awaiting(member.user).exists()


def test_a_peer_who_cannot_come_any_more_loses_access():
    case = make_team_case()
    make_confirmed_team(case)
    member = queries.accepted_members(case).first()
    invitation_services.decline_invitation(member=member, reason="The new dates clash", by=member.user)
    assert not has_access(case, member.user)


def test_a_new_declaration_replaces_the_old_one_which_is_kept():
    case = make_team_case()
    member = accept(invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER))
    invitation_services.declare_conflicts(member=member, conflicts=["family"], conflict_text="A cousin", by=member.user)
    kept = {row.kind: row.replaced_at is None for row in ConflictDeclaration.objects.filter(user=member.user)}
    assert kept == {"none": False, "family": True}
    facts = queries.facts_about(case, [member.user])
    assert any("has declared" in text for text in queries.warnings_about_person(case, member.user, facts))


def test_the_same_declaration_again_adds_nothing():
    case = make_team_case()
    member = accept(invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER))
    for words in ("A cousin", " A cousin ", "A cousin, on the planning committee"):
        invitation_services.declare_conflicts(member=member, conflicts=["family"], conflict_text=words, by=member.user)
    rows = ConflictDeclaration.objects.filter(user=member.user, kind="family")
    assert [row.text for row in rows] == ["A cousin", "A cousin, on the planning committee"]
