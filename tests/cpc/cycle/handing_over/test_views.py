"""Several councils at once to another principal adviser."""

from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.components.errors import Refused, Stale
from cpc.cycle.journey import services
from cpc.cycle.models import AdviserPost
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
LIST = "/cycle/hand-over/"


def text(response):
    return " ".join(unescape(response.content.decode()).split())


def url(leaving):
    return reverse("cycle:hand-over-several", kwargs={"pk": leaving.pk})


@pytest.fixture
def boss():
    return make_user("programme_manager")


@pytest.fixture
def leaving():
    return make_user("principal_adviser", full_name="Ada Leaving")


@pytest.fixture
def following():
    return make_user("principal_adviser", full_name="Bea Following")


def post_of(leaving, name, **overrides):
    council = make_council(name=name, **overrides)
    return AdviserPost.objects.create(council=council, user=leaving, started_on=date(2024, 1, 1))


def typed(following, *posts, note="Ask for the budget.", on=None):
    on = on or TODAY() + timedelta(days=7)
    data = {"user": following.pk, "on-day": on.day, "on-month": on.month, "on-year": on.year}
    for post in posts:
        data |= {f"note_{post.pk}": f"{note} {post.council.name}" if note else ""}
    return data


def hand_over(leaving, following, by, *posts, **overrides):
    values = {"notes": {post: "Ask for the budget." for post in posts}, "on": TODAY() + timedelta(days=7)}
    return services.hand_over_councils(leaving=leaving, user=following, by=by, **values | overrides)


def test_the_chosen_councils_are_handed_over_with_a_note_each(client_for, boss, leaving, following):
    alder, birch, cedar = (post_of(leaving, name) for name in ("Alder", "Birch", "Cedar"))
    client = client_for(boss)
    page = text(client.get(url(leaving)))
    assert all(name in page for name in ("Alder", "Birch", "Cedar"))
    assert "Handover note" not in page
    page = client.get(url(leaving), {"chosen": "yes"})
    assert page.status_code == 422
    assert "Choose at least one council" in text(page)
    page = text(client.get(url(leaving), {"chosen": "yes", "post": [alder.pk, birch.pk]}))
    assert "Hand 2 councils over" in page
    assert all(f"Handover note for {name} <" in page for name in ("Alder", "Birch"))
    assert "Cedar" not in page
    data = typed(following, alder, birch)
    for _ in range(2):
        assert "2 councils are handed over" in text(client.post(url(leaving), data, follow=True))
    for post in (alder, birch):
        post.refresh_from_db()
        assert post.handover_note == f"Ask for the budget. {post.council.name}"
        assert post.ended_on == TODAY() + timedelta(days=6)
        new = AdviserPost.objects.get(council=post.council, ended_on=None)
        assert (new.user, new.started_on) == (following, TODAY() + timedelta(days=7))
    cedar.refresh_from_db()
    assert (cedar.ended_on, cedar.handover_note) == (None, "")
    assert Event.objects.filter(verb="council_handed_over").count() == 2
    assert not any("budget" in str(event.data) for event in Event.objects.all())


def test_all_are_handed_over_or_none(boss, leaving, following):
    alder, birch = post_of(leaving, "Alder"), post_of(leaving, "Birch")
    with pytest.raises(Refused) as refused:
        hand_over(leaving, following, boss, notes={alder: "Words", birch: " "})
    assert refused.value.field == f"note_{birch.pk}"
    assert "Birch" in refused.value.message
    assert AdviserPost.objects.filter(ended_on=None, user=leaving).count() == 2
    assert not Event.objects.filter(verb="council_handed_over").exists()


def test_it_is_refused_without_councils_for_others_councils_and_on_a_wrong_day(boss, leaving, following):
    alder, elsewhere = post_of(leaving, "Alder"), post_of(make_user("principal_adviser"), "Elsewhere")
    for wrong, field in [
        ({"notes": {}}, ""),
        ({"notes": {alder: "Words", elsewhere: "Words"}}, ""),
        ({"on": date(2024, 1, 1)}, "on"),
        ({"on": date(2150, 1, 1)}, "on"),
        ({"user": leaving}, "user"),
        ({"user": make_user("support_officer")}, "user"),
    ]:
        values = {"leaving": leaving, "notes": {alder: "Words"}, "user": following, "on": TODAY(), "by": boss}
        with pytest.raises(Refused) as refused:
            services.hand_over_councils(**values | wrong)
        assert refused.value.field == field
    assert not Event.objects.filter(verb="council_handed_over").exists()


