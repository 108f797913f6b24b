import uuid
from datetime import time, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.onsite import services
from assessments.onsite.models import DailyTalk, FinalFeedback, Finding, OnsiteDay, Session, TalkState
from assessments.onsite.queries import days_of, findings_for, findings_for_report, overlaps
from assessments.onsite.stage import outstanding
from cpc.audit.models import Event
from cpc.cases.errors import StageClosed
from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import Stage
from cpc.casework.services import pause_case
from cpc.components.errors import AlreadyMoved, Refused, Stale
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db


def onsite(days_ago: int = 0):
    """The last of three onsite days was so many days ago."""
    return make_staged(Stage.ONSITE, onsite_days_ago=days_ago)


def peer_of(staged, role=CaseRole.MEMBER_PEER):
    return staged.case.memberships.get(role=role)


def session(staged, **changed):
    values = {
        "day": staged.case.onsite_days.order_by("on").first(),
        "kind": "interview",
        "title": "Meeting with the cabinet",
        "starts_at": time(9),
        "ends_at": time(10),
        "place": "Room 1",
        "who_with": "Cabinet",
        "political_group": "",
        "peers": [peer_of(staged)],
        "by": staged.manager,
    }
    return services.add_session(case=staged.case, **values | changed)


def move(found, staged, **changed):
    values = {
        "day": found.day,
        "kind": found.kind,
        "title": found.title,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "place": found.place,
        "who_with": found.who_with,
        "political_group": "",
        "peers": list(found.peers.all()),
        "version": found.version,
        "by": staged.manager,
    }
    return services.change_session(session=found, **values | changed)


def log(staged, headline="Staff speak well of the chief executive", **changed):
    values = {
        "focus_area": staged.case.focus_areas.first(),
        "kind": "strength",
        "client_key": uuid.uuid4(),
        "by": staged.peer,
    }
    return services.log_finding(case=staged.case, headline=headline, **values | changed)


def change(finding, staged, **changed):
    return services.change_finding(finding=finding, **{"version": finding.version, "by": staged.peer} | changed)


def test_each_date_has_a_day_with_two_talks_and_entering_again_adds_none():
    staged = onsite()
    services.open_onsite(staged.case, staged.manager)
    assert OnsiteDay.objects.filter(case=staged.case).count() == 3
    assert DailyTalk.objects.filter(day__case=staged.case).count() == 6


def test_a_day_that_fell_away_stays_when_something_stands_on_it():
    staged = onsite(-30)
    first, second, _third = staged.case.onsite_days.order_by("on")
    session(staged, day=first)
    staged.case.onsite_start_on += timedelta(days=2)
    staged.case.onsite_end_on += timedelta(days=2)
    services.ensure_days(staged.case)
    held = set(OnsiteDay.objects.filter(case=staged.case).values_list("on", flat=True))
    assert first.on in held
    assert second.on not in held
    assert len(held) == 4


def test_a_dinner_may_end_after_midnight():
    staged = onsite()
    dinner = session(staged, title="Dinner", starts_at=time(22), ends_at=time(0, 30))
    late = session(staged, title="A late word", starts_at=time(23, 45), ends_at=time(0))
    early = session(staged, title="Breakfast", starts_at=time(0, 15), ends_at=time(0, 45))
    assert (dinner.ends_next_day, dinner.minutes) == (True, (1320, 1470))
    assert overlaps([dinner, late, early]) == {dinner.pk, late.pk}
    for starts_at, ends_at in ((time(14), time(1)), (time(22), time(6)), (time(22), time(22))):
        with pytest.raises(Refused) as error:
            session(staged, starts_at=starts_at, ends_at=ends_at)
        assert error.value.field == "ends_at"
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=dinner.pk).update(ends_at=time(9))


def test_a_session_ends_after_it_starts_and_the_second_post_adds_none():
    staged = onsite()
    with pytest.raises(Refused) as error:
        session(staged, ends_at=time(9))
    assert error.value.field == "ends_at"
    assert session(staged) == session(staged)
    assert Session.objects.filter(day__case=staged.case).count() == 1


