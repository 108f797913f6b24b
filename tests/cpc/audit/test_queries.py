from html import unescape

import pytest
from django.urls import reverse

from cpc.accounts.models import User
from cpc.audit.models import Audience, Event
from cpc.audit.services import record
from cpc.cases.history import events_for, timeline_for
from cpc.cases.models import CaseRole
from cpc.cases.stages import Stage
from cpc.casework.services import add_member, remove_member
from cpc.components.pages.lists import PAGE_SIZE
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

READS = {
    "programme_manager": {"case", "team", "council", "lga"},
    "manager": {"case", "team", "council", "lga"},
    "support": {"case", "team", "council", "lga"},
    "coordinator": {"case", "council"},
    "leader": {"case", "council"},
    "chief_executive": {"case", "council"},
    "lead_member": {"case", "team"},
    "lead_officer": {"case", "team"},
    "peer": {"case", "team"},
    "administrator": {"case"},
}


def one_of_each(staged):
    for audience in Audience:
        record(
            verb="case_paused",
            by=staged.manager,
            case=staged.case,
            data={"reason": f"for {audience}"},
            audience=audience,
        )


@pytest.fixture
def staged():
    staged = make_staged(Stage.SELF_ASSESSMENT)
    one_of_each(staged)
    return staged


def audiences_read(case, user):
    return set(events_for(case, user).values_list("audience", flat=True))


@pytest.mark.parametrize("who", READS)
def test_each_reads_what_is_meant_for_them_and_nobody_what_is_private(staged, who):
    assert audiences_read(staged.case, staged.people[who]) == READS[who]


def test_a_stranger_and_somebody_of_another_case_read_nothing(staged):
    other = make_staged(Stage.SELF_ASSESSMENT)
    for user in (other.manager, other.leader, other.peer, make_user("principal_adviser"), make_user("peer")):
        assert audiences_read(staged.case, user) == set()


def test_a_contributor_reads_no_history(staged):
    somebody = make_user("contributor", council=staged.case.council)
    add_member(case=staged.case, user=somebody, role=CaseRole.CONTRIBUTOR, by=staged.manager)
    assert audiences_read(staged.case, somebody) == set()


def test_who_is_taken_off_reads_nothing_from_then_on(staged):
    membership = staged.case.memberships.get(user=staged.leader)
    assert audiences_read(staged.case, staged.leader) == READS["leader"]
    remove_member(membership=membership, reason="Lost the election", by=staged.manager)
    assert audiences_read(staged.case, User.objects.get(pk=staged.leader.pk)) == set()


@pytest.mark.parametrize("who", READS)
def test_the_history_page_shows_exactly_these(staged, client_for, who):
    page = client_for(staged.people[who]).get(reverse("cases:history", args=[staged.case.reference])).content.decode()
    assert_valid_html(page)
    for audience in Audience:
        assert (f"paused the peer challenge: for {audience.value}" in unescape(page)) == (audience in READS[who]), (
            audience
        )


def test_newest_first_in_pages_and_the_page_after_the_last_is_the_last(staged):
    for number in range(PAGE_SIZE):
        record(verb="case_paused", by=staged.manager, case=staged.case, data={"reason": f"number {number}"})
    first = timeline_for(staged.case, staged.leader)
    assert first.object_list[0].text == f"paused the peer challenge: number {PAGE_SIZE - 1}"
    assert len(first) == PAGE_SIZE
    last = timeline_for(staged.case, staged.leader, page="9" * 20)
    assert last.number == last.paginator.num_pages
    read = [
        event.pk
        for number in last.paginator.page_range
        for event in timeline_for(staged.case, staged.leader, page=number)
    ]
    expected = events_for(staged.case, staged.leader)
    assert read == [event.pk for event in expected]
    assert len(set(read)) == expected.count()


def test_a_page_of_history_costs_the_same_with_three_hundred_events(staged):
    people = [make_user("peer") for _ in range(10)]
    timeline_for(staged.case, staged.leader)
    few = count_queries(lambda: timeline_for(staged.case, staged.leader))
    Event.objects.bulk_create(
        Event(verb="case_paused", case=staged.case, by=people[number % 10], data={"reason": "x"})
        for number in range(300)
    )
    assert count_queries(lambda: timeline_for(staged.case, staged.leader)) == few == 2
