from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases import access
from cpc.cases.errors import AlreadyMoved, CaseError, NotAllowed, StageClosed, StaleEdit
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.cases.services import add_member
from cpc.cases.stages import Stage
from cpc.notifications.models import Message
from teams.composition import queries, services
from teams.composition.models import ConflictDeclaration, CouncilComment, Team, TeamMember
from tests.factories.accounts import make_user
from tests.factories.composition import (
    accept,
    invite,
    make_accepted_pair,
    make_confirmed_team,
    make_host,
    make_team_case,
    propose,
)
from tests.factories.councils import make_council
from tests.factories.peers import make_chief_executive, make_leader, make_peer

pytestmark = pytest.mark.django_db


def has_access(case, user) -> bool:
    access.forget_roles(user)
    return access.is_team(user, case) and Case.objects.visible_to(user).filter(pk=case.pk).exists()


# ------------------------------------------------------------------ proposing


def test_propose_prints_the_post_and_gives_no_access():
    case = make_team_case()
    profile = make_leader(council=make_council(official_name="Breckland Council"))
    member = propose(case, profile, CaseRole.LEAD_MEMBER_PEER)
    assert (member.state, member.post_printed) == ("proposed", "Leader, Breckland Council")
    assert not has_access(case, profile.user)
    assert Event.objects.get(verb="peer_proposed").audience == "lga"


def test_propose_refuses_a_peer_of_a_host_council():
    case = make_team_case()
    partner = make_council()
    case.joint_councils.add(partner)
    for council in (case.council, partner):
        with pytest.raises(NotAllowed, match="host council"):
            propose(case, make_leader(council=council), CaseRole.MEMBER_PEER)
    assert not TeamMember.objects.exists()


def test_propose_refuses_lga_staff_people_outside_the_pool_and_people_of_the_case():
    case = make_team_case()
    by = case.manager
    for user in (make_user("principal_adviser"), make_user("peer")):
        with pytest.raises(NotAllowed):
            services.propose_member(case=case, user=user, role=CaseRole.SHADOW_PEER, by=by)
    # R48: somebody who is on the case as a host stays off its team, even when their council has changed since.
    profile = make_leader(council=case.council)
    add_member(case=case, user=profile.user, role=CaseRole.LEADER, by=by)
    profile.user.council = make_council()
    profile.user.save()
    with pytest.raises(NotAllowed, match="cannot be on its peer team"):
        propose(case, profile, CaseRole.MEMBER_PEER)


def test_propose_refuses_twice_a_held_lead_role_and_a_role_of_the_other_kind():
    case = make_team_case()
    first = make_leader()
    propose(case, first, CaseRole.LEAD_MEMBER_PEER)
    with pytest.raises(AlreadyMoved):
        propose(case, first, CaseRole.MEMBER_PEER)
    with pytest.raises(NotAllowed) as refused:
        propose(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    assert refused.value.field == "role"
    with pytest.raises(NotAllowed) as refused:
        propose(case, make_peer("officer"), CaseRole.MEMBER_PEER)
    assert refused.value.field == "role"
    assert TeamMember.objects.count() == 1


def test_nothing_is_proposed_once_the_stage_is_left():
    case = make_team_case()
    Case.objects.filter(pk=case.pk).update(stage=Stage.ONSITE)
    with pytest.raises(StageClosed):
        propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)


# ------------------------------------------------------------------ inviting and answering


def test_invitation_goes_out_once_and_names_the_page():
    case = make_team_case()
    member = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(AlreadyMoved):
        services.invite_member(member=member, by=case.manager)
    message = Message.objects.get(kind="team_invitation")
    assert message.context["url"] == f"/cases/{case.reference}/team/invitations/{member.pk}/"
    assert not has_access(case, member.user)


def test_invitation_needs_a_day_between_today_and_the_onsite():
    case = make_team_case()
    member = propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    for day in (timezone.localdate() - timedelta(days=1), case.onsite_end_on):
        with pytest.raises(CaseError) as refused:
            services.invite_member(member=member, answer_by_on=day, by=case.manager)
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
    with pytest.raises(CaseError) as refused:
        accept(member, conflicts=conflicts, conflict_text=text)
    assert refused.value.field == field
    member.refresh_from_db()
    assert member.state == "invited"


def test_accepting_dates_that_changed_meanwhile_is_refused():
    case = make_team_case()
    member = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    seen = services.dates_key(case)
    Case.objects.filter(pk=case.pk).update(onsite_end_on=case.onsite_end_on - timedelta(days=1))
    with pytest.raises(NotAllowed, match="dates changed"):
        accept(member, dates_seen=seen)