def test_one_that_was_handed_over_meanwhile_stops_all_and_keeps_what_was_typed(client_for, boss, leaving, following):
    alder, birch = post_of(leaving, "Alder"), post_of(leaving, "Birch")
    third = make_user("principal_adviser")
    services.hand_over_council(council=birch.council, user=third, on=TODAY(), note="Words", seen=birch.pk, by=boss)
    birch.refresh_from_db()
    with pytest.raises(Stale, match="Birch"):
        hand_over(leaving, following, boss, alder, birch)
    client = client_for(boss)
    page = client.post(url(leaving), typed(following, alder, birch))
    assert page.status_code == 409
    assert "Someone else handed Birch over while you had the page open." in text(page)
    assert "Ask for the budget. Alder" in text(page)
    assert AdviserPost.objects.get(council=alder.council).ended_on is None
    assert client.post(url(leaving), typed(following, alder)).status_code == 302


def test_what_is_missing_is_said_beside_its_field(client_for, boss, leaving, following):
    alder = post_of(leaving, "Alder")
    post_of(leaving, "Birch")
    client = client_for(boss)
    for data, sentence in [
        (typed(following), "Choose at least one council"),
        (typed(following, alder, note=""), "Alder: Enter what the next principal adviser needs to know"),
        (typed(following, alder) | {"user": ""}, "Choose the new principal adviser"),
        (typed(following, alder) | {"user": leaving.pk}, "Choose from the list"),
        (typed(following, alder) | {"on-day": ""}, "First day must include a day"),
    ]:
        page = client.post(url(leaving), data)
        assert page.status_code == 422
        assert sentence in text(page)
    assert AdviserPost.objects.count() == 2


def test_of_one_council_there_is_nothing_to_choose(client_for, boss, leaving, following):
    alder = post_of(leaving, "Alder")
    client = client_for(boss)
    page = text(client.get(url(leaving)))
    assert "Hand 1 council over" in page
    assert "Handover note for Alder" in page
    assert client.post(url(leaving), typed(following, alder)).status_code == 302


def test_an_address_that_names_anything_else_asks_which_councils(client_for, boss, leaving, following):
    post_of(leaving, "Alder"), post_of(leaving, "Birch")
    elsewhere = post_of(following, "Cedar")
    client = client_for(boss)
    for named in (["x"], ["9" * 40], ["-1"], [elsewhere.pk], ["١"]):
        page = client.get(url(leaving), {"chosen": "yes", "post": named})
        assert page.status_code == 422
        assert "Choose at least one council" in text(page)
        assert "Cedar" not in text(page)


def test_a_principal_adviser_hands_over_their_own_alone(client_for, leaving, following):
    alder, birch = post_of(leaving, "Alder"), post_of(following, "Birch")
    client = client_for(leaving)
    page = text(client.get(LIST))
    assert url(leaving) in page
    assert "Bea Following" not in page
    assert client.post(url(leaving), typed(following, alder)).status_code == 302
    assert client.get(url(following)).status_code == 403
    assert client.post(url(following), typed(leaving, birch)).status_code == 403
    # Nor by naming the post of another.
    assert client.post(url(leaving), typed(following, birch)).status_code == 422
    assert AdviserPost.objects.get(council=birch.council).ended_on is None
    for role in ("administrator", "peer_challenge_manager", "coordinator", "peer"):
        other = client_for(make_user(role))
        assert other.get(LIST).status_code == 403
        assert other.get(url(leaving)).status_code == 403
        assert other.post(url(leaving), typed(following, alder)).status_code == 403


def test_the_councils_of_one_region(client_for, boss, leaving):
    post_of(leaving, "Alder", region="North East")
    post_of(leaving, "Birch", region="South West")
    client = client_for(boss)
    page = text(client.get(LIST))
    for words in ("Ada Leaving", "North East", "South West", "All regions"):
        assert words in page
    page = text(client.get(url(leaving), {"region": "South West"}))
    assert "Birch" in page
    assert "Alder" not in page
    assert "There are no councils to hand over." in text(client.get(url(leaving), {"region": "Nowhere"}))


def test_nothing_to_hand_over(client_for, boss):
    assert "There are no councils that you may hand over." in text(client_for(boss).get(LIST))


def test_the_pages_cost_the_same_with_few_councils_and_with_many(client_for, boss, leaving, following):
    client, counts = client_for(boss), []
    for number in range(4):
        post_of(leaving, f"Alder {number}", region=f"Region {number}")
        named = {"post": list(AdviserPost.objects.values_list("pk", flat=True))}
        pages = [(LIST, {}), (url(leaving), {}), (url(leaving), named)]
        counts.append([count_queries(lambda page=page: client.get(*page)) for page in pages])
    # Of one council the notes come at once.
    assert counts[1] == counts[3] and counts[0][2] == counts[3][2]
    assert max(counts[3]) <= 12
