"""Pages on which several people write: typed words reach the server, and colleagues are seen before they are in the way."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.drafts.models import Draft, OpenPage
from cpc.drafts.openings import forget_closed_pages
from cpc.drafts.words import unlocked
from tests.addresses import addresses
from tests.factories.world import World, make_world
from tests.opening import open_for_work, who_opens

pytestmark = pytest.mark.django_db

TICKET = re.compile(r'data-ticket="([^"]+)"')
KEEP = "/drafts/keep/"
SHARED = {
    "self_assessment:section-edit",
    "onsite:finding-add",
    "onsite:finding-edit",
    "report:headline-edit",
    "report:recommendation-add",
    "report:recommendation-edit",
    "action_plan:answer-edit",
    "action_plan:action-add",
    "action_plan:action-edit",
    "action_plan:action-progress",
    "progress_review:summary-edit",
    "progress_review:council-rating",
    "progress_review:peers-view",
}


@pytest.fixture
def world() -> World:
    return make_world()


def ticket_of(page: str) -> str:
    found = TICKET.search(page)
    assert found
    return found[1]


def test_each_page_of_the_statement_findings_report_and_plan_takes_drafts(world: World, client_for):
    urls = addresses(world)
    for name in sorted(SHARED):
        open_for_work(world.case, name)
        person = world.fresh(who_opens(name))
        client = client_for(person)
        ticket = ticket_of(client.get(urls[name]).content.decode())
        answer = client.post(KEEP, {"ticket": ticket, "text": "Half a sentence", "version": "0"})
        assert answer.status_code == 200 and re.fullmatch(r"\d\d:\d\d", answer.json()["at"]), name
        draft = Draft.objects.get(person=person, address=urls[name])
        assert ("text", "Half a sentence") in unlocked(draft.words)


def test_a_ticket_is_for_one_person_and_one_page(world: World, client_for):
    name = "onsite:finding-edit"
    open_for_work(world.case, name)
    url = addresses(world)[name]
    ticket = ticket_of(client_for(world.fresh(who_opens(name))).get(url).content.decode())
    stranger = client_for(world.people["second.leader"])
    for wrong in (ticket, "", "made-up"):
        assert stranger.post(KEEP, {"ticket": wrong, "text": "Half a sentence"}).status_code == 400
    assert not Draft.objects.filter(address=url).exists()
    assert not OpenPage.objects.filter(person=world.people["second.leader"]).exists()


def test_a_colleague_who_has_it_open_is_named_until_they_have_gone(world: World, client_for):
    name = "self_assessment:section-edit"
    open_for_work(world.case, name)
    url = addresses(world)[name]
    leader, coordinator = world.people["leader"], world.people["coordinator"]
    first, second = client_for(leader), client_for(coordinator)
    said = f"{leader.full_name} has had this open since"
    first_page = first.get(url).content.decode()
    assert "has had this open" not in first_page
    second_page = second.get(url).content.decode()
    assert said in second_page
    assert said not in first.get(url).content.decode()
    # Whoever was first hears of the second as soon as they type.
    answer = first.post(KEEP, {"ticket": ticket_of(first_page), "text": "Half a sentence"})
    assert answer.json()["others"] == [f"{coordinator.full_name} has had this open since {timezone.localtime():%H:%M}."]
    OpenPage.objects.filter(person=leader).update(seen_at=timezone.now() - timedelta(minutes=11))
    assert said not in second.get(url).content.decode()
    assert forget_closed_pages() == 1


def test_who_saves_has_it_open_no_more(world: World, client_for):
    name = "onsite:finding-edit"
    open_for_work(world.case, name)
    url = addresses(world)[name]
    person = world.fresh(who_opens(name))
    client = client_for(person)
    form = client.get(url).context["form"]
    ticket = ticket_of(client.get(url).content.decode())
    client.post(KEEP, {"ticket": ticket, "headline": "Half a sentence"})
    assert OpenPage.objects.filter(person=person).count() == 1
    sent = {name: value for name, value in form.initial.items() if not isinstance(value, bool)}
    yes_and_no = {name: "yes" if value else "no" for name, value in form.initial.items() if isinstance(value, bool)}
    assert client.post(url, sent | yes_and_no | {"headline": "A whole sentence"}).status_code == 302
    assert not OpenPage.objects.filter(person=person).exists()
    assert not Draft.objects.filter(person=person).exists()


def test_a_draft_that_came_after_its_words_were_saved_is_no_draft(world: World, client_for):
    name = "report:headline-edit"
    open_for_work(world.case, name)
    url = addresses(world)[name]
    client = client_for(world.fresh(who_opens(name)))
    ticket = ticket_of(client.get(url).content.decode())
    report = world.case.report
    client.post(
        KEEP, {"ticket": ticket, "headline": report.headline, "version": report.version - 1 if report.version else 9}
    )
    page = client.get(url).content.decode()
    assert "not yet saved" not in page
    assert f'name="version" value="{report.version}"' in page


def test_a_page_that_is_closed_for_writing_shows_the_draft_to_copy(world: World, client_for):
    name = "self_assessment:section-edit"
    open_for_work(world.case, name)
    url = addresses(world)[name]
    client = client_for(world.people["leader"])
    client.post(KEEP, {"ticket": ticket_of(client.get(url).content.decode()), "successes": "Written on the train"})
    type(world.case).objects.filter(pk=world.case.pk).update(stage="report")
    page = client.get(url).content.decode()
    assert "Written on the train" in page and "cannot be saved here now" in page
    assert "<textarea" not in page
    assert reverse("drafts:keep") not in page