def test_only_the_person_invited_answers():
    member = invite(make_team_case(), make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(NotAllowed):
        services.decline_invitation(member=member, reason="Not mine", by=make_peer().user)


def test_declining_needs_a_reason_and_frees_the_place():
    case = make_team_case()
    member = invite(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    with pytest.raises(CaseError) as refused:
        services.decline_invitation(member=member, reason=" ", by=member.user)
    assert refused.value.field == "reason"
    services.decline_invitation(member=member, reason="Elections", by=member.user)
    with pytest.raises(AlreadyMoved):
        services.decline_invitation(member=member, reason="Elections", by=member.user)
    propose(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    assert Event.objects.get(verb="peer_declined").audience == "lga"


def test_withdrawn_invitation_cannot_be_accepted():
    case = make_team_case()
    member = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    services.withdraw_member(member=member, reason="Somebody closer was found", by=case.manager)
    with pytest.raises(NotAllowed, match="no longer open"):
        accept(member)
    assert Message.objects.filter(kind="team_withdrawn", to=member.user).count() == 1
    with pytest.raises(AlreadyMoved):
        services.withdraw_member(member=member, reason="Again", by=case.manager)


# ------------------------------------------------------------------ confirming (R15)


def test_confirming_gives_each_accepted_peer_access_once():
    case = make_team_case()
    officer, member = make_accepted_pair(case)
    invited = invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    team = services.confirm_team(case=case, by=case.manager)
    assert team.waived_needs == []
    assert has_access(case, officer.user) and has_access(case, member.user)
    assert not has_access(case, invited.user)
    with pytest.raises(AlreadyMoved):
        services.confirm_team(case=case, by=case.manager)
    # Somebody who says yes later gets access when the team is confirmed again.
    accept(invited)
    assert not has_access(case, invited.user)
    services.confirm_team(case=case, by=case.manager)
    assert has_access(case, invited.user)
    assert CaseMembership.objects.filter(case=case, role__endswith="_peer").count() == 3


@pytest.mark.parametrize("missing", ["chief_executive", "senior_member"])
def test_confirming_is_refused_without_a_chief_executive_or_a_leader(missing):
    case = make_team_case()
    chief, leader = (
        (make_peer(), make_leader())
        if missing == "chief_executive"
        else (
            make_chief_executive(),
            make_leader(is_council_leader=False),
        )
    )
    accept(invite(case, chief, CaseRole.LEAD_OFFICER_PEER))
    accept(invite(case, leader, CaseRole.LEAD_MEMBER_PEER))
    assert [need.code for need in queries.needs_of(case)] == [missing]
    with pytest.raises(NotAllowed) as refused:
        services.confirm_team(case=case, by=case.manager)
    assert refused.value.field == "waiver_reason"
    with pytest.raises(NotAllowed, match="programme manager"):
        services.confirm_team(case=case, waiver_reason="We must go on", by=case.manager)
    assert not has_access(case, chief.user)
    team = services.confirm_team(case=case, waiver_reason="We must go on", by=make_user("programme_manager"))
    assert (team.waived_needs, team.waiver_reason) == ([missing], "We must go on")
    assert has_access(case, chief.user)
    assert Event.objects.get(verb="team_needs_waived").audience == "lga"


def test_invited_or_shadow_peers_do_not_meet_the_need():
    case = make_team_case()
    invite(case, make_chief_executive(), CaseRole.LEAD_OFFICER_PEER)
    accept(invite(case, make_leader(), CaseRole.SHADOW_PEER))
    assert {need.code for need in queries.needs_of(case)} == {"chief_executive", "senior_member"}


def test_a_need_that_arises_later_is_not_waived():
    case = make_team_case()
    manager = make_user("programme_manager")
    accept(invite(case, make_peer(), CaseRole.LEAD_OFFICER_PEER))
    leader = accept(invite(case, make_leader(), CaseRole.LEAD_MEMBER_PEER))
    services.confirm_team(case=case, waiver_reason="No chief executive is free", by=manager)
    services.withdraw_member(member=leader, reason="Lost the election", by=manager)
    with pytest.raises(NotAllowed):
        services.confirm_team(case=case, by=manager)


def test_confirming_a_team_that_changed_since_is_refused():
    case = make_team_case()
    make_accepted_pair(case)
    version = Team.objects.get(case=case).version
    propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(StaleEdit):
        services.confirm_team(case=case, version=version, by=case.manager)


def test_confirmed_team_is_changed_only_after_it_is_reopened():
    case = make_team_case()
    make_confirmed_team(case)
    with pytest.raises(NotAllowed, match="Reopen"):
        propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(CaseError) as refused:
        services.reopen_team(case=case, reason="", by=case.manager)
    assert refused.value.field == "reason"
    services.reopen_team(case=case, reason="A finance peer is needed", by=case.manager)
    with pytest.raises(AlreadyMoved):
        services.reopen_team(case=case, reason="Again", by=case.manager)
    member = queries.accepted_members(case).first()
    assert has_access(case, member.user), "access is kept while the team is open"
    propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)


def test_leads_who_change_places_change_their_access():
    case = make_team_case()
    make_confirmed_team(case)
    services.reopen_team(case=case, reason="The lead changes", by=case.manager)
    lead = queries.accepted_members(case).get(role=CaseRole.LEAD_MEMBER_PEER)
    services.change_member(
        member=lead,
        role=CaseRole.MEMBER_PEER,
        post_printed=lead.post_printed,
        fit_note="",
        challenge_note="",
        version=lead.version,
        by=case.manager,
    )
    services.confirm_team(case=case, by=case.manager)
    roles = CaseMembership.objects.filter(case=case, user=lead.user, removed_at__isnull=True)
    assert [membership.role for membership in roles] == [CaseRole.MEMBER_PEER]


def test_change_member_refuses_a_stale_form():
    case = make_team_case()
    member = propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    values = {"role": member.role, "post_printed": "Director", "fit_note": "", "by": case.manager, "version": 0}
    services.change_member(member=member, challenge_note="First", **values)
    with pytest.raises(StaleEdit):
        services.change_member(member=member, challenge_note="Second", **values)
    member.refresh_from_db()
    assert member.challenge_note == "First"


# ------------------------------------------------------------------ leaving


def test_withdrawing_ends_access_at_once_and_hides_the_reason():
    case = make_team_case()
    make_confirmed_team(case)
    member = queries.accepted_members(case).get(role=CaseRole.LEAD_OFFICER_PEER)
    services.withdraw_member(member=member, reason="A private matter", by=case.manager)
    assert not has_access(case, member.user)
    told_to_all = Event.objects.filter(case=case).exclude(audience="lga")
    assert not any("private matter" in str(event.data) for event in told_to_all)


def test_withdrawing_is_possible_when_the_case_is_closed():
    case = make_team_case()
    make_confirmed_team(case)
    Case.objects.filter(pk=case.pk).update(state="closed", stage=Stage.PROGRESS_REVIEW)
    member = queries.accepted_members(case).first()
    services.withdraw_member(member=member, reason="Access to be ended", by=case.manager)
    assert not has_access(case, member.user)


def test_replacing_reopens_and_proposes_for_the_same_place():
    case = make_team_case()
    make_confirmed_team(case)
    before = queries.accepted_members(case).get(role=CaseRole.LEAD_MEMBER_PEER)
    after = services.replace_member(member=before, user=make_leader().user, reason="Fell ill", by=case.manager)
    assert (after.role, after.state) == (CaseRole.LEAD_MEMBER_PEER, "proposed")
    assert Team.objects.get(case=case).confirmed_at is None
    assert not has_access(case, before.user)


# ------------------------------------------------------------------ dates that change


def test_members_are_asked_again_when_the_dates_change():
    case = make_team_case()
    make_confirmed_team(case)
    assert not queries.accepted_without_new_dates(case).exists()
    Case.objects.filter(pk=case.pk).update(onsite_end_on=case.onsite_end_on - timedelta(days=1))
    case.refresh_from_db()
    assert queries.accepted_without_new_dates(case).count() == 2
    assert len(services.ask_about_new_dates(case=case, by=make_user("programme_manager"))) == 2
    with pytest.raises(AlreadyMoved):
        services.ask_about_new_dates(case=case, by=case.manager)
    member = queries.accepted_members(case).first()
    assert list(queries.invitations_awaiting(member.user)) == [member]
    services.agree_new_dates(member=member, dates_seen=services.dates_key(case), by=member.user)
    with pytest.raises(AlreadyMoved):
        services.agree_new_dates(member=member, dates_seen=services.dates_key(case), by=member.user)
    assert queries.accepted_without_new_dates(case).count() == 1
    assert not queries.invitations_awaiting(member.user).exists()


def test_a_peer_who_cannot_come_any_more_loses_access():
    case = make_team_case()
    make_confirmed_team(case)
    member = queries.accepted_members(case).first()
    services.decline_invitation(member=member, reason="The new dates clash", by=member.user)
    assert not has_access(case, member.user)


def test_a_new_declaration_replaces_the_old_one_which_is_kept():
    case = make_team_case()
    member = accept(invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER))
    services.declare_conflicts(member=member, conflicts=["family"], conflict_text="A cousin", by=member.user)
    kept = {row.kind: row.replaced_at is None for row in ConflictDeclaration.objects.filter(user=member.user)}
    assert kept == {"none": False, "family": True}
    facts = queries.facts_about(case, [member.user])
    assert any("has declared" in text for text in queries.warnings_about_person(case, member.user, facts))


def test_the_same_declaration_again_adds_nothing():
    case = make_team_case()
    member = accept(invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER))
    for words in ("A cousin", " A cousin ", "A cousin, on the planning committee"):
        services.declare_conflicts(member=member, conflicts=["family"], conflict_text=words, by=member.user)
    rows = ConflictDeclaration.objects.filter(user=member.user, kind="family")
    assert [row.text for row in rows] == ["A cousin", "A cousin, on the planning committee"]


