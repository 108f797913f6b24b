from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from councils import panels as pages
from councils.models import Contact, Council, FormerFact, PoliticalControl, Poll, Seats, Succession, Tenure
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

LIST = "councils:list"


def page(name, council, **kwargs):
    return reverse(f"councils:{name}", kwargs={"slug": council.slug} | kwargs)


def day(name, on):
    return {f"{name}-day": on.day, f"{name}-month": on.month, f"{name}-year": on.year}


def tenure_data(**overrides):
    return {
        "post": "leader",
        "person_name": "Ann Example",
        "party": "Labour",
        **day("started_on", date(2024, 5, 20)),
        "is_first_post": "yes",
        "is_interim": "no",
    } | overrides


@pytest.fixture
def keeper(client_for):
    return client_for(make_user("programme_manager"))


def names(response):
    return [council.name for council in response.context["page_obj"]]


def test_list_searches_and_filters(keeper):
    make_council(name="Alder", region="London", council_type="london_borough")
    make_council(name="Birch", nation="Wales", region="Wales", council_type="welsh_unitary")
    make_council(name="Cedar", end_on=date(2020, 3, 31))
    make_council(name="Damson", start_on=date(2099, 4, 1), official_name="King's Damson & Elder Council")
    for data, expected in [
        ({}, ["Alder", "Birch"]),
        ({"q": "ald"}, ["Alder"]),
        ({"region": "London"}, ["Alder"]),
        ({"nation": "Wales"}, ["Birch"]),
        ({"council_type": "london_borough"}, ["Alder"]),
        ({"status": "abolished"}, ["Cedar"]),
        ({"status": "planned"}, ["Damson"]),
        ({"status": "all", "q": "king's damson & e"}, ["Damson"]),
        ({"nation": "x", "council_type": "x", "status": "x", "page": "x"}, ["Alder", "Birch"]),
    ]:
        response = keeper.get(reverse(LIST), data)
        assert names(response) == expected, data
    assert "1 council<" in keeper.get(reverse(LIST), {"q": "ald"}).content.decode()
    nothing = keeper.get(reverse(LIST), {"q": '"><script>'})
    assert "No council matches" in nothing.content.decode()
    assert_valid_html(nothing.content.decode())


def test_empty_register_says_how_it_is_filled(keeper):
    content = keeper.get(reverse(LIST)).content.decode()
    assert "load_register" in content
    assert_valid_html(content)


def test_list_costs_the_same_with_three_and_three_hundred(keeper):
    parent = make_council(council_type="county")
    for _ in range(2):
        make_council(council_type="district", parent=parent)
    keeper.get(reverse(LIST))
    few = count_queries(lambda: keeper.get(reverse(LIST)))
    for _ in range(297):
        make_council(council_type="district", parent=parent)
    response = keeper.get(reverse(LIST), {"page": "2"})
    assert len(names(response)) == 25 and "300 councils" in response.content.decode()
    assert_valid_html(response.content.decode())
    assert count_queries(lambda: keeper.get(reverse(LIST))) == few <= 12


def full_council():
    council = make_council(name="Alder", election_scheme="all_out", last_ordinary_election=2023)
    for number in range(3):
        for council_a, council_b in [
            (make_council(), council),
            (council, make_council(official_name=f"Next {number} Council")),
        ]:
            Succession.objects.create(predecessor=council_a, successor=council_b, on=date(2023, 4, 1))
    Tenure.objects.create(council=council, post="leader", person_name="Ann Example", started_on=date(2024, 5, 20))
    PoliticalControl.objects.create(council=council, year=2024, control="No overall control")
    return council


@pytest.fixture
def panel():
    """A panel of a package above, registered for one test."""
    asked = []

    def example(council, user):
        asked.append(council)
        return {"template": "components/sub_navigation.html", "text": "unused"}

    pages.register_panel(example)
    pages.register_panel(example)
    yield asked
    pages.PANELS.remove(example)


def test_council_page_shows_facts_and_panels(keeper, panel):
    council = full_council()
    response = keeper.get(page("detail", council))
    content = response.content.decode()
    for text in ["Ann Example", "since 20 May 2024", "No overall control", "Next 2 Council", "(expected)"]:
        assert text in content
    assert f'href="{page("tenure-add", council)}"' in content
    assert_valid_html(content)
    assert panel == [council]
    assert count_queries(lambda: keeper.get(page("detail", council))) <= 12


