from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from councils.models import Council, PlannedSuccessor, Reorganisation
from councils.reorganisations.enactment import put_in_force
from councils.reorganisations.services import add_continuing, add_predecessors
from cpc.accounts.roles import Role
from cpc.audit.models import Event
from tests.counting import captured_queries, count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_booked, make_challenge
from tests.factories.reorganisation import make_draft
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

LIST = "/reorganisations/"
MOST = 12
DAY = {"vesting_on-day": "1", "vesting_on-month": "4", "vesting_on-year": "2028"}


@pytest.fixture
def manager():
    return make_user("programme_manager")


@pytest.fixture
def client(client_for, manager):
    return client_for(manager)


def text(response):
    return unescape(response.content.decode())


def page(draft, name, **kwargs):
    return reverse(f"reorganisations:{name}", kwargs={"pk": draft.pk, **kwargs})


@pytest.mark.parametrize("role", Role.values)
def test_programme_managers_and_administrators_alone(client_for, role):
    client = client_for(make_user(role))
    is_allowed = role in {"programme_manager", "administrator"}
    assert client.get(LIST).status_code == (200 if is_allowed else 403)
    register = client.get("/councils/")
    if register.status_code == 200:
        assert (f'href="{LIST}"' in register.content.decode()) is is_allowed


@pytest.mark.moment("2026-11-26 12:00")
def test_from_nothing_to_in_force_and_back(client):
    alder = make_council(name="Alder", official_name="Alder Borough Council")
    birch = make_council(name="Birch", official_name="Birch District Council")
    make_challenge(alder, date(2024, 5, 14))
    response = client.get(LIST)
    assert "No reorganisation has been entered yet." in text(response)
    response = client.post(LIST + "add/", DAY | {"name": "Exampleshire 2028", "source": "", "notes": ""}, follow=True)
    draft = Reorganisation.objects.get()
    assert response.redirect_chain[-1][0] == page(draft, "detail")
    assert "The draft is saved. The register is as it was." in text(response)
    assert "No council comes after the day yet. Add each, with the councils that it follows." in text(response)
    response = client.post(
        page(draft, "new-council-add"),
        {
            "name": "Newshire",
            "official_name": "Newshire Council",
            "council_type": "unitary",
            "region": "North East",
            "slug": "",
        },
        follow=True,
    )
    new = PlannedSuccessor.objects.get()
    assert new.slug == "newshire"
    assert response.redirect_chain[-1][0] == page(draft, "predecessors-add", successor=new.pk)
    assert "Alder Borough Council" in text(response)
    response = client.post(
        page(draft, "predecessors-add", successor=new.pk),
        {"kind": "merger", "predecessors": [alder.pk, birch.pk], "other": ""},
        follow=True,
    )
    content = text(response)
    assert_valid_html(response.content.decode())
    assert "Alder Borough Council: last day 31 March 2028" in content
    response = client.post(page(draft, "effect"))
    assert response.status_code == 200
    assert_valid_html(response.content.decode())
    assert "1 council would have been due after 31 March 2028." in text(response)
    # On a phone a table moves sideways by itself, not the page.
    assert text(response).count("<table") == text(response).count('class="app-scroll"') == 3
    assert "First due 1 April 2032: four years after the council began on 1 April 2028" in text(response)
    assert Council.objects.filter(name="Newshire").count() == 0
    response = client.get(page(draft, "put-in-force"))
    assert "31 March 2028 is the last day of Alder Borough Council and Birch District Council." in text(response)
    assert (
        "Newshire Council is new from 1 April 2028. It follows Alder Borough Council and Birch District Council."
        in text(response)
    )
    draft.refresh_from_db()
    response = client.post(page(draft, "put-in-force"), {"version": draft.version}, follow=True)
    assert "The reorganisation is in force." in text(response)
    alder.refresh_from_db()
    assert alder.end_on == date(2028, 3, 31)
    assert client.get("/councils/newshire/").status_code == 200
    draft.refresh_from_db()
    assert "Newshire Council is taken out of the register." in text(client.get(page(draft, "undo")))
    response = client.post(page(draft, "undo"), {"version": draft.version}, follow=True)
    assert "The reorganisation is undone and is a draft again" in text(response)
    assert client.get("/councils/newshire/").status_code == 404
    alder.refresh_from_db()
    assert alder.end_on is None
    draft.refresh_from_db()
    client.post(page(draft, "discard"), {"version": draft.version})
    assert "Discarded" in text(client.get(LIST))
    assert list(
        Event.objects.filter(verb__startswith="reorganisation").order_by("pk").values_list("verb", flat=True)
    ) == [
        "reorganisation_made",
        "reorganisation_changed",
        "reorganisation_changed",
        "reorganisation_put_in_force",
        "reorganisation_undone",
        "reorganisation_discarded",
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("list", None), ("detail", "draft"), ("put-in-force", "draft"), ("detail", "in force"), ("undo", "in force")],
)
def test_a_page_costs_the_same_with_one_and_with_three(client, manager, name, kind):
    def draft_of(number, prefix):
        draft = make_draft(
            manager,
            {f"{prefix} {each}": [make_council(), make_council()] for each in range(number)},
            name=f"{prefix} {number}",
        )
        if kind == "in force":
            draft = put_in_force(reorganisation=draft, version=draft.version, by=manager)
        return draft

    one = draft_of(1, "One")
    addresses = [LIST if name == "list" else page(one, name)]
    costs = [count_queries(lambda: client.get(addresses[0]))]
    three = draft_of(3, "Three")
    costs.append(count_queries(lambda: client.get(LIST if name == "list" else page(three, name))))
    assert costs[0] == costs[1] <= MOST


