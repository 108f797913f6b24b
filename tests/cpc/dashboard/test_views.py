from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.cases.models import Case, CaseRole
from cpc.cases.stages import ROW_OF, Stage
from cpc.cycle.models import AdviserPost, Prompt
from cpc.deadlines.kinds import KINDS
from cpc.deadlines.models import Deadline
from cpc.notifications.models import Message, MessageState
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.assessments import make_staged
from tests.factories.cases import make_cases
from tests.factories.composition import invite, make_team_case
from tests.factories.councils import make_council
from tests.factories.cycle import make_prompt, make_trigger
from tests.factories.peers import make_peer
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

PIPELINE, MY_WORK, HOME = "/pipeline/", "/my-work/", "/"
MOST = 12


def text(response):
    return unescape(response.content.decode())


def names(response):
    return [row.title for row in response.context_data["rows"]]


@pytest.fixture
def boss():
    return make_user("programme_manager")


def test_addresses_are_what_the_links_say():
    assert [reverse(f"dashboard:{name}") for name in ("pipeline", "my-work", "home")] == [PIPELINE, MY_WORK, HOME]


@pytest.mark.parametrize(
    ("role", "lands"),
    [
        ("administrator", PIPELINE),
        ("programme_manager", PIPELINE),
        ("principal_adviser", PIPELINE),
        ("peer_challenge_manager", MY_WORK),
        ("support_officer", MY_WORK),
        ("coordinator", MY_WORK),
        ("leader", MY_WORK),
        ("chief_executive", MY_WORK),
        ("contributor", MY_WORK),
        ("peer", MY_WORK),
    ],
)
def test_where_somebody_lands_and_whether_the_pipeline_is_theirs(client_for, role, lands):
    client = client_for(make_user(role))
    assert client.get(HOME).url == lands
    is_staff = role in {
        "administrator",
        "programme_manager",
        "principal_adviser",
        "peer_challenge_manager",
        "support_officer",
    }
    page = client.get(MY_WORK)
    assert page.status_code == 200
    assert_valid_html(page.content.decode())
    assert client.get(PIPELINE).status_code == (200 if is_staff else 403)


# ------------------------------------------------------------------ figures


@pytest.mark.parametrize("query", ["", "?order=deadline", "?order=council&mine=yes&q=shire&state=all&stage=onsite"])
def test_the_pipeline_costs_the_same_with_three_and_three_hundred(client_for, boss, query):
    client, members = client_for(boss), {"peer_challenge_manager": boss}
    make_cases(3, by=boss, members=members)
    client.get(PIPELINE + query)
    few = count_queries(lambda: client.get(PIPELINE + query))
    for case in make_cases(297, by=boss, members=members)[:30]:
        case.joint_councils.add(case.council)
    assert Case.objects.count() == 300
    assert count_queries(lambda: client.get(PIPELINE + query)) == few <= MOST
    assert client.get(PIPELINE + query).context_data["page_obj"].paginator.count == 300


@pytest.mark.parametrize(
    ("role", "case_role", "owner_role"),
    [
        ("support_officer", CaseRole.SUPPORT_OFFICER, "LGA"),
        ("peer", CaseRole.MEMBER_PEER, "Peer team"),
        ("coordinator", CaseRole.COORDINATOR, "Council"),
    ],
)
def test_my_work_costs_the_same_with_three_and_three_hundred(client_for, boss, role, case_role, owner_role):
    user = make_user(role)
    client = client_for(user)
    make_cases(3, by=boss, members={case_role: user}, owner_role=owner_role)
    client.get(MY_WORK)
    few = count_queries(lambda: client.get(MY_WORK))
    make_cases(297, by=boss, members={case_role: user}, owner_role=owner_role)
    assert count_queries(lambda: client.get(MY_WORK)) == few <= MOST
    assert client.get(MY_WORK).context_data["page_obj"].paginator.count == 600


def test_my_work_costs_the_same_with_one_invitation_and_with_four(client_for):
    peer = make_peer()
    client, counts = client_for(peer.user), []
    for number in (1, 3):
        for _ in range(number):
            invite(make_team_case(), peer, CaseRole.SENIOR_OFFICER_PEER)
        client.get(MY_WORK)
        counts.append(count_queries(lambda: client.get(MY_WORK)))
    assert len(client.get(MY_WORK).context_data["invitations"]) == 4
    assert counts[0] == counts[1] <= MOST


