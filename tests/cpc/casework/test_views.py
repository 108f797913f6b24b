from datetime import timedelta

import pytest
from django.urls import reverse

from cpc.cases.models import Case, CaseMembership, CaseRole, CaseState, GateOverride
from cpc.cases.stages import PLUGINS, Outstanding, Stage, StagePlugin
from cpc.casework import services
from cpc.casework.reference_data import ensure_theme_sets
from tests.counting import count_queries
from tests.cpc.casework.pages import day, fresh, in_days, refused, text, told, url
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

STATE_PAGES = ("send-back", "postpone", "pause", "cancel")


@pytest.fixture
def gate(monkeypatch):
    def stands(*items):
        for stage in Stage:
            monkeypatch.setitem(
                PLUGINS, stage, StagePlugin(stage, lambda case, reader: list(items), lambda case, by: None)
            )

    return stands


WAIVABLE = Outstanding("letter", "Send the letter")
FIRM = Outstanding("dates", "Agree the onsite dates", waivable=False)


# ------------------------------------------------------------------ starting


def test_a_case_is_started_and_the_second_click_is_told_which_one_runs(client_for):
    ensure_theme_sets()
    council = make_council()
    client = client_for(make_user("peer_challenge_manager"))
    posted = {"council": council.pk, "joint_council": "", "kind": "corporate"}
    first = client.post(reverse("cases:start"), posted)
    case = Case.objects.get()
    assert (first.status_code, first.url) == (302, reverse("scheduling:detail", args=[case.reference]))
    refused(
        client.post(reverse("cases:start"), posted),
        f"already has a Corporate Peer Challenge under way ({case.reference})",
    )
    assert Case.objects.count() == 1


def test_a_start_without_a_council_or_with_one_council_twice_comes_back(client_for):
    council = make_council()
    client = client_for(make_user("programme_manager"))
    page = client.post(reverse("cases:start"), {"council": "", "kind": "support_visit"})
    refused(page, "Choose the council")
    assert 'value="support_visit" checked' in text(page)
    posted = {"council": council.pk, "joint_council": council.pk, "kind": "corporate"}
    refused(client.post(reverse("cases:start"), posted), "Choose a second council that is not the first")
    for bad in ("999999999999999999", "x", "\x00", "9" * 90):
        refused(client.post(reverse("cases:start"), {"council": bad, "kind": "corporate"}), "Choose")
    assert not Case.objects.exists()


def test_a_partner_that_runs_its_own_is_refused_beside_the_second_council(client_for):
    staged = make_staged(Stage.SCHEDULING)
    posted = {"council": make_council().pk, "joint_council": staged.case.council_id, "kind": "corporate"}
    page = client_for(staged.programme_manager).post(reverse("cases:start"), posted)
    refused(page, staged.case.reference)
    assert "joint_council" in page.context["form"].errors


@pytest.mark.parametrize("role", ["support_officer", "administrator", "coordinator", "leader", "peer"])
def test_who_starts_no_cases(client_for, role):
    client = client_for(make_user(role))
    assert client.get(reverse("cases:start")).status_code == 403
    assert client.post(reverse("cases:start"), {}).status_code == 403


# ------------------------------------------------------------------ the case's page


