import uuid
from datetime import UTC, datetime, time, timedelta

import pytest

from cpc.audit.models import Event
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseMembership, CaseRole
from cpc.cases.stages import Stage
from cpc.casework.services import add_member
from cpc.components.errors import AlreadyMoved, Refused, Stale
from teams.composition import queries, services
from teams.composition.conflicts import services as conflict_services
from teams.composition.council_view import services as council_services
from teams.composition.invitations import services as invitation_services
from teams.composition.models import Team, TeamMember
from teams.composition.stage import outstanding
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
from tests.filling import day_parts
from tests.teams.composition.conftest import has_access, url

pytestmark = pytest.mark.django_db


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
        with pytest.raises(Refused, match="host council"):
            propose(case, make_leader(council=council), CaseRole.MEMBER_PEER)
    assert not TeamMember.objects.exists()


def test_propose_refuses_lga_staff_people_outside_the_pool_and_people_of_the_case():
    case = make_team_case()
    by = case.manager
    for user in (make_user("principal_adviser"), make_user("peer")):
        with pytest.raises(Refused):
            services.propose_member(case=case, user=user, role=CaseRole.SHADOW_PEER, by=by)
    # R48: somebody who is on the case as a host stays off its team, even when their council has changed since.
    profile = make_peer("member", user=make_user("leader", council=case.council))
    add_member(case=case, user=profile.user, role=CaseRole.LEADER, by=by)
    profile.user.council = make_council()
    profile.user.save()
    with pytest.raises(Refused, match="cannot be on its peer team"):
        propose(case, profile, CaseRole.MEMBER_PEER)


def test_propose_refuses_twice_a_held_lead_role_and_a_role_of_the_other_kind():
    case = make_team_case()
    first = make_leader()
    propose(case, first, CaseRole.LEAD_MEMBER_PEER)
    with pytest.raises(AlreadyMoved):
        propose(case, first, CaseRole.MEMBER_PEER)
    with pytest.raises(Refused) as refused:
        propose(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    assert refused.value.field == "role"
    with pytest.raises(Refused) as refused:
        propose(case, make_peer("officer"), CaseRole.MEMBER_PEER)
    assert refused.value.field == "role"
    assert TeamMember.objects.count() == 1


def test_nothing_is_proposed_once_the_stage_is_left():
    case = make_team_case()
    Case.objects.filter(pk=case.pk).update(stage=Stage.ONSITE)
    with pytest.raises(StageClosed):
        propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)


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
    with pytest.raises(Refused) as refused:
        services.confirm_team(case=case, by=case.manager)
    assert refused.value.field == "waiver_reason"
    with pytest.raises(Refused, match="programme manager"):
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
    with pytest.raises(Refused):
        services.confirm_team(case=case, by=manager)


def test_confirming_a_team_that_changed_since_is_refused():
    case = make_team_case()
    make_accepted_pair(case)
    version = Team.objects.get(case=case).version
    propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(Stale):
        services.confirm_team(case=case, version=version, by=case.manager)


def test_confirmed_team_is_changed_only_after_it_is_reopened():
    case = make_team_case()
    make_confirmed_team(case)
    with pytest.raises(Refused, match="Reopen"):
        propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    with pytest.raises(Refused) as refused:
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
    with pytest.raises(Stale):
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


def test_replacing_proposes_for_the_same_place_and_leaves_the_others_confirmed():
    case = make_team_case()
    make_confirmed_team(case)
    before = queries.accepted_members(case).get(role=CaseRole.LEAD_MEMBER_PEER)
    after = services.replace_member(member=before, user=make_leader().user, reason="Fell ill", by=case.manager)
    assert (after.role, after.state, after.replaces) == (CaseRole.LEAD_MEMBER_PEER, "proposed", before)
    assert Team.objects.get(case=case).confirmed_at is not None
    assert not has_access(case, before.user)