def test_pages_are_made_of_twenty_five_and_the_page_after_the_last_is_the_last(client_for, boss):
    client = client_for(boss)
    made = make_cases(60, by=boss)
    seen = []
    for page in (1, 2, 3):
        response = client.get(PIPELINE, {"page": page, "order": "council"})
        assert f"Page {page} of 3" in text(response)
        seen += names(response)
    assert seen == [case.council.name for case in made]
    for page in ("4", "9" * 30, "-1", "0"):
        response = client.get(PIPELINE, {"page": page, "order": "council"})
        assert (response.status_code, response.context_data["page_obj"].number) == (200, 3), page
    for page in ("x", "", "1.5", "²", "last"):
        response = client.get(PIPELINE, {"page": page})
        assert (response.status_code, response.context_data["page_obj"].number) == (200, 1), page


def test_turning_the_page_keeps_what_was_asked_for(client_for, boss):
    make_cases(30, by=boss)
    page = client_for(boss).get(PIPELINE, {"q": "Listshire & <co>", "order": "council", "page": "1"})
    assert names(page) == []
    page = client_for(boss).get(PIPELINE, {"q": "shire", "order": "council", "page": "1"})
    assert 'href="?q=shire&order=council&page=2"' in text(page)
    assert_valid_html(page.content.decode())


def test_my_work_beyond_the_last_page_is_the_last(client_for, boss):
    officer = make_user("support_officer")
    make_cases(15, by=boss, members={"support_officer": officer})
    for asked, number in (("2", 2), ("99", 2), ("x", 1)):
        page = client_for(officer).get(MY_WORK, {"page": asked})
        assert page.context_data["page_obj"].number == number
        assert_valid_html(page.content.decode())


def test_my_peer_challenges_have_pages_of_their_own(client_for, boss):
    officer = make_user("support_officer")
    made = make_cases(30, by=boss, members={"support_officer": officer})
    client = client_for(officer)
    first, second = client.get(MY_WORK, {"page": "2"}), client.get(MY_WORK, {"page": "2", "cases": "2"})
    assert [row["case"] for row in first.context_data["cases"]] == made[:25]
    assert [row["case"] for row in second.context_data["cases"]] == made[25:]
    assert 'href="?page=2&cases=2"' in text(first)
    assert 'href="?cases=2&page=3"' in text(second)
    assert second.context_data["page_obj"].number == 2
    assert_valid_html(second.content.decode())
    assert [row["case"] for row in client.get(MY_WORK, {"cases": "x"}).context_data["cases"]] == made[:25]


def test_a_joint_challenge_names_every_council_in_its_row(client_for, boss):
    (case,) = make_cases(1, by=boss, council=make_council(name="Alder"))
    case.joint_councils.add(make_council(name="Cedar"), make_council(name="Birch & Co"))
    page = client_for(boss).get(PIPELINE)
    assert names(page) == [case.title] == ["Alder, Birch & Co and Cedar"]
    assert "Alder, Birch &amp; Co and Cedar" in page.content.decode()


@pytest.mark.parametrize("query", ["", "?stage=onsite", "?stage=report", "?state=all", "?mine=yes", "?q=shire"])
def test_the_number_over_the_list_is_that_of_the_list(client_for, boss, query):
    officer = make_user("support_officer")
    make_cases(3, by=boss, members={"support_officer": officer})
    make_cases(2, by=boss, stage=Stage.REPORT)
    for user in (boss, officer):
        page = client_for(user).get(PIPELINE + query)
        assert page.context_data["page_obj"].paginator.count == len(names(page))


# ------------------------------------------------------------------ what is shown


def test_filters_narrow_and_what_is_unknown_narrows_nothing(client_for, boss):
    client = client_for(boss)
    make_cases(1, by=boss, council=make_council(name="Alder"), stage=Stage.REPORT)
    (two,) = make_cases(1, by=boss, council=make_council(name="Birch"))
    Case.objects.filter(pk=two.pk).update(state="paused", state_reason="A by-election")
    for data, expected in [
        ({}, ["Alder", "Birch"]),
        ({"q": " alder "}, ["Alder"]),
        ({"stage": "report"}, ["Alder"]),
        ({"state": "paused"}, ["Birch"]),
        ({"state": "cancelled"}, []),
        ({"mine": "yes"}, []),
        ({"late": "yes"}, []),
        ({"stage": "x", "state": "x", "order": "x", "late": "x", "mine": "x"}, ["Alder", "Birch"]),
        ({"q": "a" * 5000}, []),
    ]:
        response = client.get(PIPELINE, {"order": "council"} | data)
        assert response.status_code == 200, data
        assert names(response) == expected, data