# ------------------------------------------------------------------ the council's view (R17, R18, R19, X2)


def test_council_comments_only_on_a_team_it_was_shown_and_a_second_press_adds_nothing():
    case = make_team_case()
    leader = make_host(case)
    member = propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    values = {
        "case": case,
        "kind": "objection",
        "reason": "Too close",
        "member": member,
        "form_key": uuid4(),
        "by": leader,
    }
    with pytest.raises(NotAllowed):
        services.comment_on_team(**values)
    services.share_team(case=case, by=case.manager)
    with pytest.raises(AlreadyMoved):
        services.share_team(case=case, by=case.manager)
    first = services.comment_on_team(**values)
    assert services.comment_on_team(**values) == first
    assert CouncilComment.objects.count() == 1
    assert Event.objects.get(verb="council_objected").audience == "council"
    assert Message.objects.filter(kind="team_shared", to=leader).count() == 1


def test_the_lga_decides_by_name_and_with_a_reason():
    case = make_team_case()
    leader = make_host(case)
    propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    services.share_team(case=case, by=case.manager)
    comment = services.comment_on_team(case=case, kind="objection", reason="Too close", form_key=uuid4(), by=leader)
    assert queries.open_objections(case.team).exists()
    with pytest.raises(CaseError) as refused:
        services.decide_comment(comment=comment, decision="stands", reason=" ", version=0, by=case.manager)
    assert refused.value.field == "reason"
    values = {"comment": comment, "decision": "stands", "reason": "No link was found", "by": case.manager}
    decided = services.decide_comment(**values, version=0)
    assert (decided.decided_by, decided.is_open) == (case.manager, False)
    with pytest.raises(AlreadyMoved):
        services.decide_comment(**values, version=0)
    with pytest.raises(StaleEdit):
        services.decide_comment(**values | {"decision": "will_change"}, version=0)
    assert not queries.open_objections(case.team).exists()


