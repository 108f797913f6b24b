"""Bringing people over from the councils before. The other pages of contacts are in test_views.py."""

from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from councils.models import Contact, Succession
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db
VESTING = date(2028, 4, 1)
LINK = "Bring contacts over from the councils before"


def page(name, council):
    return reverse(f"councils:{name}", kwargs={"slug": council.slug})


def text(response):
    assert_valid_html(response.content.decode())
    return " ".join(unescape(response.content.decode()).split())


def make_contact(council, name="Ann Example", **overrides):
    facts = {"role": "coordinator", "email": f"{name.split()[0].lower()}@council.example.org"} | overrides
    return Contact.objects.create(council=council, name=name, started_on=date(2024, 5, 20), **facts)


@pytest.fixture
def keeper(client_for):
    return client_for(make_user("administrator"))


@pytest.fixture
def heir():
    return make_council(name="Newshire", start_on=VESTING)


@pytest.fixture
def old(heir):
    council = make_council(official_name="Alder District Council", end_on=date(2028, 3, 31))
    Succession.objects.create(predecessor=council, successor=heir, on=VESTING, kind="merger")
    return council


def typed(*contacts, on=VESTING):
    parts = {"started_on-day": on.day, "started_on-month": on.month, "started_on-year": on.year}
    return parts | {"contacts": [contact.pk for contact in contacts]}


def test_people_are_chosen_and_brought_over_from_the_first_day_of_the_council(keeper, heir, old):
    ann, bo = make_contact(old), make_contact(old, "Bo Example")
    assert LINK in text(keeper.get(page("contact-list", heir)))
    asked = text(keeper.get(page("contacts-bring-over", heir)))
    assert "Ann Example, Peer challenge coordinator, Alder District Council (ann@council.example.org)" in asked
    assert 'name="started_on-day" type="text" value="1"' in asked and 'value="2028"' in asked
    for _ in range(2):
        answer = keeper.post(page("contacts-bring-over", heir), typed(ann), follow=True)
        assert "The contacts are brought over" in text(answer)
    assert [(each.name, each.started_on) for each in heir.contacts.all()] == [("Ann Example", VESTING)]
    # Who is here already is not offered again; at the end nothing is.
    asked = text(keeper.get(page("contacts-bring-over", heir)))
    assert "Bo Example" in asked and "Ann Example" not in asked
    keeper.post(page("contacts-bring-over", heir), typed(bo))
    assert "There is no one left to bring over from the councils before this one" in text(
        keeper.get(page("contacts-bring-over", heir))
    )
    assert LINK not in text(keeper.get(page("contact-list", heir)))


def test_what_is_missing_is_said_and_comes_back(keeper, heir, old):
    ann, stranger = make_contact(old), make_contact(make_council(), "Cy Example")
    for data, sentence in [
        (typed(), "Choose at least one contact"),
        (typed(ann) | {"started_on-day": "31", "started_on-month": "2"}, "First day must be a real date"),
        (typed(stranger), "Choose from the list"),
    ]:
        answer = keeper.post(page("contacts-bring-over", heir), data)
        assert answer.status_code == 422
        assert sentence in text(answer) and 'value="2028"' in text(answer)
    assert not heir.contacts.exists()


def test_a_council_that_follows_nobody_has_nobody_to_bring(keeper, old):
    make_contact(old)
    assert LINK not in text(keeper.get(page("contact-list", old)))
    assert "There is no one left to bring over" in text(keeper.get(page("contacts-bring-over", old)))


def test_only_who_keeps_the_register_brings_people_over(client_for, heir, old):
    ann = make_contact(old)
    reader = client_for(make_user("support_officer"))
    assert LINK not in text(reader.get(page("contact-list", heir)))
    assert reader.get(page("contacts-bring-over", heir)).status_code == 403
    assert reader.post(page("contacts-bring-over", heir), typed(ann)).status_code == 403
    assert not heir.contacts.exists()


def test_the_pages_cost_the_same_with_one_and_with_three(keeper, heir, old):
    counts = []
    for number in range(3):
        make_contact(old, f"Ann{number} Example")
        pages = [page("contacts-bring-over", heir), page("contact-list", heir)]
        counts.append([count_queries(lambda url=url: keeper.get(url)) for url in pages])
    assert counts[0] == counts[2] and max(counts[2]) <= 12