def test_what_was_asked_for_stands_in_the_form_escaped(client_for, boss):
    page = client_for(boss).get(PIPELINE, {"q": '"><script>alert(1)</script>', "late": "yes", "stage": "report"})
    assert "<script>alert" not in page.content.decode()
    assert_valid_html(page.content.decode())
    assert "No peer challenge matches" in text(page)
    assert '<option value="report" selected>' in text(page)
    assert 'name="late" type="checkbox" value="yes" checked' in text(page)
    assert ">Clear</a>" in text(page)


def test_an_empty_pipeline_says_how_it_is_filled(client_for, boss):
    page = client_for(boss).get(PIPELINE)
    assert "No peer challenge is under way. Start one to see it here." in text(page)
    assert ">Clear</a>" not in text(page)
    assert_valid_html(page.content.decode())


def test_nobody_who_may_not_start_a_case_is_told_to(client_for):
    page = text(client_for(make_user("administrator")).get(PIPELINE))
    assert reverse("cases:start") not in page
    assert "Start one" not in page


def test_the_name_of_a_manager_leads_to_all_of_theirs_and_the_other_filters_keep_them(client_for, boss):
    one, two = make_user("peer_challenge_manager"), make_user("peer_challenge_manager")
    make_cases(1, by=boss, members={"peer_challenge_manager": one}, reference="first")
    make_cases(2, by=boss, members={"peer_challenge_manager": two})
    client = client_for(boss)
    assert f'href="?manager={one.pk}"' in client.get(PIPELINE).content.decode()
    page = client.get(PIPELINE, {"manager": one.pk})
    assert [row.manager for row in page.context["rows"]] == [one.full_name]
    assert f"1 peer challenge of {one.full_name}" in text(page)
    assert f'name="manager" value="{one.pk}"' in page.content.decode()
    for odd in ("x", "", "99999999999", "²"):
        assert len(client.get(PIPELINE, {"manager": odd}).context["rows"]) == 3


def test_a_row_says_late_where_it_stands_and_who_manages(client_for, boss):
    manager = make_user("peer_challenge_manager", full_name="Mo Example")
    (case,) = make_cases(1, by=boss, members={"peer_challenge_manager": manager})
    page = text(client_for(boss).get(PIPELINE))
    for words in ("Mo Example", "The first promise", "Onsite", case.council.name):
        assert words in page, words
    assert ">Late<" not in page
    case.deadlines.filter(kind="first").update(first_due_on="2020-01-01", due_on="2020-01-01")
    page = text(client_for(boss).get(PIPELINE))
    assert ">Late<" in page
    assert "1 late" in page
    Case.objects.filter(pk=case.pk).update(state="paused", state_reason="A by-election")
    page = text(client_for(boss).get(PIPELINE))
    assert ">Late<" not in page
    assert "1 late" not in page


def test_other_peoples_cases_are_on_nobodys_page(client_for):
    staged, other = make_staged(Stage.SELF_ASSESSMENT), make_staged(Stage.SELF_ASSESSMENT)
    adviser = make_user("principal_adviser")
    for user in (staged.manager, staged.support, staged.coordinator, staged.leader, staged.peer, adviser):
        client = client_for(user)
        for address in (PIPELINE, MY_WORK):
            page = text(client.get(address))
            assert other.case.council.name not in page, (user, address)
            assert other.case.reference not in page, (user, address)
    for user in (staged.manager, staged.coordinator, staged.peer):
        assert staged.case.council.name in text(client_for(user).get(MY_WORK)), user
    page = text(client_for(staged.administrator).get(PIPELINE))
    assert staged.case.reference in page
    assert other.case.reference in page


def test_my_work_names_every_role_of_a_case_once_and_says_whose_turn_it_is(client_for, boss):
    peer = make_user("peer")
    make_cases(1, by=boss, members={"member_peer": peer, "shadow_peer": peer}, owner_role="Peer team")
    page = text(client_for(peer).get(MY_WORK))
    assert page.count("Member Peer, Shadow peer") == 1
    assert "With the peer team" in page
    assert "The first promise" in page


def test_a_contributor_reads_where_their_work_is_and_nothing_of_the_case(client_for, boss):
    council = make_council()
    contributor = make_user("contributor", council=council)
    make_cases(1, by=boss, council=council, members={"contributor": contributor}, owner_role="Council")
    page = text(client_for(contributor).get(MY_WORK))
    assert council.name in page
    for words in ("With the ", "The first promise", "Onsite:"):
        assert words not in page, words