def test_people_of_a_council_read_their_own_page_only(client_for):
    council = full_council()
    client = client_for(make_user("coordinator", council=council))
    content = client.get(page("detail", council)).content.decode()
    assert "Ann Example" in content and "Next 2 Council" in content
    # Nothing to change, and no link to a page that is not theirs.
    assert page("tenure-add", council) not in content
    others = Council.objects.exclude(pk=council.pk)
    assert len(others) == 6 and not [each for each in others if f"/{each.slug}/" in content]
    assert_valid_html(content)
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(page("detail", make_council())).status_code == 404
    assert client.post(page("tenure-add", council), tenure_data()).status_code == 403
    assert client_for(make_user("peer")).get(page("detail", council)).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("administrator", 200),
        ("programme_manager", 200),
        ("principal_adviser", 200),
        ("peer_challenge_manager", 403),
        ("support_officer", 403),
    ],
)
def test_who_keeps_the_register(client_for, role, status):
    council = full_council()
    client = client_for(make_user(role))
    assert client.get(page("detail", council)).status_code == 200
    for address in [
        page("tenure-add", council),
        page("tenure-end", council, pk=council.tenures.get().pk),
        page("control-add", council),
        page("programme", council),
        page("poll-add", council),
    ]:
        response = client.get(address)
        assert response.status_code == status, address
        assert_valid_html(response.content.decode())


def test_record_a_tenure(keeper):
    council = make_council()
    response = keeper.post(page("tenure-add", council), tenure_data(), follow=True)
    assert response.redirect_chain == [(page("detail", council), 302)]
    assert "The post is recorded" in response.content.decode()
    assert Tenure.objects.get(council=council).is_first_post is True


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"person_name": ""}, "Enter the person's name"),
        ({"person_name": "x" * 151}, "Name must be 150 characters or fewer"),
        ({"started_on-day": "31", "started_on-month": "2"}, "First day must be a real date"),
        ({"started_on-year": "2099"}, "The first day must be today or in the past"),
        (day("ended_on", date(2024, 5, 19)), "The last day must be the same as or after the first"),
        (day("started_on", date(2022, 1, 1)), "Bob Before has held this post since 1 May 2021"),
        ({"post": "king"}, "Choose from the list"),
    ],
)
def test_a_refused_tenure_keeps_what_was_typed(keeper, overrides, sentence):
    council = make_council()
    if "2022" in str(overrides):
        Tenure.objects.create(council=council, post="leader", person_name="Bob Before", started_on=date(2021, 5, 1))
    response = keeper.post(page("tenure-add", council), tenure_data(party="Typed Party", **overrides))
    content = response.content.decode()
    assert response.status_code == 422
    assert sentence in unescape(content) and "Typed Party" in content
    assert_valid_html(content)
    assert not Tenure.objects.filter(council=council).exclude(person_name="Bob Before").exists()


def test_last_day_from_a_stale_page_shows_both_then_saves(keeper):
    council = full_council()
    tenure = council.tenures.get()
    address = page("tenure-end", council, pk=tenure.pk)
    assert keeper.post(address, day("ended_on", date(2025, 5, 1)) | {"version": 0}).status_code == 302
    mine = day("ended_on", date(2025, 6, 2))
    stale = keeper.post(address, mine | {"version": 0})
    content = stale.content.decode()
    assert stale.status_code == 409
    assert "1 May 2025" in content and 'name="version" value="1"' in content
    assert_valid_html(content)
    assert keeper.post(address, mine | {"version": 1}).status_code == 302
    tenure.refresh_from_db()
    assert tenure.ended_on == date(2025, 6, 2)


def test_a_tenure_of_another_council_is_not_found(keeper):
    tenure = full_council().tenures.get()
    assert keeper.get(page("tenure-end", make_council(), pk=tenure.pk)).status_code == 404


def test_record_control(keeper):
    council = make_council()
    address = page("control-add", council)
    assert "The political control is recorded" in str(
        keeper.post(address, {"year": "2024", "control": "Labour"}, follow=True).content
    )
    for year, sentence in [("1066", "Year must be between"), ("9" * 40, "Year must be"), ("x", "Enter a whole number")]:
        response = keeper.post(address, {"year": year, "control": "Typed"})
        assert response.status_code == 422 and sentence in response.content.decode()
        assert_valid_html(response.content.decode())
    assert PoliticalControl.objects.get(council=council).control == "Labour"


