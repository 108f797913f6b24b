from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.cases.models import CaseRole
from cpc.components.errors import AlreadyMoved, Refused, Stale
from cpc.notifications.models import Message
from teams.composition import queries, services
from teams.composition.council_view import services as council_services
from teams.composition.models import CouncilComment, Team
from tests.factories.accounts import make_user
from tests.factories.composition import make_accepted_pair, make_host, make_team_case, propose
from tests.factories.peers import make_chief_executive, make_leader, make_peer

pytestmark = pytest.mark.django_db


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
    with pytest.raises(Refused):
        council_services.comment_on_team(**values)
    council_services.share_team(case=case, by=case.manager)
    with pytest.raises(AlreadyMoved):
        council_services.share_team(case=case, by=case.manager)
    first = council_services.comment_on_team(**values)
    assert council_services.comment_on_team(**values) == first
    assert CouncilComment.objects.count() == 1
    assert Event.objects.get(verb="council_objected").audience == "council"
    assert Message.objects.filter(kind="team_shared", to=leader).count() == 1


def test_the_lga_decides_by_name_and_with_a_reason():
    case = make_team_case()
    leader = make_host(case)
    propose(case, make_peer(), CaseRole.SENIOR_OFFICER_PEER)
    council_services.share_team(case=case, by=case.manager)
    comment = council_services.comment_on_team(
        case=case, kind="objection", reason="Too close", form_key=uuid4(), by=leader
    )
    assert queries.open_objections(case.team).exists()
    with pytest.raises(Refused) as refused:
        council_services.decide_comment(comment=comment, decision="stands", reason=" ", version=0, by=case.manager)
    assert refused.value.field == "reason"
    values = {"comment": comment, "decision": "stands", "reason": "No link was found", "by": case.manager}
    decided = council_services.decide_comment(**values, version=0)
    assert (decided.decided_by, decided.is_open) == (case.manager, False)
    with pytest.raises(AlreadyMoved):
        council_services.decide_comment(**values, version=0)
    with pytest.raises(Stale):
        council_services.decide_comment(**values | {"decision": "will_change"}, version=0)
    assert not queries.open_objections(case.team).exists()


def test_the_talk_is_recorded_by_three_roles_only_and_for_one_peer():
    case = make_team_case()
    leader = make_host(case)
    chief = make_host(case, "chief_executive")
    today = timezone.localdate()
    with pytest.raises(Refused, match="has accepted"):
        council_services.record_leader_talk(case=case, on=today, by=leader)
    _, lead = make_accepted_pair(case)
    for other in (chief, make_user("programme_manager"), lead.user):
        with pytest.raises(Refused, match="Only the coordinator"):
            council_services.record_leader_talk(case=case, on=today, by=other)
    with pytest.raises(Refused) as refused:
        council_services.record_leader_talk(case=case, on=today + timedelta(days=1), by=leader)
    assert refused.value.field == "on"
    assert council_services.record_leader_talk(case=case, on=today, by=leader).talk_by == leader
    with pytest.raises(AlreadyMoved):
        council_services.record_leader_talk(case=case, on=today, by=case.manager)
    services.withdraw_member(member=lead, reason="Fell ill", by=case.manager)
    assert Team.objects.get(case=case).talk_on is None


def test_group_leaders_are_recorded_once_each_and_corrected():
    case = make_team_case()
    values = {"group": "Labour", "leader_name": "Ann", "consulted_on": timezone.localdate(), "by": case.manager}
    row = council_services.record_consultation(case=case, **values)
    with pytest.raises(AlreadyMoved):
        council_services.record_consultation(case=case, **values | {"group": "labour"})
    council_services.change_consultation(consultation=row, **values | {"leader_name": "Bea"}, view="Content", version=0)
    with pytest.raises(Stale):
        council_services.change_consultation(consultation=row, **values, view="Lost", version=0)
    row.refresh_from_db()
    assert (row.leader_name, row.view) == ("Bea", "Content")


def test_whoever_is_considered_after_the_team_was_shown_is_not_the_councils_to_see(client_for):
    case = make_team_case()
    shown = propose(case, make_chief_executive(), CaseRole.LEAD_OFFICER_PEER)
    council_services.share_team(case=case, by=case.manager)
    later = propose(case, make_leader(), CaseRole.LEAD_MEMBER_PEER)
    client = client_for(make_host(case))
    for name in ("composition:detail", "composition:comment-add"):
        page = client.get(reverse(name, kwargs={"reference": case.reference})).content.decode()
        assert shown.user.full_name in page
        assert later.user.full_name not in page
