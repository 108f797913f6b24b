import uuid
from datetime import time

import pytest
from django.urls import reverse

from assessments.onsite.models import DailyTalk, Finding, Session
from tests.assessments.onsite.test_services import change, log, onsite, session
from tests.counting import count_queries

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
    assert client_for(staged.lead_member).post(where, {"state": "moved"}).status_code == 302
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