def test_leave_the_programme_and_a_stale_page(keeper):
    council = make_council()
    address = page("programme", council)
    assert keeper.post(address, {"in_programme": "no", "version": 0}).status_code == 302
    stale = keeper.post(address, {"in_programme": "yes", "version": 0})
    assert stale.status_code == 409 and 'name="version" value="1"' in stale.content.decode()
    assert_valid_html(stale.content.decode())
    council.refresh_from_db()
    assert council.in_programme is False


@pytest.mark.parametrize(("on", "warned"), [(date(2027, 5, 2), True), (date(2027, 5, 6), False)])
def test_a_poll_on_a_sunday_is_recorded_with_a_warning(keeper, on, warned):
    council = make_council()
    data = day("on", on) | {"text": "", "is_called_off": "no"}
    response = keeper.post(page("poll-add", council), data, follow=True)
    content = response.content.decode()
    assert Poll.objects.get(council=council).on == on
    assert "The poll is recorded" in content and ("is a Sunday" in content) is warned
    assert_valid_html(content)


def make_contact(council, **overrides):
    facts = {"role": "coordinator", "name": "Kim Example", "started_on": date(2024, 5, 20)}
    facts |= {"email": f"kim{council.contacts.count()}@council.example.org"}
    return Contact.objects.create(council=council, **facts | overrides)


def contact_data(**overrides):
    return {
        "role": "coordinator",
        "name": "Kim Example",
        "email": "kim0@council.example.org",
        **day("started_on", date(2024, 5, 20)),
    } | overrides


def test_contacts_are_read_by_the_lga_and_changed_by_the_keepers(client_for, keeper):
    council = make_council()
    contact = make_contact(council, phone="01234 567890")
    make_contact(council, name="Lee Before", ended_on=date(2024, 6, 1))
    changing = [page("contact-add", council), page("contact-change", council, pk=contact.pk)]
    changing += [page("contact-end", council, pk=contact.pk)]
    reader = client_for(make_user("support_officer"))
    for client, status in [(keeper, 200), (reader, 403)]:
        content = client.get(page("contact-list", council)).content.decode()
        assert "kim0@council.example.org" in content and "Since 20 May 2024" in content
        assert (changing[0] in content) is (status == 200) and "until 1 June 2024" in content
        assert_valid_html(content)
        for address in changing:
            response = client.get(address)
            assert response.status_code == status
            assert_valid_html(response.content.decode())
        shown = client.get(page("detail", council)).content.decode()
        assert "kim0@council.example.org" in shown and "Lee Before" not in shown
        assert_valid_html(shown)
    # The council does not see whom the LGA writes to.
    own = client_for(make_user("chief_executive", council=council))
    assert "Kim Example" not in own.get(page("detail", council)).content.decode()
    assert [own.get(address).status_code for address in [page("contact-list", council), *changing]] == [403] * 4
    assert own.post(changing[0], contact_data(name="Not theirs")).status_code == 403
    assert Contact.objects.count() == 2


def test_the_list_of_contacts_costs_the_same_with_one_and_with_three(keeper):
    council = make_council()
    assert "No one recorded yet" in keeper.get(page("contact-list", council)).content.decode()
    make_contact(council)
    few = count_queries(lambda: keeper.get(page("contact-list", council)))
    for _ in range(2):
        make_contact(council)
    assert count_queries(lambda: keeper.get(page("contact-list", council))) == few <= 12


def test_add_a_contact_and_press_twice(keeper):
    council = make_council()
    for _ in range(2):
        response = keeper.post(page("contact-add", council), contact_data(), follow=True)
        assert response.redirect_chain == [(page("contact-list", council), 302)]
        assert "The contact is added" in response.content.decode()
    assert Contact.objects.get(council=council).name == "Kim Example"


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"name": ""}, "Enter the person's name"),
        ({"email": "kim"}, "Enter an email address in the correct format"),
        ({"role": ""}, "Choose the person's role"),
        ({"started_on-month": "13"}, "First day must be a real date"),
        ({"email": "KIM0@council.example.org", "name": "Other"}, "Kim Example is a contact with this address already"),
    ],
)
def test_a_refused_contact_keeps_what_was_typed(keeper, overrides, sentence):
    council = make_council()
    make_contact(council)
    response = keeper.post(page("contact-add", council), contact_data(phone="typed 123") | overrides)
    content = response.content.decode()
    assert response.status_code == 422 and sentence in unescape(content) and "typed 123" in content
    assert_valid_html(content)
    assert Contact.objects.count() == 1


