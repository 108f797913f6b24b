"""The people of a case, its day of the cycle and its papers: pages beside the stages."""

from datetime import date

import pytest

from cpc.cases.models import CaseMembership, CaseRole
from cpc.cases.stages import Stage
from cpc.casework import services
from tests.cpc.casework.pages import day, fresh, in_days, refused, text, told, url
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged, word_upload
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ people


def test_somebody_is_added_from_the_lga_or_the_council_and_twice_is_once(client_for):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    client = client_for(staged.manager)
    officer = make_user("support_officer")
    contributor = make_user("contributor", council=staged.case.council)
    for kind, user, role in (("lga", officer, "support_officer"), ("council", contributor, "contributor")):
        for _ in range(2):
            answer = client.post(url(staged, "member-add", kind=kind), {"user": user.pk, "role": role}, follow=True)
            told(answer, user.full_name)
        assert CaseMembership.objects.filter(case=staged.case, user=user).count() == 1


def test_only_people_of_the_right_side_can_be_chosen(client_for):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    client = client_for(staged.manager)
    stranger, gone = make_user("leader"), make_user("support_officer", is_active=False)
    for kind, user, role in (
        ("lga", make_user("peer"), "support_officer"),
        ("lga", staged.administrator, "support_officer"),
        ("lga", gone, "support_officer"),
        ("lga", make_user("support_officer"), "lead_member_peer"),  # peers join through the team
        ("council", stranger, "leader"),
        ("council", staged.coordinator, "member_peer"),
    ):
        refused(
            client.post(url(staged, "member-add", kind=kind), {"user": user.pk, "role": role}), "Choose from the list"
        )
        assert not CaseMembership.objects.filter(case=staged.case, user=user, role=role).exists()
    second = {"user": make_user("peer_challenge_manager").pk, "role": "peer_challenge_manager"}
    refused(client.post(url(staged, "member-add", kind="lga"), second), staged.manager.full_name, "Take them off first")


def test_somebody_is_taken_off_once_and_the_second_click_is_told(client_for):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    membership = CaseMembership.objects.get(case=staged.case, user=staged.coordinator)
    client, address = client_for(staged.manager), url(staged, "member-remove", pk=membership.pk)
    refused(client.post(address, {"reason": " "}), "Enter the reason")
    page = client.post(address, {"reason": "Left the council"}, follow=True)
    told(page, "Their access has ended")
    assert address not in text(page)
    refused(
        client.post(address, {"reason": "Left the council"}),
        "was already removed from this peer challenge",
        "Left the council",
    )
    assert client_for(staged.coordinator).get(url(staged)).status_code == 404


def test_whoever_takes_themselves_off_lands_on_a_page_that_they_may_see(client_for):
    staged = make_staged(Stage.SCHEDULING)
    membership = CaseMembership.objects.get(case=staged.case, role=CaseRole.PEER_CHALLENGE_MANAGER)
    answer = client_for(staged.manager).post(
        url(staged, "member-remove", pk=membership.pk), {"reason": "On leave"}, follow=True
    )
    told(answer, "Removed")


# ------------------------------------------------------------------ the cycle


def test_a_stale_day_of_the_cycle_shows_both_and_the_next_press_decides(client_for):
    staged = make_staged(Stage.REPORT)
    client, address = client_for(staged.programme_manager), url(staged, "cycle-start")
    read = fresh(staged).version
    services.change_cycle_start(
        case=staged.case, on=date(2024, 5, 2), reason="As agreed", version=read, by=staged.programme_manager
    )
    posted = {"reason": "Mine", "version": read} | day("on", date(2024, 6, 3))
    page = client.post(address, posted)
    assert page.status_code == 409
    assert_valid_html(page.content.decode())
    for words in ("2 May 2024", 'value="3"', 'value="6"', "Mine", "Someone else saved this"):
        assert words in text(page), words
    assert fresh(staged).cycle_start_on == date(2024, 5, 2)
    again = page.context["form"]["version"].value()
    told(client.post(address, posted | {"version": again}, follow=True), "Day changed")
    assert fresh(staged).cycle_start_on == date(2024, 6, 3)
    refused(client.post(address, posted | {"version": again}), "already starts on 3 June 2024")


def test_a_day_to_come_or_that_never_was_comes_back(client_for):
    staged = make_staged(Stage.REPORT)
    client, address = client_for(staged.programme_manager), url(staged, "cycle-start")
    posted = {"reason": "Mine", "version": fresh(staged).version}
    refused(client.post(address, posted | day("on", in_days(1))), "The day must not be in the future", "Mine")
    never = {"on-day": "31", "on-month": "2", "on-year": "2024"}
    refused(client.post(address, posted | never), "Day must be a real date", 'value="31"')
    assert client_for(staged.manager).post(address, posted | day("on", in_days(-1))).status_code == 403


# ------------------------------------------------------------------ papers


def test_the_case_file_is_the_lgas_alone(client_for):
    staged = make_staged(Stage.SCHEDULING)
    client = client_for(staged.manager)
    answer = client.post(
        url(staged, "document-add"), {"title": "Set-up meeting", "upload": word_upload("note.docx")}, follow=True
    )
    told(answer, "Set-up meeting")
    assert "Set-up meeting" in text(client_for(staged.support).get(url(staged, "documents")))
    for who in ("leader", "coordinator", "peer", "administrator"):
        assert client_for(staged.people[who]).get(url(staged, "documents")).status_code == 403, who
        assert client_for(staged.people[who]).get(url(staged, "document-add")).status_code == 403, who