def test_the_page_says_what_is_outstanding_and_offers_what_the_person_may_do(client_for, gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(WAIVABLE)
    reason, sign_off = url(staged, "override"), url(staged, "advance")
    page = client_for(staged.programme_manager).get(url(staged))
    assert_valid_html(page.content.decode())
    assert "Send the letter" in text(page)
    assert reason in text(page)
    assert sign_off not in text(page).replace(reason, "")
    manager = text(client_for(staged.manager).get(url(staged)))
    assert reason not in manager
    assert url(staged, "pause") in manager
    assert url(staged, "cancel") not in manager
    gate()
    assert sign_off in text(client_for(staged.manager).get(url(staged)))
    for who in ("support", "coordinator", "lead_member", "administrator"):
        page = text(client_for(staged.people[who]).get(url(staged)))
        assert sign_off not in page, who
        assert url(staged, "pause") not in page, who


def test_what_cannot_be_waived_is_not_offered_for_waiving(client_for, gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(WAIVABLE, FIRM)
    client = client_for(staged.programme_manager)
    assert url(staged, "override") not in text(client.get(url(staged)))
    posted = {"reason": "In a hurry", "from_stage": Stage.SCHEDULING}
    refused(client.post(url(staged, "override"), posted), "Agree the onsite dates", "In a hurry")
    assert fresh(staged).stage == Stage.SCHEDULING


def test_a_changed_core_step_shows_on_the_case_for_good_and_to_everybody_on_it(client_for, gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(WAIVABLE)
    services.advance_case(
        case=staged.case,
        from_stage=Stage.SCHEDULING,
        by=staged.programme_manager,
        override_reason="The <b>letter</b> follows",
    )
    for who in ("manager", "leader", "peer"):
        page = client_for(staged.people[who]).get(url(staged)).content.decode()
        assert "Send the letter" in page
        assert "The &lt;b&gt;letter&lt;/b&gt; follows" in page


@pytest.mark.parametrize("state", ["postponed", "paused", "cancelled", "closed"])
def test_the_page_says_how_the_case_stands(client_for, gate, state):
    staged = make_staged(Stage.PROGRESS_REVIEW)
    gate()
    change = {
        "postponed": lambda: services.postpone_case(
            case=staged.case, reason="Floods", new_on=in_days(90), agreed_with="The leader", by=staged.manager
        ),
        "paused": lambda: services.pause_case(case=staged.case, reason="Floods", by=staged.manager),
        "cancelled": lambda: services.cancel_case(case=staged.case, reason="Floods", by=staged.programme_manager),
        "closed": lambda: services.advance_case(case=staged.case, from_stage=Stage.PROGRESS_REVIEW, by=staged.manager),
    }
    change[state]()
    page = client_for(staged.programme_manager).get(url(staged))
    assert_valid_html(page.content.decode())
    if state == "closed":
        assert "was closed on" in text(page)
    else:
        assert state.capitalize() in text(page)
        assert "Floods" in text(page)
    offers = {
        "postponed": {"postpone", "pause", "resume", "cancel", "send-back"},
        "paused": {"postpone", "resume", "cancel", "send-back"},
        "cancelled": set(),
        "closed": set(),
    }
    for name in ("postpone", "pause", "resume", "cancel", "send-back", "advance"):
        assert (f'"{url(staged, name)}"' in text(page)) == (name in offers[state]), name


def test_a_contributor_is_led_to_their_section_and_sees_nothing_of_the_case(client_for):
    staged = make_staged(Stage.SELF_ASSESSMENT)
    somebody = make_user("contributor", council=staged.case.council)
    services.add_member(case=staged.case, user=somebody, role=CaseRole.CONTRIBUTOR, by=staged.manager)
    answer = client_for(somebody).get(url(staged))
    assert (answer.status_code, answer.url) == (302, reverse("self_assessment:detail", args=[staged.case.reference]))
    for name in ("people", "deadlines", "history", "pause", "advance", "documents"):
        assert client_for(somebody).get(url(staged, name)).status_code == 403, name


def test_a_case_that_is_not_theirs_does_not_exist_for_them(client_for):
    staged, other = make_staged(Stage.SELF_ASSESSMENT), make_staged(Stage.SELF_ASSESSMENT)
    adviser = make_user("principal_adviser")
    membership = CaseMembership.objects.filter(case=other.case).first()
    for user in (staged.manager, staged.peer, staged.leader, adviser):
        client = client_for(user)
        for name in ("detail", "advance", "people", "deadlines", "history", "documents", *STATE_PAGES):
            assert client.get(url(other, name)).status_code == 404, (user, name)
            if name not in ("detail", "people", "deadlines", "history", "documents"):
                assert client.post(url(other, name), {"reason": "Mine"}).status_code == 404, (user, name)
        assert client.get(url(other, "member-remove", pk=membership.pk)).status_code == 404
    assert fresh(other).state == CaseState.ACTIVE


def test_a_membership_of_another_case_is_not_found_under_this_one(client_for):
    staged, other = make_staged(Stage.SELF_ASSESSMENT), make_staged(Stage.SELF_ASSESSMENT)
    theirs = CaseMembership.objects.get(case=other.case, user=other.peer)
    address = url(staged, "member-remove", pk=theirs.pk)
    assert client_for(staged.programme_manager).post(address, {"reason": "Mine"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.removed_at is None


@pytest.mark.parametrize("name", ["detail", "people", "deadlines", "history"])
def test_pages_cost_the_same_with_few_and_with_many(client_for, name):
    staged = make_staged(Stage.ACTION_PLAN)
    client = client_for(staged.leader)
    client.get(url(staged, name))
    few = count_queries(lambda: client.get(url(staged, name)))
    for number in range(4):
        services.add_member(case=staged.case, user=make_user("peer"), role=CaseRole.MEMBER_PEER, by=staged.manager)
        staged.case.deadlines.create(
            kind=f"extra_{number}", label="Extra", due_on=in_days(3), first_due_on=in_days(3), owner_role="LGA"
        )
    assert count_queries(lambda: client.get(url(staged, name))) == few <= 12


@pytest.mark.parametrize("stage", list(Stage))
def test_the_page_of_a_case_costs_no_more_than_twelve_at_any_stage(client_for, stage):
    staged = make_staged(stage)
    for who in ("programme_manager", "leader"):
        client = client_for(staged.people[who])
        client.get(url(staged))
        assert count_queries(lambda client=client: client.get(url(staged))) <= 12, who


def test_r8_a_past_case_shows_who_led_the_council_when_the_team_was_onsite(client_for):
    staged = make_staged(Stage.ACTION_PLAN)
    council, onsite_on = staged.case.council, staged.case.onsite_start_on
    council.tenures.all().delete()
    council.controls.all().delete()
    for post in ("leader", "chief_executive"):
        council.tenures.create(
            post=post, person_name=f"Then {post}", started_on=onsite_on - timedelta(days=900), ended_on=onsite_on
        )
        council.tenures.create(post=post, person_name=f"Later {post}", started_on=onsite_on + timedelta(days=1))
    council.controls.create(year=onsite_on.year - 2, control="Labour then")
    content = client_for(staged.leader).get(url(staged)).content.decode()
    for words in ("Then leader", "Then chief_executive", "Labour then"):
        assert words in content
    assert "Later" not in content
    assert_valid_html(content)
    coming = make_staged(Stage.SELF_ASSESSMENT)
    assert "Leader at the time" not in client_for(coming.leader).get(url(coming)).content.decode()


# ------------------------------------------------------------------ signing off


def test_signing_off_asks_first_and_the_second_click_is_told_where_the_case_is(client_for, gate):
    staged = make_staged(Stage.SCHEDULING)
    gate()
    client = client_for(staged.manager)
    page = client.get(url(staged, "advance"))
    assert_valid_html(page.content.decode())
    assert "move on to Team composition" in text(page)
    posted = {"from_stage": Stage.SCHEDULING}
    told(client.post(url(staged, "advance"), posted, follow=True), "Stage finished")
    told(
        client.post(url(staged, "advance"), posted, follow=True),
        "This peer challenge has already moved: it is now at Team composition.",
    )
    assert fresh(staged).stage == Stage.TEAM_COMPOSITION


@pytest.mark.parametrize("from_stage", ["", "report", "nonsense", "\x00"])
def test_a_sign_off_of_another_stage_moves_nothing(client_for, gate, from_stage):
    staged = make_staged(Stage.SCHEDULING)
    gate()
    answer = client_for(staged.manager).post(url(staged, "advance"), {"from_stage": from_stage}, follow=True)
    told(answer, "already moved")
    assert fresh(staged).stage == Stage.SCHEDULING


def test_a_refused_gate_names_each_need(client_for, gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(WAIVABLE, FIRM)
    answer = client_for(staged.manager).post(url(staged, "advance"), {"from_stage": Stage.SCHEDULING}, follow=True)
    told(answer, "cannot be finished yet: Send the letter; Agree the onsite dates")
    assert fresh(staged).stage == Stage.SCHEDULING


def test_the_second_click_on_the_last_sign_off_is_told_that_the_case_is_closed(client_for, gate):
    staged = make_staged(Stage.PROGRESS_REVIEW)
    gate()
    client, posted = client_for(staged.manager), {"from_stage": Stage.PROGRESS_REVIEW}
    assert "will be closed" in text(client.get(url(staged, "advance")))
    told(client.post(url(staged, "advance"), posted, follow=True), "Stage finished")
    told(
        client.post(url(staged, "advance"), posted, follow=True),
        "This peer challenge is closed, so nothing was changed.",
    )
    assert fresh(staged).state == CaseState.CLOSED


def test_signing_off_with_a_reason_needs_the_reason_and_happens_once(client_for, gate):
    staged = make_staged(Stage.SCHEDULING)
    gate(WAIVABLE)
    client, address = client_for(staged.programme_manager), url(staged, "override")
    assert "Send the letter" in text(client.get(address))
    refused(client.post(address, {"reason": "  ", "from_stage": Stage.SCHEDULING}), "Enter why the stage is finished")
    long = "a" * 2001
    refused(client.post(address, {"reason": long, "from_stage": Stage.SCHEDULING}), "2000 characters or fewer", long)
    posted = {"reason": "The letter follows", "from_stage": Stage.SCHEDULING}
    told(client.post(address, posted, follow=True), "The letter follows")
    refused(client.post(address, posted), "already moved", "The letter follows")
    assert GateOverride.objects.filter(case=staged.case).count() == 1
    assert fresh(staged).stage == Stage.TEAM_COMPOSITION


@pytest.mark.parametrize("who", ["manager", "support", "administrator", "leader", "lead_officer"])
def test_only_a_programme_manager_opens_the_sign_off_with_a_reason(client_for, gate, who):
    staged = make_staged(Stage.SCHEDULING)
    gate(WAIVABLE)
    client = client_for(staged.people[who])
    assert client.get(url(staged, "override")).status_code == 403
    posted = {"reason": "I may", "from_stage": Stage.SCHEDULING}
    assert client.post(url(staged, "override"), posted).status_code == 403
    assert fresh(staged).stage == Stage.SCHEDULING


# ------------------------------------------------------------------ changing course


@pytest.mark.parametrize("who", ["support", "administrator", "leader", "coordinator", "lead_member"])
@pytest.mark.parametrize("name", [*STATE_PAGES, "advance", "resume"])
def test_who_changes_no_course(client_for, who, name):
    staged = make_staged(Stage.ONSITE)
    client = client_for(staged.people[who])
    posted = {"reason": "I may", "from_stage": Stage.ONSITE, "to_stage": Stage.SCHEDULING}
    assert client.get(url(staged, name)).status_code == 403
    assert client.post(url(staged, name), posted).status_code == 403
    assert (fresh(staged).state, fresh(staged).stage) == (CaseState.ACTIVE, Stage.ONSITE)


def test_only_a_programme_manager_cancels(client_for):
    staged = make_staged(Stage.ONSITE)
    assert client_for(staged.manager).post(url(staged, "cancel"), {"reason": "No"}).status_code == 403
    assert fresh(staged).state == CaseState.ACTIVE


def test_sending_back_comes_back_until_stage_and_reason_are_given(client_for):
    staged = make_staged(Stage.ONSITE)
    client, address = client_for(staged.manager), url(staged, "send-back")
    page = client.get(address)
    assert_valid_html(page.content.decode())
    assert text(page).count('type="radio"') == 3
    refused(client.post(address, {"from_stage": Stage.ONSITE}), "Choose the stage to go back to", "Enter the reason")
    page = client.post(address, {"from_stage": Stage.ONSITE, "to_stage": Stage.REPORT, "reason": "Dates moved"})
    refused(page, "Choose from the list", "Dates moved")
    posted = {"from_stage": Stage.ONSITE, "to_stage": Stage.SCHEDULING, "reason": "Dates moved"}
    told(client.post(address, posted, follow=True), "The peer challenge has gone back")
    refused(client.post(address, posted), "already moved: it is now at Scheduling", "Dates moved")
    assert fresh(staged).stage == Stage.SCHEDULING
    told(client.get(address, follow=True), "Scheduling is the first stage, so there is nothing to go back to.")


def test_a_form_of_a_stage_that_the_case_has_left_sends_nothing_back(client_for, gate):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    gate()
    services.advance_case(case=staged.case, from_stage=Stage.TEAM_COMPOSITION, by=staged.programme_manager)
    posted = {"from_stage": Stage.TEAM_COMPOSITION, "to_stage": Stage.SCHEDULING, "reason": "Dates moved"}
    refused(client_for(staged.manager).post(url(staged, "send-back"), posted), "now at Position statement")
    assert fresh(staged).stage == Stage.SELF_ASSESSMENT


POSTPONED = {"reason": "Floods in the valley", "agreed_with": "The chief executive"}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("31", "2", "2099"), "New date must be a real date"),
        (("", "2", "2099"), "New date must include a day"),
        (("", "", ""), "Enter the new date that was agreed"),
        (("1", "2", "99"), "Year must include 4 numbers"),
        (("1", "2", "99999"), "Year must include 4 numbers"),
        (("x", "2", "2099"), "New date must be a real date"),
        (("\x00", "2", "2099"), "New date must"),
        (("1", "2", "2001"), "The new date must be in the future"),
    ],
)
def test_a_new_date_that_cannot_be_comes_back_as_typed(client_for, parts, words):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    posted = POSTPONED | dict(zip(("new_on-day", "new_on-month", "new_on-year"), parts, strict=True))
    page = client_for(staged.manager).post(url(staged, "postpone"), posted)
    assert page.status_code == 422
    assert words in text(page)
    assert "Floods in the valley" in text(page)
    assert 'value="The chief executive"' in text(page)
    for part in parts:
        if part.strip("\x00"):
            assert f'value="{part}"' in text(page)
    assert fresh(staged).state == CaseState.ACTIVE


@pytest.mark.parametrize("days", [-1, 0])
def test_postponing_to_yesterday_or_today_is_refused(client_for, days):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    posted = POSTPONED | day("new_on", in_days(days))
    refused(client_for(staged.manager).post(url(staged, "postpone"), posted), "The new date must be in the future")
    assert fresh(staged).state == CaseState.ACTIVE


def test_postponing_happens_once_and_the_second_click_is_told(client_for):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    client, posted = client_for(staged.manager), POSTPONED | day("new_on", in_days(100))
    told(
        client.post(url(staged, "postpone"), posted, follow=True),
        "Postponed. Everyone on the peer challenge has been told.",
    )
    refused(client.post(url(staged, "postpone"), posted), "already postponed to", "Floods in the valley")
    assert staged.case.events.filter(verb="case_postponed").count() == 1


def test_pausing_and_resuming_happen_once_each(client_for):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    client = client_for(staged.manager)
    refused(client.post(url(staged, "pause"), {"reason": ""}), "Enter the reason")
    told(client.post(url(staged, "pause"), {"reason": "A by-election"}, follow=True), "Paused.", "A by-election")
    refused(
        client.post(url(staged, "pause"), {"reason": "A by-election"}),
        "This peer challenge is now paused",
        "A by-election",
    )
    assert "Resume the peer challenge?" in text(client.get(url(staged, "resume")))
    told(client.post(url(staged, "resume"), follow=True), "under way again")
    told(
        client.post(url(staged, "resume"), follow=True), "This peer challenge is now under way, so nothing was changed."
    )
    verbs = list(staged.case.events.filter(verb__in=["case_paused", "case_resumed"]).values_list("verb", flat=True))
    assert sorted(verbs) == ["case_paused", "case_resumed"]


def test_cancelling_needs_a_reason_and_every_click_after_it_is_told(client_for):
    staged = make_staged(Stage.TEAM_COMPOSITION)
    client = client_for(staged.programme_manager)
    refused(client.post(url(staged, "cancel"), {"reason": " "}), "Enter the reason")
    told(client.post(url(staged, "cancel"), {"reason": "Abolished"}, follow=True), "Cancelled.", "Abolished")
    for name in (*STATE_PAGES, "resume", "advance"):
        told(
            client.post(url(staged, name), {"reason": "Again"}, follow=True),
            "This peer challenge is cancelled, so nothing was",
        )
        told(client.get(url(staged, name), follow=True), "This peer challenge is cancelled, so nothing was")
    assert client_for(staged.leader).post(url(staged, "cancel"), {"reason": "Again"}).status_code == 403
    assert fresh(staged).state_reason == "Abolished"


@pytest.mark.parametrize("name", STATE_PAGES)
def test_the_reason_of_whoever_comes_after_the_end_is_shown_to_be_copied(client_for, name):
    staged = make_staged(Stage.ONSITE)
    services.cancel_case(case=staged.case, reason="Not wanted any more", by=staged.manager)
    posted = {"reason": "The council asked for it by letter"}
    answer = client_for(staged.programme_manager).post(url(staged, name), posted)
    assert answer.status_code == 403
    assert_valid_html(answer.content.decode())
    for words in ("This peer challenge is cancelled, so nothing was changed.", posted["reason"]):
        assert words in text(answer)


def test_the_second_click_on_cancelling_is_told_that_the_case_is_cancelled(client_for):
    staged = make_staged(Stage.ONSITE)
    client, posted = client_for(staged.programme_manager), {"reason": "Not wanted any more"}
    assert client.post(url(staged, "cancel"), posted).status_code == 302
    told(
        client.post(url(staged, "cancel"), posted, follow=True),
        "This peer challenge is cancelled, so nothing was changed.",
    )