def test_a_contact_from_a_stale_page_shows_both_then_saves(keeper):
    council = make_council()
    contact = make_contact(council)
    for name, saved, mine in [
        ("contact-change", {"name": "Saved", "email": "a@council.example.org"}, {"name": "Mine"}),
        ("contact-end", day("ended_on", date(2025, 5, 1)), day("ended_on", date(2025, 6, 2))),
    ]:
        address, version = page(name, council, pk=contact.pk), Contact.objects.get(pk=contact.pk).version
        assert keeper.post(address, saved | {"version": version}).status_code == 302
        stale = keeper.post(address, saved | mine | {"version": version})
        content = stale.content.decode()
        assert stale.status_code == 409 and f'name="version" value="{version + 1}"' in content
        assert ("1 May 2025" if "end" in name else "Saved") in content
        assert_valid_html(content)
        assert keeper.post(address, saved | mine | {"version": version + 1}).status_code == 302
    contact.refresh_from_db()
    assert (contact.name, contact.ended_on) == ("Mine", date(2025, 6, 2))
    assert keeper.get(page("contact-end", make_council(), pk=contact.pk)).status_code == 404


def test_r8_the_council_as_it_was_on_a_day(keeper, client_for):
    council = full_council()
    FormerFact.objects.create(council=council, fact="name", value="Old Alder", ended_on=date(2024, 5, 31))
    Seats.objects.create(council=council, year=2024, party="Green", number=17)
    own = client_for(make_user("leader", council=council))
    for client in (keeper, own):
        content = client.get(page("as-at", council), {"on": "2024-05-31"}).content.decode()
        for text in ["as it was on 31 May 2024", "Old Alder", "Ann Example", "No overall control", "Green: 17"]:
            assert text in content, text
        assert_valid_html(content)
    later = keeper.get(page("as-at", council), day("on", date(2024, 6, 1))).content.decode()
    assert "as it was on 1 June 2024" in later and "Old Alder" not in later
    assert own.get(page("as-at", make_council())).status_code == 404
    assert count_queries(lambda: keeper.get(page("as-at", council), {"on": "2024-05-31"})) <= 12


def test_a_day_on_which_there_was_no_such_council(keeper):
    council = make_council(start_on=date(2019, 4, 1), end_on=date(2023, 3, 31))
    # It was there on that day still.
    told = keeper.get(page("detail", council)).content.decode()
    assert "The last day of this council was 31 March 2023." in told and "ceased" not in told
    for on, sentence in [
        ("2019-03-31", "Its first day is 1 April 2019."),
        ("2023-04-01", "Its last day was 31 March 2023."),
        ("2019-04-01", ""),
        ("2023-03-31", ""),
    ]:
        content = keeper.get(page("as-at", council), {"on": on}).content.decode()
        assert ("did not exist on this day" in content) is bool(sentence) and sentence in content
        assert_valid_html(content)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"on": ""}, "Enter the day"),
        ({"on": "yesterday"}, "Day must include a day and month"),
        ({"on": "2019-02-31"}, "Day must be a real date"),
        ({"on": "1-1-1"}, "Year must include 4 numbers"),
        ({"on-day": "", "on-month": "", "on-year": ""}, "Enter the day"),
        ({"on-day": "1", "on-month": "x", "on-year": "2019"}, "Day must be a real date"),
    ],
)
def test_a_day_that_is_none_is_told(keeper, asked, sentence):
    council = make_council()
    response = keeper.get(page("as-at", council), asked)
    content = response.content.decode()
    assert response.status_code == 422 and sentence in content and "Political control" not in content
    assert_valid_html(content)
    nothing_asked = keeper.get(page("as-at", council))
    assert nothing_asked.status_code == 200 and "Enter a day to see" in nothing_asked.content.decode()
    assert_valid_html(nothing_asked.content.decode())


def test_r96_the_page_of_the_successor_lists_whom_it_follows(client_for, keeper):
    last_day = date(2019, 3, 31)
    old = [
        make_council(official_name=f"{name} Council", end_on=last_day) for name in ("West Somerset", "Taunton Deane")
    ]
    new = make_council(start_on=date(2019, 4, 1))
    for council in [*old, old[0]]:
        data = {"predecessor": council.pk, "kind": "merger"} | day("on", date(2019, 4, 1))
        response = keeper.post(page("succession-add", new), data, follow=True)
        assert "The succession is recorded" in response.content.decode()
    content = keeper.get(page("detail", new)).content.decode()
    for council in old:
        assert f'href="{page("detail", council)}">{council.official_name}</a>' in content
        assert "Followed by" in keeper.get(page("detail", council)).content.decode()
    assert content.count("from 1 April 2019, merger") == 2
    assert_valid_html(content)
    own = client_for(make_user("leader", council=new)).get(page("detail", new)).content.decode()
    assert "West Somerset Council" in own and "/remove/" not in own