@pytest.mark.parametrize("vesting_on", [date(2028, 4, 1), date(2026, 4, 1)])
def test_the_trial_costs_the_same_with_one_and_with_three(client, manager, vesting_on):
    costs = []
    for number in (1, 3):
        draft = make_draft(
            manager,
            {f"New {number} {each}": [make_council(), make_council()] for each in range(number)},
            name=f"Trial {number}",
            vesting_on=vesting_on,
        )
        for each in range(number):
            # One of today's, under another name, takes over another; each has a peer challenge that it falls on.
            successor = add_continuing(
                reorganisation=draft,
                council=make_council(),
                name=f"Carried {number} {each}",
                official_name="",
                council_type="",
                by=manager,
            )
            ending = make_council(parent=make_council())
            make_booked(ending, date(2026, 9, 1), joint=(make_council(),))
            add_predecessors(successor=successor, predecessors=[ending], kind="merger", by=manager)
        seen = captured_queries(lambda: client.post(page(draft, "effect")))  # noqa: B023
        assert not [sql for sql in seen if not sql.strip().lstrip("(").startswith(("SELECT", "WITH RECURSIVE council"))]
        costs.append(len(seen))
    assert costs[0] == costs[1] <= MOST
    assert Council.objects.filter(end_on__isnull=False).count() == 0


@pytest.mark.parametrize("name", ["put-in-force", "undo", "discard"])
def test_a_stale_decision_is_asked_again_with_what_stands_now(client, manager, name):
    draft = make_draft(manager, {"Newshire": [make_council(), make_council()]})
    if name == "undo":
        draft = put_in_force(reorganisation=draft, version=draft.version, by=manager)
    response = client.post(page(draft, name), {"version": draft.version - 1})
    assert response.status_code == 409
    assert_valid_html(response.content.decode())
    assert "Someone else changed this while you had the page open." in text(response)
    assert f'name="version" value="{draft.version}"' in response.content.decode()
    assert client.post(page(draft, name), {"version": draft.version}).status_code == 302