def test_one_peer_is_replaced_while_the_team_is_onsite_without_sending_the_case_back(client_for, time_machine):
    """The team is signed off, the visit has begun: who drops out is replaced until the last day, by three pages."""
    case = make_team_case()
    make_confirmed_team(case)
    before = queries.accepted_members(case).get(role=CaseRole.LEAD_MEMBER_PEER)
    Case.objects.filter(pk=case.pk).update(stage=Stage.ONSITE)
    # Nobody else is asked onto it.
    with pytest.raises(StageClosed):
        propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    days = [case.onsite_start_on, case.onsite_end_on, case.onsite_end_on + timedelta(days=1)]
    first, last, after_it = (datetime.combine(day, time(9), tzinfo=UTC) for day in days)
    time_machine.move_to(first, tick=False)
    client = client_for(case.manager)
    assert f"?replaces={before.pk}" in client.get(url(case, "detail")).content.decode()
    new = make_leader(full_name="Nia New")
    add = url(case, "member-add", profile=new.pk) + f"?replaces={before.pk}"
    assert client.get(url(case, "member-search") + f"?replaces={before.pk}").status_code == 200
    typed = {"post_printed": "Leader, Newtown", "reason": ""}
    assert "Enter why they leave the team" in client.post(add, typed).content.decode()
    assert client.post(add, typed | {"reason": "Fell ill"}).status_code == 302
    member = TeamMember.objects.get(user=new.user)
    assert (member.role, member.replaces, member.state) == (before.role, before, "proposed")
    page = client.get(url(case, "detail")).content.decode()
    assert url(case, "member-invite", pk=member.pk) in page
    invite_page = url(case, "member-invite", pk=member.pk)
    assert client.post(invite_page, day_parts("answer_by_on", last.date())).status_code == 302
    member.refresh_from_db()
    own = client_for(new.user)
    assert "Yes, I will join the team" in own.get(url(case, "invitation", pk=member.pk)).content.decode()
    accept(member)
    assert not has_access(case, new.user)
    assert url(case, "confirm") in client.get(url(case, "detail")).content.decode()
    time_machine.move_to(last, tick=False)
    services.confirm_team(case=case, by=case.manager)
    assert has_access(case, new.user) and not has_access(case, before.user)
    assert Case.objects.get(pk=case.pk).stage == Stage.ONSITE
    assert Event.objects.get(verb="peer_withdrawn", case=case).data["reason"] == "Fell ill"
    # A second press, and a day later: too late, and said so.
    with pytest.raises(AlreadyMoved):
        services.replace_member(member=before, user=make_leader().user, reason="Fell ill", by=case.manager)
    time_machine.move_to(after_it, tick=False)
    with pytest.raises(StageClosed, match="has been onsite"):
        services.replace_member(member=member, user=make_leader().user, reason="Fell ill", by=case.manager)
    assert "?replaces=" not in client.get(url(case, "detail")).content.decode()


# ------------------------------------------------------------------ what is decided before a team is confirmed


def test_an_objection_is_decided_before_the_team_is_confirmed():
    case = make_team_case()
    officer, _ = make_accepted_pair(case)
    council_services.share_team(case=case, by=case.manager)
    comment = council_services.comment_on_team(
        case=case, kind="objection", reason="Too close", member=officer, form_key=uuid.uuid4(), by=make_host(case)
    )
    for by in (case.manager, make_user("programme_manager")):
        with pytest.raises(Refused, match="Decide on its objection first"):
            services.confirm_team(case=case, waiver_reason="In a hurry", by=by)
    assert not has_access(case, officer.user)
    council_services.decide_comment(
        comment=comment, decision="stands", reason="They never met", version=0, by=case.manager
    )
    services.confirm_team(case=case, by=case.manager)
    assert has_access(case, officer.user)


def test_a_declared_conflict_is_decided_by_name_before_the_team_is_confirmed(client_for):
    case = make_team_case()
    make_accepted_pair(case)
    member = accept(
        invite(case, make_peer(full_name="Rae Reviewer"), CaseRole.SENIOR_OFFICER_PEER),
        conflicts=["reviewed"],
        conflict_text="An audit in 2024",
    )
    with pytest.raises(Refused, match="what Rae Reviewer declared"):
        services.confirm_team(case=case, by=case.manager)
    address = url(case, "member-declared", pk=member.pk)
    assert ("conflict", address) in [(item.code, item.url) for item in outstanding(case, case.manager)]
    client = client_for(case.manager)
    page = client.get(address).content.decode()
    assert "An audit in 2024" in page
    seen = ",".join(str(row.pk) for row in member.user.conflict_declarations.filter(replaced_at=None))
    typed = {"decision": "waived", "reason": "Long ago", "seen": seen}
    # They declare something else meanwhile: it is read first, and nothing typed is lost.
    invitation_services.declare_conflicts(
        member=member, conflicts=["reviewed", "family"], conflict_text="And a cousin", by=member.user
    )
    stale = client.post(address, typed)
    assert (stale.status_code, "And a cousin" in stale.content.decode()) == (409, True)
    assert "Long ago" in stale.content.decode()
    seen = ",".join(str(row.pk) for row in member.user.conflict_declarations.filter(replaced_at=None))
    assert client.post(address, typed | {"seen": seen}).status_code == 302
    with pytest.raises(AlreadyMoved):
        conflict_services.decide_conflicts(
            member=member, decision="waived", reason="Long ago", seen=seen, by=case.manager
        )
    row = member.user.conflict_declarations.filter(replaced_at=None).first()
    assert (row.decision, row.decision_reason, row.decided_by) == ("waived", "Long ago", case.manager)
    services.confirm_team(case=case, by=case.manager)
    assert has_access(case, member.user)
    # What comes up later waits for a decision of its own.
    invitation_services.declare_conflicts(member=member, conflicts=["applied"], conflict_text="A post", by=member.user)
    assert "conflict" in [item.code for item in outstanding(case, case.manager)]


def test_somebody_whose_conflict_is_blocked_leaves_the_team():
    case = make_team_case()
    make_accepted_pair(case)
    member = accept(
        invite(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER), conflicts=["family"], conflict_text="A brother"
    )
    seen = str(member.user.conflict_declarations.get().pk)
    conflict_services.decide_conflicts(member=member, decision="blocked", reason="Too near", seen=seen, by=case.manager)
    member.refresh_from_db()
    assert (member.state, member.withdrawn_reason) == ("withdrawn", "A conflict of interest: Too near")
    services.confirm_team(case=case, by=case.manager)
    assert not has_access(case, member.user)