@pytest.mark.parametrize("stage", [Stage.TEAM_COMPOSITION, Stage.SELF_ASSESSMENT, Stage.REPORT, Stage.ACTION_PLAN])
def test_what_is_due_leads_to_where_it_is_done(client_for, stage):
    """One press: each link of my work is answered, and what is due at the present stage leads to that stage's page."""
    staged = make_staged(stage)
    Deadline.objects.all().delete()
    on = timezone.localdate() + timedelta(days=3)
    for kind in KINDS.values():
        Deadline.objects.create(
            case=staged.case,
            kind=kind.kind,
            label=kind.to_do,
            due_on=on,
            first_due_on=on,
            owner_role=kind.owner_role,
        )
    stage_page = reverse(ROW_OF[stage].url_name, kwargs={"reference": staged.case.reference})
    led = set()
    for who in (staged.manager, staged.coordinator):
        client = client_for(who)
        page = client.get(MY_WORK)
        rows = [row for _, _, _, rows in page.context["groups"] for row in rows]
        assert rows and page.context["awaited"]
        for address in {row.href for row in rows} | {row.case_href for row in page.context["awaited"]}:
            assert client.get(address).status_code == 200, (who.role, address)
            led.add(address)
    assert stage_page in led


def test_my_work_says_what_is_late_and_by_how_many_days(client_for, boss):
    officer = make_user("support_officer")
    make_cases(1, by=boss, members={"support_officer": officer})
    yesterday = timezone.localdate() - timedelta(days=1)
    Deadline.objects.update(due_on=yesterday, first_due_on=yesterday)
    page = client_for(officer).get(MY_WORK)
    assert "1 day late" in text(page)
    assert [code for code, _, number, rows in page.context["groups"] if rows and number == len(rows)] == ["late"]


def test_a_programme_manager_sees_everybodys_work_and_narrows_it_to_one_person(client_for, boss):
    one, two = make_user("peer_challenge_manager"), make_user("peer_challenge_manager")
    make_cases(1, by=boss, members={"peer_challenge_manager": one}, reference="first")
    make_cases(2, by=boss, members={"peer_challenge_manager": two})
    client = client_for(boss)

    def shown(query=""):
        page = client.get(MY_WORK + query)
        assert_valid_html(page.content.decode())
        return {row.manager for _, _, _, rows in page.context["groups"] for row in rows}

    assert shown() == {one.full_name, two.full_name}
    Deadline.objects.filter(case__memberships__user=one).update(owner_role="Council")
    assert shown() == {two.full_name}
    assert {row.manager for row in client.get(MY_WORK).context["awaited"]} == {one.full_name}
    assert shown(f"?whose={two.pk}") == {two.full_name}
    assert shown("?whose=me") == set()
    # Nobody is led astray by an address typed by hand.
    for odd in ("", "0", "99999999999999", "x", "²"):
        assert client.get(MY_WORK, {"whose": odd}).status_code == 200
    # Everybody else sees their own, whatever they ask for.
    page = client_for(one).get(MY_WORK, {"whose": str(two.pk)})
    assert page.context["managers"] == [] and page.context["whose"] == "me"


def test_everybodys_work_costs_the_same_with_one_and_with_three(client_for, boss):
    client = client_for(boss)
    make_cases(1, by=boss, members={"peer_challenge_manager": make_user("peer_challenge_manager")})
    client.get(MY_WORK)
    few = count_queries(lambda: client.get(MY_WORK))
    for number in range(3):
        manager = make_user("peer_challenge_manager")
        make_cases(1, by=boss, members={"peer_challenge_manager": manager}, reference=f"more-{number}")
    assert count_queries(lambda: client.get(MY_WORK)) == few <= 12


def test_empty_my_work_says_so(client_for):
    page = text(client_for(make_user("peer")).get(MY_WORK))
    assert "Nothing is due from you." in page
    assert "You are on no peer challenge." in page


# ------------------------------------------------------------------ mail that does not arrive

DOES_NOT_REACH = "Emails from this service are not reaching you."


