import pytest
from django.http import Http404
from django.test import RequestFactory

from cpc.cases.base_views import stage_track, sub_navigation
from cpc.cases.models import Case, FocusArea
from cpc.cases.queries import cases_of_council, members_of, outstanding_of, recipients_of
from cpc.cases.stages import Stage
from cpc.casework.services import cancel_case, remove_member
from cpc.components.errors import AlreadyMoved
from cpc.components.pages import found_or_gone, still_there
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def test_the_track_says_what_is_done_what_is_now_and_what_is_worked_beside_it():
    staged = make_staged(Stage.TEAM_COMPOSITION)
    track = [row["status"] for row in stage_track(staged.case)]
    assert track == ["done", "current", "open", "open", "ahead", "ahead", "ahead"]
    staged.case.state = "closed"
    assert {row["status"] for row in stage_track(staged.case)} == {"done"}


def test_the_sections_of_a_case_are_those_that_the_person_may_open():
    staged = make_staged(Stage.TEAM_COMPOSITION)

    def sections(who):
        return [item["text"] for item in sub_navigation(staged.people[who], staged.case, "onsite")]

    assert sections("manager")[0] == "Overview"
    assert sections("manager")[-3:] == ["Deadlines", "People", "History"]
    assert len(sections("manager")) == 11
    # Nobody of the council or the peers sees a plan that is not public, or that of a case they are not on.
    assert "Action plan" not in sections("peer")
    assert sub_navigation(make_user("peer"), staged.case, "") == []
    (active,) = [item for item in sub_navigation(staged.manager, staged.case, "onsite") if item["active"]]
    assert active["href"].endswith("/onsite/")


def test_a_row_that_is_gone_is_missing_for_a_reader_and_told_to_a_writer():
    rows, gone = FocusArea.objects.all(), FocusArea()
    asked, posted = RequestFactory().get("/"), RequestFactory().post("/")
    with pytest.raises(Http404):
        found_or_gone(asked, rows, 0, gone=gone)
    assert found_or_gone(posted, rows, 0, gone=gone) is gone
    with pytest.raises(AlreadyMoved, match="It was removed"):
        still_there(gone, "It was removed.")
    area = make_staged().case.focus_areas.first()
    assert found_or_gone(asked, rows, area.pk, gone=gone) == area
    still_there(area, "It was removed.")


def test_recipients_are_people_who_are_on_the_case_and_can_sign_in():
    staged = make_staged()
    assert set(recipients_of(staged.case, "Council")) == {staged.coordinator, staged.leader, staged.chief_executive}
    assert set(recipients_of(staged.case, "LGA")) == {staged.manager, staged.support}
    assert set(recipients_of(staged.case, "Peer team")) == {staged.lead_member, staged.lead_officer, staged.peer}
    assert recipients_of(staged.case, "leader") == [staged.leader]
    assert recipients_of(staged.case, "nobody") == []
    staged.leader.is_active = False
    staged.leader.save()
    membership = staged.case.memberships.get(user=staged.coordinator)
    remove_member(membership=membership, reason="Left", by=staged.manager)
    assert recipients_of(staged.case, "Council") == [staged.chief_executive]
    assert staged.coordinator not in [member.user for member in members_of(staged.case)]


def test_a_case_that_is_over_has_nothing_outstanding():
    staged = make_staged()
    assert outstanding_of(staged.case, staged.manager)
    cancel_case(case=staged.case, reason="The council is abolished", by=staged.programme_manager)
    assert outstanding_of(Case.objects.get(pk=staged.case.pk), staged.manager) == []


def test_the_challenges_of_a_council_are_those_that_the_person_may_know_of():
    staged = make_staged()
    partner = make_council()
    staged.case.joint_councils.add(partner)
    for council in (staged.case.council, partner):
        assert list(cases_of_council(council, staged.programme_manager)) == [staged.case]
        assert list(cases_of_council(council, make_user("peer"))) == []
    assert list(cases_of_council(make_council(), staged.programme_manager)) == []