def test_a_refused_succession_keeps_what_was_typed(keeper):
    council = make_council(end_on=date(2020, 3, 31))
    data = {"predecessor": council.pk, "kind": "split"} | day("on", date(2021, 1, 17))
    for chosen, sentence in [
        ({}, "Enter the day after that"),
        ({"predecessor": ""}, "Choose the council that it follows"),
        ({"predecessor": "9" * 17}, "Choose from the list"),
        ({"kind": ""}, "Choose what happened to that council"),
        ({"on-year": ""}, "First day must include a year"),
    ]:
        response = keeper.post(page("succession-add", make_council()), data | chosen)
        content = response.content.decode()
        assert response.status_code == 422 and sentence in content and 'value="17"' in content
        assert_valid_html(content)
    assert not Succession.objects.exists()


def test_a_succession_is_removed_after_a_question_and_only_once(keeper, client_for):
    council = full_council()
    succession = Succession.objects.filter(successor=council).first()
    address = page("succession-remove", council, pk=succession.pk)
    reader = client_for(make_user("support_officer"))
    assert (reader.get(address).status_code, reader.post(address).status_code) == (403, 403)
    asked = keeper.get(address)
    assert succession.predecessor.official_name in asked.content.decode()
    assert_valid_html(asked.content.decode())
    for told in ("The succession is removed", "was already removed"):
        assert told in keeper.post(address, follow=True).content.decode()
    assert keeper.get(address).status_code == 404
    assert Succession.objects.filter(successor=council).count() == 2


def test_days_from_a_stale_page_show_both_then_save(keeper, client_for):
    council = make_council()
    address = page("days", council)
    assert client_for(make_user("support_officer")).get(address).status_code == 403
    assert keeper.post(address, day("end_on", date(2028, 3, 31)) | {"version": 0}).status_code == 302
    mine = day("end_on", date(2029, 3, 31))
    stale = keeper.post(address, mine | {"version": 0})
    assert stale.status_code == 409 and "31 March 2028" in stale.content.decode()
    assert_valid_html(stale.content.decode())
    wrong = keeper.post(address, mine | day("start_on", date(2030, 1, 1)) | {"version": 1})
    assert wrong.status_code == 422 and "same as or after the first" in wrong.content.decode()
    assert keeper.post(address, mine | {"version": 1}).status_code == 302
    council.refresh_from_db()
    assert (council.start_on, council.end_on) == (None, date(2029, 3, 31))


def facts_data(council, **overrides):
    names = ["name", "official_name", "council_type", "region", "election_scheme"]
    data = {name: getattr(council, name) for name in names} | {"version": council.version}
    return data | day("changed_on", date(2021, 4, 1)) | overrides


def test_a_change_of_name_is_recorded_and_a_stale_page_shows_both(keeper, client_for):
    council = make_council(name="Old")
    address = page("facts", council)
    assert client_for(make_user("support_officer")).get(address).status_code == 403
    form = keeper.get(address).content.decode()
    assert 'value="Old"' in form
    assert_valid_html(form)
    first = facts_data(council, name="New")
    for _ in range(2):
        assert "The change is recorded" in keeper.post(address, first, follow=True).content.decode()
    stale = keeper.post(address, first | {"name": "Mine"})
    content = stale.content.decode()
    assert stale.status_code == 409 and "New" in content and 'value="Mine"' in content
    assert 'name="version" value="1"' in content
    assert_valid_html(content)
    assert keeper.post(address, first | {"name": "Mine", "version": 1}).status_code == 302
    council.refresh_from_db()
    assert council.name == "Mine" and council.former_facts.get().value == "Old"


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"name": ""}, "Enter the name"),
        ({"region": "Atlantis"}, "Choose from the list"),
        ({"changed_on-day": ""}, "First day must include a day"),
        ({}, "Nothing is different from what is saved"),
        ({"name": "New", "changed_on-year": "2099"}, "The day must be today or in the past"),
    ],
)
def test_a_refused_change_of_facts_keeps_what_was_typed(keeper, overrides, sentence):
    council = make_council()
    response = keeper.post(page("facts", council), facts_data(council, official_name=council.official_name) | overrides)
    content = response.content.decode()
    assert response.status_code == 422 and sentence in content and council.official_name in content
    assert_valid_html(content)
    assert not council.former_facts.exists()
