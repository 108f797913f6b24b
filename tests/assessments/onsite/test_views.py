import uuid
from datetime import time, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.onsite import services
from assessments.onsite.models import DailyTalk, Finding, OnsiteDay, Session
from cpc.audit.models import Event
from cpc.cases.models import Case
from cpc.components.errors import Refused
from cpc.notifications.models import Message
from cpc.notifications.services import deliver
from teams.composition.models import Team, TeamMember
from tests.assessments.onsite.test_services import change, log, onsite, session
from tests.counting import count_queries
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db


def url(staged, name="detail", **kwargs):
    return reverse(f"onsite:{name}", kwargs={"reference": staged.case.reference, **kwargs})


def text(response):
    return response.content.decode()


def posted(staged, **changed):
    return {
        "headline": "Scrutiny is well supported",
        "focus_area": staged.case.focus_areas.first().pk,
        "kind": "strength",
        "text": "",
        "client_key": uuid.uuid4(),
    } | changed


def test_a_finding_is_logged_on_three_fields_and_a_repeated_post_adds_none(client_for):
    staged = onsite()
    client, form = client_for(staged.peer), posted(staged)
    for _ in range(2):
        assert client.post(url(staged, "finding-add"), form).status_code == 302
    assert Finding.objects.filter(case=staged.case).count() == 1
    assert "Scrutiny is well supported" in text(client.get(url(staged, "findings")))


def test_a_note_that_misses_its_area_comes_back_as_typed(client_for):
    staged = onsite()
    page = client_for(staged.peer).post(
        url(staged, "finding-add"), posted(staged, focus_area="", text="Heard from three people")
    )
    assert page.status_code == 422
    assert "Choose the area" in text(page)
    assert "Heard from three people" in text(page)
    assert "Scrutiny is well supported" in text(page)


def test_a_stale_finding_shows_both_texts(client_for):
    staged = onsite()
    finding = log(staged)
    change(finding, staged, headline="What my colleague wrote")
    page = client_for(staged.peer).post(
        url(staged, "finding-edit", pk=finding.pk),
        posted(staged, headline="What I wrote", state="confirmed", version=finding.version),
    )
    assert page.status_code in (409, 422)
    assert "What my colleague wrote" in text(page)
    assert "What I wrote" in text(page)


def test_the_council_and_the_administrator_never_reach_the_findings(client_for):
    staged = onsite()
    finding = log(staged, headline="Not for the council")
    for who in ("leader", "chief_executive", "coordinator", "administrator"):
        client = client_for(staged.people[who])
        assert client.get(url(staged, "findings")).status_code == 403
        assert client.get(url(staged, "finding-add")).status_code == 403
        assert client.get(url(staged, "finding-edit", pk=finding.pk)).status_code in (403, 404)
        assert "Not for the council" not in text(client.get(url(staged)))


def test_a_restricted_finding_is_not_there_for_the_other_peers(client_for):
    staged = onsite()
    finding = log(staged, headline="For the leads", is_restricted=True, by=staged.lead_member)
    client = client_for(staged.peer)
    assert "For the leads" not in text(client.get(url(staged, "findings")))
    assert client.get(url(staged, "finding-edit", pk=finding.pk)).status_code == 404
    assert "For the leads" in text(client_for(staged.lead_officer).get(url(staged, "findings")))


def test_a_peer_of_another_case_is_refused(client_for):
    staged, other = onsite(), onsite()
    log(staged)
    client = client_for(other.peer)
    for name in ("detail", "findings", "finding-add"):
        assert client.get(url(staged, name)).status_code in (403, 404)


def test_the_council_sees_when_an_off_the_record_session_is_and_nothing_else(client_for):
    staged = onsite()
    found = session(staged, kind="off_record", title="Trade unions", who_with="A named person", place="Room 9")
    page = text(client_for(staged.coordinator).get(url(staged)))
    assert "A named person" not in page
    assert "Trade unions" not in page
    assert client_for(staged.coordinator).get(url(staged, "session-edit", pk=found.pk)).status_code == 404
    assert "A named person" in text(client_for(staged.peer).get(url(staged)))


def test_a_talk_is_recorded_by_the_leads_and_not_by_other_peers(client_for):
    staged = onsite()
    talk = DailyTalk.objects.filter(day__case=staged.case).first()
    where = url(staged, "talk-record", pk=talk.pk)
    assert client_for(staged.peer).get(where).status_code == 403
    assert client_for(staged.lead_member).post(where, {"state": "moved", "version": "0"}).status_code == 302
    talk.refresh_from_db()
    assert talk.state == "moved"


