from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.cycle.models import AdviserPost, Prompt
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.factories.cycle import make_prompt, make_trigger
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db


@pytest.fixture
def council():
    return make_council(region="North East")


@pytest.fixture
def prompt(council):
    today = timezone.localdate()
    prompt = make_prompt(council, today)
    make_trigger(council, today - timedelta(days=1), detail="Lesley <Example>", prompt=prompt)
    return prompt


def address(prompt):
    return reverse("cycle:prompt-set-aside", kwargs={"slug": prompt.council.slug, "pk": prompt.pk})


def council_page(council):
    return reverse("councils:detail", kwargs={"slug": council.slug})


def adviser_of(council):
    user = make_user("principal_adviser")
    AdviserPost.objects.create(council=council, user=user, started_on=timezone.localdate())
    return user


def test_the_council_page_names_the_prompt_for_the_lga_alone(client_for, council, prompt):
    manager = client_for(make_user("programme_manager")).get(council_page(council))
    content = unescape(manager.content.decode())
    assert_valid_html(manager.content.decode())
    assert "Reasons to get in touch" in content
    assert "(Lesley <Example>)" in content
    assert address(prompt) in content
    support = client_for(make_user("support_officer")).get(council_page(council)).content.decode()
    assert "Reasons to get in touch" in support
    assert address(prompt) not in support
    leader = client_for(make_user("leader", council=council)).get(council_page(council)).content.decode()
    assert "Reasons to get in touch" not in leader


def test_who_may_set_a_prompt_aside(client_for, council, prompt):
    elsewhere = adviser_of(make_council(region="London"))
    for user, status in [
        (make_user("programme_manager"), 200),
        (adviser_of(make_council(region="North East")), 200),
        (elsewhere, 403),
        (make_user("support_officer"), 403),
        (make_user("administrator"), 403),
        (make_user("leader", council=council), 404),
        (make_user("peer"), 404),
    ]:
        client = client_for(user)
        assert client.get(address(prompt)).status_code == status, user
        if status != 200:
            assert client.post(address(prompt), {"reason": "No", "version": 0}).status_code == status
    assert Prompt.objects.get().state == "open"


def test_set_aside_then_a_second_click_is_told(client_for, council, prompt):
    client = client_for(make_user("programme_manager"))
    empty = client.post(address(prompt), {"reason": "", "version": 0})
    assert empty.status_code == 422
    assert "Enter why it is set aside" in empty.content.decode()
    assert_valid_html(empty.content.decode())
    done = client.post(address(prompt), {"reason": "The election is near", "version": 0})
    assert (done.status_code, done.url) == (302, council_page(council))
    assert "Reasons to get in touch" not in client.get(council_page(council)).content.decode()
    again = client.post(address(prompt), {"reason": "The election is near", "version": 0})
    assert again.status_code == 422
    assert "already closed (set aside)" in again.content.decode()
    page = client.get(address(prompt)).content.decode()
    assert "already closed (set aside)" in page
    assert "<textarea" not in page


def test_a_stale_form_shows_what_has_come_and_keeps_the_words(client_for, council, prompt):
    client = client_for(make_user("programme_manager"))
    make_trigger(council, timezone.localdate(), kind="new_chief_executive", detail="Sasha After", prompt=prompt)
    Prompt.objects.filter(pk=prompt.pk).update(version=1)
    stale = client.post(address(prompt), {"reason": "Only a new leader", "version": 0})
    content = unescape(stale.content.decode())
    assert stale.status_code == 409
    assert "Sasha After" in content
    assert "Only a new leader" in content
    assert Prompt.objects.get().state == "open"
    assert client.post(address(prompt), {"reason": "Both known", "version": 1}).status_code == 302


def test_a_prompt_of_another_council_is_not_found(client_for, council, prompt):
    other = reverse("cycle:prompt-set-aside", kwargs={"slug": make_council().slug, "pk": prompt.pk})
    assert client_for(make_user("programme_manager")).get(other).status_code == 404
