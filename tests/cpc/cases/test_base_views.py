from datetime import timedelta

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from cpc.cases.base_views import next_date, sections, stage_track
from cpc.cases.models import Case, CaseMembership, FocusArea, StageEntry
from cpc.cases.queries import cases_of_council, members_of, outstanding_of, recipients_of
from cpc.cases.stages import Stage
from cpc.casework.services import cancel_case, remove_member
from cpc.components.errors import AlreadyMoved
from cpc.components.pages import found_or_gone, still_there
from cpc.deadlines.models import Deadline
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db


def test_the_track_says_what_is_done_what_is_now_and_what_is_worked_beside_it():
    staged = make_staged(Stage.TEAM_COMPOSITION)

    def statuses():
        return [row["status"] for row in stage_track(staged.manager, staged.case, "")]

    assert statuses() == ["done", "current", "open", "open", "ahead", "ahead", "ahead"]
    staged.case.state = "closed"
    assert set(statuses()) == {"done"}


def test_the_stages_are_links_for_whoever_may_open_them():
    staged = make_staged(Stage.TEAM_COMPOSITION)

    def linked(who):
        return [step["text"] for step in stage_track(who, staged.case, "onsite") if step["href"]]

    assert len(linked(staged.manager)) == 7
    # Nobody of the council or the peers opens a plan that is not public, but everybody sees that it is to come.
    assert "Action plan" not in linked(staged.peer)
    assert "Action plan" in [step["text"] for step in stage_track(staged.peer, staged.case, "")]
    # Who is not on the case, and who writes one section, are told of nothing else.
    assert stage_track(make_user("peer"), staged.case, "") == []
    (active,) = [step for step in stage_track(staged.manager, staged.case, "onsite") if step["active"]]
    assert active["href"].endswith("/onsite/")


def test_r30_who_writes_one_section_is_not_told_where_the_case_stands():
    staged = make_staged(Stage.ONSITE)
    contributor = make_user("contributor", council=staged.case.council)
    CaseMembership.objects.create(
        case=staged.case,
        user=contributor,
        role="contributor",
        starts_on=timezone.localdate(),
        added_by=staged.coordinator,
    )
    (step,) = stage_track(contributor, staged.case, "")
    assert (step["status"], step["words"], step["finished_on"]) == ("open", "", None)
    done = stage_track(staged.leader, staged.case, "")[2]
    assert (done["text"], done["words"]) == (step["text"], "Finished")


def test_the_sections_of_a_case_are_those_that_the_person_may_open():
    staged = make_staged(Stage.TEAM_COMPOSITION)

    def names(who):
        return [item["text"] for item in sections(who, staged.case, "people")]

    assert names(staged.manager) == ["Deadlines", "People", "LGA papers", "History"]
    assert names(staged.leader) == ["Deadlines", "People", "History"]
    assert names(make_user("peer")) == []


def test_the_bar_says_when_each_stage_was_finished_and_what_comes_next(client_for):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    StageEntry.objects.create(
        case=staged.case,
        stage=Stage.SCHEDULING,
        entered_by=staged.manager,
        left_at=timezone.now(),
        left_by=staged.manager,
    )
    deadline = Deadline.objects.create(
        case=staged.case,
        kind="team_confirmed",
        label="Confirm the peer team",
        due_on=timezone.localdate(),
        first_due_on=timezone.localdate(),
        owner_role="LGA",
    )
    page = client_for(staged.manager).get(reverse("cases:detail", kwargs={"reference": staged.case.reference}))
    first, second, *_ = page.context["stage_track"]
    assert (first["finished_on"], second["finished_on"]) == (timezone.localdate(), None)
    assert page.context["next_date"] == {"text": deadline.label, "on": deadline.due_on, "late": False}
    yesterday = timezone.localdate() - timedelta(days=1)
    Deadline.objects.filter(pk=deadline.pk).update(due_on=yesterday, first_due_on=yesterday)
    page = client_for(staged.manager).get(reverse("cases:detail", kwargs={"reference": staged.case.reference}))
    assert page.context["next_date"]["late"]
    staged.case.state = "cancelled"
    assert next_date(staged.case) == {}


def test_the_page_of_the_current_stage_leads_to_what_is_still_to_do(client_for):
    staged = make_staged(Stage.SELF_ASSESSMENT)
    words = "See what is still to do to finish it"
    for who in (staged.manager, staged.leader):
        client = client_for(who)
        pages = {
            name: client.get(reverse(f"{name}:detail", kwargs={"reference": staged.case.reference})).content.decode()
            for name in ("self_assessment", "scheduling")
        }
        assert {name: words in page for name, page in pages.items()} == {"self_assessment": True, "scheduling": False}


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