def test_removing_a_session_twice_is_said_and_no_page_is_missing(client_for):
    staged = onsite()
    found = session(staged)
    client = client_for(staged.manager)
    for status, expected in ((200, "Session removed"), (422, "already removed")):
        page = client.post(url(staged, "session-remove", pk=found.pk), {"reason": "The cabinet cannot"}, follow=True)
        assert page.status_code == status
        assert expected in text(page)
    assert not Session.objects.filter(day__case=staged.case).exists()


def test_pages_cost_the_same_with_one_and_with_three(client_for):
    counts = {"detail": [], "findings": []}
    for number in (1, 3):
        staged = onsite()
        for each in range(number):
            log(staged, headline=f"Finding {each}")
            session(staged, title=f"Session {each}", starts_at=time(9 + each), ends_at=time(10 + each))
        client = client_for(staged.lead_member)
        for name, found in counts.items():
            client.get(url(staged, name))
            found.append(count_queries(lambda client=client, staged=staged, name=name: client.get(url(staged, name))))
    assert counts["detail"][0] == counts["detail"][1]
    assert counts["findings"][0] == counts["findings"][1]


def session_form(staged, **changed):
    return {
        "day": staged.case.onsite_days.order_by("on").first().pk,
        "kind": "officers",
        "title": "Heads of service",
        "starts_at": "9:30",
        "ends_at": "10:30",
        "place": "Room 2",
        "who_with": "",
        "political_group": "",
        "version": 0,
    } | changed


def events(staged, verb):
    return Event.objects.filter(case=staged.case, verb=verb).count()


def test_a_session_is_added_once_and_one_beside_it_under_the_same_title_is_another(client_for):
    staged = onsite()
    client, where = client_for(staged.coordinator), url(staged, "session-add")
    for _ in range(2):
        assert "Session added" in text(client.post(where, session_form(staged), follow=True))
    assert Session.objects.count() == 1
    client.post(where, session_form(staged, place="Room 3"))
    assert sorted(Session.objects.values_list("place", flat=True)) == ["Room 2", "Room 3"]
    assert events(staged, "session_added") == 2


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"ends_at": "9:30"}, "The session must end after it starts"),
        ({"starts_at": "25:00"}, "Start must be a time, like 9:30 or 2pm"),
        ({"title": "x" * 151}, "Title must be 150 characters or fewer. You entered 151."),
        ({"day": "0"}, "Choose from the list"),
    ],
)
def test_a_session_that_cannot_be_comes_back_as_typed(client_for, changed, refusal):
    staged = onsite()
    page = client_for(staged.manager).post(url(staged, "session-add"), session_form(staged, place="Loft", **changed))
    assert page.status_code == 422
    assert refusal in text(page)
    assert 'value="Loft"' in text(page)
    assert not Session.objects.exists()


def test_a_stale_form_marks_what_differs_from_what_was_typed(client_for):
    staged = onsite()
    found = session(staged, kind="officers", title="Cabinet")
    where = url(staged, "session-edit", pk=found.pk)
    assert client_for(staged.coordinator).post(where, session_form(staged, who_with="Directors")).status_code == 302
    page = client_for(staged.manager).post(where, session_form(staged, who_with="My own words"))
    assert page.status_code == 409
    stale = text(page).split("What is saved now")[1].split("</dl>")[0]
    assert stale.count("Not what you typed") == 1
    assert "Directors" in stale.split("Not what you typed")[1].split("</dd>")[0]


def test_a_session_of_a_stale_form_shows_everything_that_stands_now(client_for):
    staged = onsite()
    found = session(staged, kind="officers", title="Cabinet")
    where, peer = url(staged, "session-edit", pk=found.pk), staged.case.memberships.get(role="member_peer")
    first = session_form(staged, who_with="Directors", political_group="Independents", peers=[peer.pk])
    assert client_for(staged.coordinator).post(where, first).status_code == 302
    page = client_for(staged.manager).post(where, session_form(staged, who_with="My own words"))
    assert page.status_code == 409
    stale = text(page).split("What is saved now")[1].split("</dl>")[0]
    for word in (
        "Heads of service",
        "Officers",
        "9:30am",
        "10:30am",
        "Directors",
        "Independents",
        staged.peer.full_name,
    ):
        assert word in stale
    assert "My own words" in text(page)
    seen = session_form(staged, who_with="My own words", version=1)
    assert client_for(staged.manager).post(where, seen).status_code == 302
    assert Session.objects.get().who_with == "My own words"