def test_a_stale_change_shows_both_texts(client, manager):
    draft = make_draft(manager, name="Exampleshire 2028")
    sent = DAY | {"name": "Mine", "source": "", "notes": "", "version": "7"}
    response = client.post(page(draft, "change"), sent)
    assert response.status_code == 409
    content = text(response)
    assert 'value="Mine"' in content and "Exampleshire 2028" in content
    assert client.post(page(draft, "change"), sent | {"version": "0"}).status_code == 302


def test_what_was_typed_stays_beside_the_reason(client, manager):
    draft = make_draft(manager, {"Newshire": [make_council(name="Alder", official_name="Alder Council")]})
    make_council(slug="taken")
    sent = {"name": "Newland", "official_name": "Newland", "council_type": "unitary", "region": "North East"}
    response = client.post(page(draft, "new-council-add"), sent | {"slug": "taken"})
    assert response.status_code == 422
    assert_valid_html(response.content.decode())
    assert "A council has this name in addresses already. Enter another." in text(response)
    assert 'value="Newland"' in text(response) and 'value="taken"' in text(response)
    other = make_draft(manager, {"Later": [make_council()]}, name="Other")
    alder = Council.objects.get(name="Alder")
    response = client.post(
        page(other, "predecessors-add", successor=other.successors.get().pk),
        {"kind": "merger", "predecessors": [alder.pk], "other": ""},
    )
    assert response.status_code == 422
    assert "Alder Council is in the draft “Exampleshire 2028” already. Take it out there first." in text(response)


@pytest.mark.parametrize(
    "name", ["change", "effect", "put-in-force", "discard", "new-council-add", "continuing-add", "successor-change"]
)
def test_nothing_is_offered_that_would_be_refused(client, manager, name):
    draft = make_draft(manager, {"Newshire": [make_council()]})
    put_in_force(reorganisation=draft, version=draft.version, by=manager)
    more = {"successor": draft.successors.get().pk} if name == "successor-change" else {}
    content = text(client.get(page(draft, name, **more)))
    assert "This reorganisation is in force. Undo that before you change it." in content
    assert 'method="post" novalidate' not in content


def test_a_draft_that_is_not_whole_is_not_tried_out(client, manager):
    draft = make_draft(manager, {"Newshire": []})
    content = text(client.get(page(draft, "detail")))
    assert "Newshire Council has no predecessor yet. Choose the councils that it follows." in content
    assert "See what it does to the programme" not in content
    for name in ("effect", "put-in-force"):
        response = client.post(page(draft, name), {"version": draft.version})
        assert response.status_code == 422
        assert "Newshire Council has no predecessor yet." in text(response)


def test_a_past_day_is_warned_of(client):
    sent = {"name": "History", "source": "", "notes": ""}
    past = {"vesting_on-day": "1", "vesting_on-month": "4", "vesting_on-year": "2023"}
    response = client.post(LIST + "add/", sent | past, follow=True)
    assert text(response).count("The vesting day is not after today: what is recorded is history.") == 2


def test_council_that_carries_on(client, manager):
    alder, birch = make_council(official_name="Alder Council"), make_council(official_name="Birch Council")
    draft = make_draft(manager)
    sent = {"council": alder.pk, "name": "", "official_name": "Newshire Council", "council_type": ""}
    client.post(page(draft, "continuing-add"), sent)
    successor = draft.successors.get()
    client.post(
        page(draft, "predecessors-add", successor=successor.pk),
        {"kind": "merger", "predecessors": [birch.pk], "other": ""},
    )
    content = text(client.get(page(draft, "put-in-force")))
    assert "Alder Council carries on, with its history, its people and its peer challenges." in content
    assert "its official name is Newshire Council" in content
    address = page(draft, "successor-change", successor=successor.pk)
    assert 'value="Newshire Council"' in text(client.get(address))
    draft.refresh_from_db()
    response = client.post(
        address, {"name": "", "official_name": "Newland Council", "council_type": "", "version": draft.version}
    )
    assert response.status_code == 302
    successor.refresh_from_db()
    assert successor.official_name == "Newland Council"