def make_message(to, state=MessageState.FAILED, **changed):
    values = {"kind": "case_state_changed", "subject_key": f"case:{Message.objects.count()}", "email": to.email}
    sent_at = timezone.now() if state in {MessageState.SENT, MessageState.CAME_BACK} else None
    return Message.objects.create(**values | {"to": to, "state": state, "sent_at": sent_at} | changed)


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.CAME_BACK])
def test_whose_own_mail_does_not_arrive_is_told_and_told_what_to_do(client_for, state):
    leader = make_user("leader")
    make_message(leader, state, came_back_at=timezone.now() if state == MessageState.CAME_BACK else None)
    page = client_for(leader).get(MY_WORK)
    assert_valid_html(page.content.decode())
    assert DOES_NOT_REACH in text(page)
    assert f"An email to {leader.email} could not be delivered" in text(page)
    assert reverse("accounts:address-change") in text(page)
    # What others' mail does is no business of theirs.
    assert "view the outbox" not in text(page)
    assert DOES_NOT_REACH not in text(client_for(make_user("leader")).get(MY_WORK))


def test_the_warning_goes_with_another_address_with_mail_that_arrives_and_after_a_month(client_for):
    leader, now = make_user("leader"), timezone.now()
    client = client_for(leader)
    failed = make_message(leader, next_attempt_at=now - timedelta(days=3))

    def warned():
        return DOES_NOT_REACH in text(client.get(MY_WORK))

    # One that was sent just now may come back yet.
    later = make_message(leader, MessageState.SENT)
    assert warned()
    Message.objects.filter(pk=later.pk).update(sent_at=now - timedelta(days=2))
    assert not warned()
    Message.objects.filter(pk=later.pk).update(sent_at=now - timedelta(days=5))
    assert warned()
    Message.objects.filter(pk=later.pk).update(sent_at=now, arrived_at=now)
    assert not warned()
    later.delete()
    Message.objects.filter(pk=failed.pk).update(email="old@example.org")
    assert not warned()
    Message.objects.filter(pk=failed.pk).update(email=leader.email, queued_at=now - timedelta(days=31))
    assert not warned()


@pytest.mark.parametrize(
    ("role", "sees"), [("programme_manager", True), ("administrator", True), ("support_officer", True), ("peer", False)]
)
def test_who_looks_after_the_outbox_is_told_that_mail_failed(client_for, role, sees):
    client = client_for(make_user(role))
    assert "view the outbox" not in text(client.get(MY_WORK))
    for _ in range(2):
        make_message(make_user("leader"))
    page = client.get(MY_WORK)
    assert_valid_html(page.content.decode())
    assert ("2 messages of the last 30 days" in text(page).replace("<strong>", "").replace("</strong>", "")) is sees
    assert ("view the outbox" in text(page)) is sees


def test_what_is_said_of_mail_costs_the_same_with_one_that_failed_and_with_thirty(client_for, boss):
    client, counts = client_for(boss), []
    for number in (0, 1, 29):
        for _ in range(number):
            make_message(boss)
        client.get(MY_WORK)
        counts.append(count_queries(lambda: client.get(MY_WORK)))
    assert counts[0] == counts[1] == counts[2] <= MOST


def advise(user, *councils):
    for council in councils:
        AdviserPost.objects.create(council=council, user=user, started_on=timezone.localdate() - timedelta(days=99))


def test_r3_r4_an_adviser_reads_their_own_open_prompts_on_my_work_and_nobody_else_does(client_for):
    adviser, other = make_user("principal_adviser"), make_user("principal_adviser")
    mine, closed, theirs = (make_council(name=name) for name in ("Alderham", "Birchley", "Cedarton"))
    advise(adviser, mine, closed)
    advise(other, theirs)
    today = timezone.localdate()
    for council in (mine, closed, theirs):
        make_trigger(council, today, prompt=make_prompt(council, today), detail="Lesley Example")
    Prompt.objects.filter(council=closed).update(state="acted_on", closed_on=today)
    response = client_for(adviser).get(MY_WORK)
    assert_valid_html(response.content.decode())
    assert "A good time to talk about a peer challenge" in text(response)
    assert "Alderham" in text(response) and "New leader since" in text(response)
    assert "Birchley" not in text(response) and "Cedarton" not in text(response)
    for role in ("programme_manager", "peer_challenge_manager", "administrator", "coordinator", "peer"):
        page = text(client_for(make_user(role)).get(MY_WORK))
        assert "A good time to talk" not in page and "Alderham" not in page, role


def test_r3_the_prompts_of_my_work_cost_the_same_with_one_and_with_three(client_for):
    adviser = make_user("principal_adviser")
    client, counts = client_for(adviser), []
    for number in range(3):
        council = make_council(name=f"Council {number}")
        advise(adviser, council)
        make_trigger(council, timezone.localdate(), prompt=make_prompt(council, timezone.localdate()))
        if number != 1:
            counts.append(count_queries(lambda: client.get(MY_WORK)))
    assert counts[0] == counts[1] <= MOST