def test_a_second_click_on_a_changed_session_is_no_stale_form(client_for):
    staged = onsite()
    found = session(staged, kind="officers")
    for _ in range(2):
        page = client_for(staged.manager).post(
            url(staged, "session-edit", pk=found.pk), session_form(staged), follow=True
        )
        assert "Session saved. Its peers have been told." in text(page)
    assert events(staged, "session_moved") == 1


def test_what_was_typed_comes_back_when_the_session_was_removed_meanwhile(client_for):
    staged = onsite()
    found = session(staged)
    services.remove_session(session=found, reason="The cabinet cannot", by=staged.coordinator)
    where = url(staged, "session-edit", pk=found.pk)
    page = client_for(staged.manager).post(where, session_form(staged, who_with="My own words"))
    assert page.status_code == 422
    assert "This session was removed while you were writing, so nothing was saved." in text(page)
    assert "My own words" in text(page)
    assert client_for(staged.manager).get(where).status_code == 404


def test_peers_of_a_removed_session_are_told(client_for, django_capture_on_commit_callbacks):
    staged = onsite()
    found = session(staged, peers=[staged.case.memberships.get(role="member_peer")])
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client_for(staged.manager).post(url(staged, "session-remove", pk=found.pk), {"reason": "Ill"})
    deliver(Message.objects.get(kind="session_removed").pk)
    (sent,) = mail.outbox
    assert sent.to == [staged.peer.email]
    assert "has been removed from the timetable" in sent.subject
    assert f"{found.day.on:%-d %B} at 9am has been removed from the timetable" in sent.body


@pytest.mark.parametrize("name", ["session-add", "session-edit", "session-remove"])
def test_an_administrator_and_strangers_leave_the_timetable_alone(client_for, name):
    staged = onsite()
    kwargs = {} if name == "session-add" else {"pk": session(staged).pk}
    for method in ("get", "post"):
        answer = getattr(client_for(staged.administrator), method)(url(staged, name, **kwargs))
        assert answer.status_code == 403
    assert client_for(onsite().coordinator).post(url(staged, name, **kwargs)).status_code == 404


def test_other_words_under_a_key_that_was_used_are_another_finding(client_for):
    """Somebody goes back a page and types on: both notes stand, and neither stands twice."""
    staged = onsite()
    client, form = client_for(staged.peer), posted(staged)
    for headline in ("Scrutiny is well supported", "Audit is thin", "Audit is thin", "Scrutiny is well supported"):
        assert client.post(url(staged, "finding-add"), form | {"headline": headline}).status_code == 302
    assert sorted(Finding.objects.values_list("headline", flat=True)) == [
        "Audit is thin",
        "Scrutiny is well supported",
    ]


def test_a_late_repeat_of_a_finding_that_was_changed_since_adds_none(client_for):
    staged = onsite()
    client, form = client_for(staged.peer), posted(staged)
    client.post(url(staged, "finding-add"), form)
    change(Finding.objects.get(), staged, headline="In better words")
    assert client.post(url(staged, "finding-add"), form).status_code == 302
    assert Finding.objects.get().headline == "In better words"


def test_a_stale_finding_shows_every_field_and_a_second_click_is_no_stale_form(client_for):
    staged = onsite()
    finding = log(staged)
    where = url(staged, "finding-edit", pk=finding.pk)
    form = posted(
        staged, state="developing", raised_with_council="yes", is_restricted="no", concerns_person="yes", version=0
    )
    for _ in range(2):
        assert "Finding saved" in text(client_for(staged.lead_member).post(where, form, follow=True))
    assert events(staged, "finding_state_changed") == 1
    page = client_for(staged.lead_officer).post(where, form | {"headline": "My words", "state": "confirmed"})
    assert page.status_code == 409
    stale = text(page).split("What is saved now")[1].split("</dl>")[0]
    assert "Developing" in stale
    assert "Strength" in stale
    assert stale.count(">Yes<") == 2
    assert stale.count(">No<") == 1