def test_a_session_takes_peers_and_days_of_its_own_case_only():
    staged, other = onsite(), onsite()
    with pytest.raises(Refused):
        session(staged, peers=[peer_of(other)])
    with pytest.raises(Refused):
        session(staged, peers=[staged.case.memberships.get(role=CaseRole.LEADER)])
    with pytest.raises(Refused):
        session(staged, day=other.case.onsite_days.first())


def test_its_peers_are_told_when_a_session_moves(django_capture_on_commit_callbacks):
    staged = onsite()
    found = session(staged)
    with django_capture_on_commit_callbacks(execute=True):
        move(found, staged, starts_at=time(14), ends_at=time(15))
    assert [message.to for message in mail.outbox] == [[staged.peer.email]]
    assert "2pm" in mail.outbox[0].body
    event = Event.objects.get(case=staged.case, verb="session_moved")
    assert event.data["before"].startswith("9am on ")
    assert event.data["after"].startswith("2pm on ")
    with pytest.raises(Stale):
        move(found, staged, starts_at=time(16), ends_at=time(17))


def test_a_session_is_removed_once_and_with_a_reason():
    staged = onsite()
    found = session(staged)
    with pytest.raises(Refused):
        services.remove_session(session=found, reason=" ", by=staged.manager)
    services.remove_session(session=found, reason="The cabinet cannot", by=staged.manager)
    with pytest.raises(AlreadyMoved):
        services.remove_session(session=found, reason="The cabinet cannot", by=staged.manager)


def test_sessions_that_overlap_are_marked_when_a_peer_would_be_in_both():
    staged = onsite()
    one = session(staged)
    two = session(staged, title="Focus group", starts_at=time(9, 30), ends_at=time(11))
    session(staged, title="Someone else", starts_at=time(9, 30), ends_at=time(11), peers=[])
    session(staged, title="Straight after", starts_at=time(11), ends_at=time(12))
    day = days_of(staged.case)[0]
    assert overlaps(list(day.sessions.all())) == {one.pk, two.pk}


def test_a_talk_of_a_day_to_come_cannot_have_taken_place():
    staged = onsite(-30)
    talk = DailyTalk.objects.filter(day__case=staged.case).first()
    with pytest.raises(Refused):
        services.record_talk(talk=talk, state=TalkState.TOOK_PLACE, by=staged.lead_member)


def test_a_talk_is_recorded_once_and_no_word_of_it_is_kept():
    staged = onsite()
    talk = DailyTalk.objects.filter(day__case=staged.case).first()
    for _ in range(2):
        services.record_talk(talk=talk, state=TalkState.TOOK_PLACE, by=staged.lead_member)
    assert Event.objects.filter(case=staged.case, verb="daily_talk_recorded").count() == 1
    text_columns = {field.name for field in DailyTalk._meta.get_fields() if field.get_internal_type() == "TextField"}
    assert text_columns == set()


def test_the_same_post_twice_is_one_finding():
    staged = onsite()
    key = uuid.uuid4()
    assert log(staged, client_key=key) == log(staged, client_key=key)
    assert Finding.objects.filter(case=staged.case).count() == 1
    with pytest.raises(Refused):
        log(staged, client_key=key, by=staged.lead_member)


def test_findings_are_read_by_the_team_and_who_answers_for_the_case_and_never_by_the_council():
    staged = onsite()
    log(staged)
    for who in ("peer", "lead_member", "lead_officer", "manager", "programme_manager"):
        assert findings_for(staged.case, staged.people[who]).count() == 1, who
    for who in ("leader", "chief_executive", "coordinator", "administrator", "support"):
        assert findings_for(staged.case, staged.people[who]).count() == 0, who


def test_a_restricted_finding_is_for_the_leads_the_manager_and_who_logged_it():
    staged = onsite()
    log(staged, is_restricted=True, by=staged.lead_officer)
    for who, number in {"lead_member": 1, "lead_officer": 1, "manager": 1, "peer": 0, "support": 0}.items():
        assert findings_for(staged.case, staged.people[who]).count() == number, who