def test_the_talk_is_recorded_by_three_roles_only_and_for_one_peer():
    case = make_team_case()
    leader = make_host(case)
    chief = make_host(case, "chief_executive")
    today = timezone.localdate()
    with pytest.raises(NotAllowed, match="has accepted"):
        services.record_leader_talk(case=case, on=today, by=leader)
    _, lead = make_accepted_pair(case)
    for other in (chief, make_user("programme_manager"), lead.user):
        with pytest.raises(NotAllowed, match="Only the coordinator"):
            services.record_leader_talk(case=case, on=today, by=other)
    with pytest.raises(CaseError) as refused:
        services.record_leader_talk(case=case, on=today + timedelta(days=1), by=leader)
    assert refused.value.field == "on"
    assert services.record_leader_talk(case=case, on=today, by=leader).talk_by == leader
    with pytest.raises(AlreadyMoved):
        services.record_leader_talk(case=case, on=today, by=case.manager)
    services.withdraw_member(member=lead, reason="Fell ill", by=case.manager)
    assert Team.objects.get(case=case).talk_on is None


def test_group_leaders_are_recorded_once_each_and_corrected():
    case = make_team_case()
    values = {"group": "Labour", "leader_name": "Ann", "consulted_on": timezone.localdate(), "by": case.manager}
    row = services.record_consultation(case=case, **values)
    with pytest.raises(AlreadyMoved):
        services.record_consultation(case=case, **values | {"group": "labour"})
    services.change_consultation(consultation=row, **values | {"leader_name": "Bea"}, view="Content", version=0)
    with pytest.raises(StaleEdit):
        services.change_consultation(consultation=row, **values, view="Lost", version=0)
    row.refresh_from_db()
    assert (row.leader_name, row.view) == ("Bea", "Content")