def test_nobody_stands_behind_words_that_they_have_not_seen(client_for):
    staged = onsite()
    finding = log(staged, headline="As it was read")
    client, where = client_for(staged.lead_member), url(staged, "finding-endorse", pk=finding.pk)
    page = text(client.get(where))
    assert "As it was read" in page
    assert 'name="version" value="0"' in page
    change(finding, staged, headline="Something else")
    assert "Someone has changed this finding" in text(client.post(where, {"version": "0"}, follow=True))
    assert Finding.objects.get().endorsed_by_member is None
    assert "Finding endorsed" in text(client.post(where, {"version": "1"}, follow=True))
    assert "You have already endorsed this finding." in text(client.post(where, {"version": "1"}, follow=True))
    assert events(staged, "finding_endorsed") == 1


def test_a_lead_who_stands_behind_a_finding_reads_so_and_is_not_asked_again(client_for):
    staged = onsite()
    finding = log(staged)
    ask = url(staged, "finding-endorse", pk=finding.pk)
    board = client_for(staged.lead_member).get(url(staged, "findings"))
    assert ask in text(board)
    assert "Endorsed by you" not in text(board)
    services.endorse_finding(finding=finding, by=staged.lead_member)
    board = client_for(staged.lead_member).get(url(staged, "findings"))
    assert ask not in text(board)
    assert "Endorsed by you" in text(board)
    board = client_for(staged.lead_officer).get(url(staged, "findings"))
    assert ask in text(board)
    assert "Endorsed by you" not in text(board)


def test_only_the_leads_stand_behind_a_finding(client_for):
    staged = onsite()
    where = url(staged, "finding-endorse", pk=log(staged).pk)
    for who in ("peer", "manager", "programme_manager"):
        assert client_for(staged.people[who]).get(where).status_code == 403
        assert client_for(staged.people[who]).post(where, {"version": "0"}).status_code == 403


def test_a_talk_that_somebody_else_recorded_shows_both_and_a_second_click_is_quiet(client_for):
    staged = onsite()
    talk = DailyTalk.objects.filter(day__case=staged.case).first()
    where = url(staged, "talk-record", pk=talk.pk)
    for _ in range(2):
        page = client_for(staged.lead_member).post(where, {"state": "took_place", "version": "0"}, follow=True)
        assert "Recorded" in text(page)
    assert events(staged, "daily_talk_recorded") == 1
    page = client_for(staged.manager).post(where, {"state": "not_held", "version": "0"})
    assert page.status_code == 409
    assert "Took place" in text(page).split("What is saved now")[1].split("</dl>")[0]
    assert client_for(staged.manager).post(where, {"state": "not_held", "version": "1"}).status_code == 302
    talk.refresh_from_db()
    assert talk.state == "not_held"


def test_a_talk_of_a_day_to_come_is_refused_on_the_form(client_for):
    staged = onsite(days_ago=-1)
    talk = DailyTalk.objects.filter(day__case=staged.case).order_by("day__on").last()
    page = client_for(staged.lead_member).post(
        url(staged, "talk-record", pk=talk.pk), {"state": "took_place", "version": "0"}
    )
    assert page.status_code == 422
    assert "This day has not come yet." in text(page)


def feedback(day, **changed):
    parts = {"held_on-day": day.day, "held_on-month": day.month, "held_on-year": day.year}
    return parts | {"leader_heard_first": "yes", "chief_executive_heard_first": "no", "version": "0"} | changed


def test_final_feedback_is_recorded_once_corrected_knowingly_and_never_ahead(client_for):
    staged = onsite()
    today, where = timezone.localdate(), url(staged, "feedback-edit")
    client = client_for(staged.manager)
    refused = client.post(where, feedback(today + timedelta(days=1)))
    assert refused.status_code == 422
    assert "The final feedback must be today or in the past" in text(refused)
    assert "Choose yes if the leader was briefed first" in text(
        client.post(where, feedback(today, leader_heard_first=""))
    )
    for _ in range(2):
        assert "Final feedback recorded" in text(client.post(where, feedback(today), follow=True))
    assert events(staged, "final_feedback_recorded") == 1
    assert "The leader was briefed first, but the chief executive was not." in text(client.get(url(staged)))
    page = client_for(staged.programme_manager).post(where, feedback(today, chief_executive_heard_first="yes"))
    assert page.status_code == 409
    stale = text(page).split("What is saved now")[1].split("</dl>")[0]
    assert ">Yes<" in stale
    assert ">No<" in stale
    for who in ("peer", "lead_member", "coordinator", "support"):
        assert client_for(staged.people[who]).post(where, feedback(today)).status_code == 403