def test_only_confirmed_findings_about_nobody_reach_the_report():
    staged = onsite()
    for kwargs in ({}, {"concerns_person": True}, {"is_restricted": True}):
        finding = log(staged, headline=f"Found {kwargs}", **kwargs)
        change(finding, staged, state="confirmed")
    log(staged, headline="Only a hypothesis")
    assert [finding.headline for finding in findings_for_report(staged.case)] == ["Found {}"]


def test_a_stale_change_of_a_finding_is_refused():
    staged = onsite()
    finding = log(staged)
    change(finding, staged, headline="The first")
    with pytest.raises(Stale):
        change(finding, staged, headline="The second")
    assert Finding.objects.get(pk=finding.pk).headline == "The first"


def test_new_words_lose_the_endorsements_and_a_new_state_does_not():
    staged = onsite()
    finding = log(staged)
    services.endorse_finding(finding=finding, by=staged.lead_member)
    services.endorse_finding(finding=finding, by=staged.lead_officer)
    with pytest.raises(AlreadyMoved):
        services.endorse_finding(finding=finding, by=staged.lead_officer)
    with pytest.raises(Refused):
        services.endorse_finding(finding=finding, by=staged.peer)
    finding.refresh_from_db()
    change(finding, staged, state="confirmed")
    finding.refresh_from_db()
    assert finding.endorsed_by_member == staged.lead_member
    change(finding, staged, headline="Put differently")
    finding.refresh_from_db()
    assert (finding.endorsed_by_member, finding.endorsed_by_officer) == (None, None)


def test_final_feedback_is_not_in_the_future_nor_before_the_first_day():
    staged = onsite()
    heard = {"leader_heard_first": True, "chief_executive_heard_first": True, "version": 0, "by": staged.manager}
    for held_on in (timezone.localdate() + timedelta(days=1), staged.case.onsite_start_on - timedelta(days=1)):
        with pytest.raises(Refused) as error:
            services.record_final_feedback(case=staged.case, held_on=held_on, **heard)
        assert error.value.field == "held_on"
    for _ in range(2):
        services.record_final_feedback(case=staged.case, held_on=timezone.localdate(), **heard)
    assert Event.objects.filter(case=staged.case, verb="final_feedback_recorded").count() == 1
    with pytest.raises(Stale):
        services.record_final_feedback(
            case=staged.case, held_on=staged.case.onsite_start_on, **heard | {"leader_heard_first": False}
        )
    assert FinalFeedback.objects.get(case=staged.case).leader_heard_first


def test_nothing_is_logged_on_a_paused_case():
    staged = onsite()
    pause_case(case=staged.case, reason="A by-election", by=staged.programme_manager)
    with pytest.raises(StageClosed):
        log(staged)


def test_nothing_goes_on_before_the_last_onsite_day():
    (item,) = outstanding(onsite(-30).case, None)
    assert item.code == "over"
    assert not item.waivable


def test_what_is_outstanding_is_met_one_by_one():
    staged = onsite()

    def left():
        return {item.code for item in outstanding(Case.objects.get(pk=staged.case.pk), None)}

    assert left() == {"talks", "feedback", "strength", "recommendation"}
    for talk in DailyTalk.objects.filter(day__case=staged.case):
        services.record_talk(talk=talk, state=TalkState.NOT_HELD, by=staged.lead_officer)
    services.record_final_feedback(
        case=staged.case,
        held_on=timezone.localdate(),
        leader_heard_first=True,
        chief_executive_heard_first=True,
        version=0,
        by=staged.manager,
    )
    strength, advice = log(staged), log(staged, headline="Agree fewer priorities", kind="recommendation")
    assert left() == {"untested", "strength", "recommendation"}
    change(strength, staged, state="confirmed")
    change(advice, staged, state="confirmed")
    assert left() == set()