def test_before_dates_are_agreed_the_page_says_when_the_days_appear(client_for):
    staged = make_staged("scheduling")
    OnsiteDay.objects.filter(case=staged.case).delete()
    Case.objects.filter(pk=staged.case.pk).update(onsite_start_on=None, onsite_end_on=None)
    assert "The days appear when the onsite dates are agreed." in text(client_for(staged.manager).get(url(staged)))


def test_the_board_says_who_stands_behind_a_finding_and_whether_the_council_has_heard(client_for):
    staged = onsite()
    finding = change(log(staged), staged, raised_with_council=True)
    client = client_for(staged.peer)
    assert "Raised with the council" in text(client.get(url(staged, "findings")))
    services.endorse_finding(finding=finding, by=staged.lead_officer)
    assert "Endorsed by the lead officer peer" in text(client.get(url(staged, "findings")))
    services.endorse_finding(finding=finding, by=staged.lead_member)
    assert "Agreed by both leads" in text(client.get(url(staged, "findings")))


# ------------------------------------------------------------------ who builds the timetable


def test_whoever_builds_the_timetable_sees_that_a_peer_is_in_two_places(client_for):
    staged = onsite()
    session(staged, title="Cabinet")
    session(staged, title="Trade unions", kind="off_record", starts_at=time(9, 30))
    page = text(client_for(staged.coordinator).get(url(staged)))
    assert page.count("A peer is in two places") == 1, "the mark stands beside what the council may see"
    assert "Trade unions" not in page
    assert text(client_for(staged.manager).get(url(staged))).count("A peer is in two places") == 2


def test_a_clash_with_another_challenge_is_told_to_the_lga_by_name_and_to_others_without(client_for):
    staged = onsite(-60)
    case = staged.case
    elsewhere = make_staged("self_assessment").case
    Case.objects.filter(pk=elsewhere.pk).update(
        onsite_start_on=case.onsite_start_on, onsite_end_on=case.onsite_end_on, onsite_precision="day"
    )
    TeamMember.objects.create(
        team=Team.objects.get(case=elsewhere),
        user=staged.peer,
        role="member_peer",
        state="accepted",
        invited_at=timezone.now(),
        answered_at=timezone.now(),
        proposed_by=staged.manager,
    )
    name = staged.peer.full_name
    lga = text(client_for(staged.programme_manager).get(url(staged)))
    assert f"{name} has said yes to the team of {elsewhere.council.name}, " in lga
    for who in (staged.coordinator, staged.lead_officer):
        page = text(client_for(who).get(url(staged)))
        assert f"{name} is needed elsewhere on some of these days." in page
        assert elsewhere.council.name not in page


def test_the_council_makes_no_session_that_it_could_not_see_afterwards(client_for):
    staged = onsite(-60)
    client = client_for(staged.coordinator)
    assert "off_record" not in text(client.get(url(staged, "session-add")))
    assert client.post(url(staged, "session-add"), session_form(staged, kind="off_record")).status_code == 422
    found = session(staged, kind="officers", title="Officers")
    with pytest.raises(Refused) as refused:
        session(staged, kind="off_record", by=staged.coordinator)
    assert refused.value.field == "kind"
    typed = session_form(staged, kind="off_record")
    assert client.post(url(staged, "session-edit", pk=found.pk), typed).status_code == 422
    assert not Session.objects.filter(kind="off_record").exists()
    # The team's own are its to make and to change.
    peer = client_for(staged.peer)
    assert "off_record" in text(peer.get(url(staged, "session-add")))
    assert peer.post(url(staged, "session-add"), session_form(staged, kind="off_record")).status_code == 302
    added = Session.objects.get(kind="off_record")
    moved = session_form(staged, kind="off_record", starts_at="15:00", ends_at="16:00")
    assert peer.post(url(staged, "session-edit", pk=added.pk), moved).status_code == 302
    assert Event.objects.filter(verb="session_moved", case=staged.case, by=staged.peer).count() == 1
    assert client.get(url(staged, "session-edit", pk=added.pk)).status_code == 404


def test_the_manager_logs_what_was_found(client_for):
    staged = onsite()
    client = client_for(staged.manager)
    assert url(staged, "finding-add") in text(client.get(url(staged)))
    assert client.post(url(staged, "finding-add"), posted(staged)).status_code == 302
    assert Finding.objects.get(case=staged.case).logged_by == staged.manager
    for who in (staged.support, staged.coordinator):
        assert client_for(who).post(url(staged, "finding-add"), posted(staged)).status_code == 403
