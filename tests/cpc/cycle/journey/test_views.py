from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.cycle.models import AdviserPost, ContactLogEntry, Conversation, JourneyEntry, SupportLogEntry
from tests.counting import count_queries
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db

PRIVATE = ["contact-log", "contact-add", "conversation-record", "conversation-end"]
SECRET = "Zanzibar"
# Addresses of what the LGA keeps for itself.
KEPT = ["contact-log", "support-log", "how-it-stands", "hand-over"]


def page(name, council, **kwargs):
    return reverse(f"cycle:{name}", kwargs={"slug": council.slug} | kwargs)


def day(name, on):
    return {f"{name}-day": on.day, f"{name}-month": on.month, f"{name}-year": on.year}


def advised(council, user=None, **overrides):
    user = user or make_user("principal_adviser")
    return AdviserPost.objects.create(
        **{"council": council, "user": user, "started_on": date(2024, 1, 1)} | overrides
    ).user


def log(council, by, number=1):
    today = timezone.localdate()
    ContactLogEntry.objects.bulk_create(
        ContactLogEntry(
            council=council,
            on=today,
            with_whom=SECRET,
            text=SECRET,
            written_by=by,
            form_key=f"{council.pk:08}-0000-0000-0000-{index:012}",
        )
        for index in range(number)
    )


@pytest.fixture
def council():
    return make_council(name="Alder", region="London")


@pytest.fixture
def manager():
    return make_user("programme_manager")


def test_contact_log_is_for_programme_managers_and_advisers_of_the_region(client_for, council, manager):
    own = advised(council)
    neighbour = advised(make_council(region="London"))
    former = advised(make_council(region="London"), ended_on=timezone.localdate() - timedelta(days=1))
    elsewhere = advised(make_council(region="South West"))
    log(council, manager)
    answers = {
        "own": client_for(own),
        "neighbour": client_for(neighbour),
        "former": client_for(former),
        "elsewhere": client_for(elsewhere),
        "manager": client_for(manager),
        "administrator": client_for(make_user("administrator")),
        "pcm": client_for(make_user("peer_challenge_manager")),
        "coordinator": client_for(make_user("coordinator", council=council)),
        "chief": client_for(make_user("chief_executive", council=council)),
        "peer": client_for(make_user("peer")),
        "peer of the council": client_for(make_user("peer", council=council)),
    }
    readers = {"own", "neighbour", "manager"}
    staff = readers | {"former", "elsewhere", "administrator", "pcm"}
    for who, client in answers.items():
        response = client.get(page("contact-log", council))
        # To the council and to peers it is as if there were no such page.
        assert response.status_code == (200 if who in readers else 403 if who in staff else 404), who
        assert (SECRET in response.content.decode()) == (who in readers), who
        for name in PRIVATE[1:]:
            assert client.get(page(name, council)).status_code == response.status_code, (who, name)
            assert client.post(page(name, council)).status_code == (422 if who in readers else response.status_code)


def test_council_page_shows_people_of_the_council_nothing_of_it(client_for, council, manager):
    adviser = advised(council, handover_note=SECRET, opening_note=SECRET)
    log(council, manager)
    Conversation.objects.create(
        council=council, state="declined", reason=SECRET, started_on=date(2025, 1, 1), recorded_by=manager
    )
    address = reverse("councils:detail", kwargs={"slug": council.slug})
    for role in ("coordinator", "leader", "contributor", "peer"):
        content = client_for(make_user(role, council=council)).get(address).content.decode()
        assert "Alder" in content
        assert not [word for word in (SECRET, adviser.full_name, "Declined", *KEPT) if word in content], role
    content = client_for(manager).get(address).content.decode()
    assert adviser.full_name in content and page("contact-log", council) in content and SECRET not in content
    assert_valid_html(content)
    content = client_for(make_user("administrator")).get(address).content.decode()
    assert adviser.full_name in content and not [word for word in KEPT if word in content]


def test_contact_log_page_costs_the_same_with_one_and_many(client_for, council):
    adviser = advised(council, handover_note="A note")
    log(council, adviser)
    Conversation.objects.create(
        council=council, state="declined", reason="x", started_on=date(2025, 1, 1), recorded_by=adviser
    )
    client = client_for(adviser)
    client.get(page("contact-log", council))
    few = count_queries(lambda: client.get(page("contact-log", council)))
    ContactLogEntry.objects.all().delete()
    log(council, make_user("programme_manager"), 60)
    for year in range(2000, 2010):
        advised(council, started_on=date(year, 1, 1), ended_on=date(year, 12, 31))
    assert count_queries(lambda: client.get(page("contact-log", council))) == few <= 12
    content = client.get(page("contact-log", council), {"page": "3"}).content.decode()
    assert content.count(f"with {SECRET}") == 10 and "A note" in content
    assert_valid_html(content)


def test_hand_over_by_form(client_for, council, manager):
    first = advised(council)
    second = make_user("principal_adviser")
    client = client_for(first)
    content = client.get(page("hand-over", council))
    assert f"{first.full_name} is the principal adviser" in content.content.decode()
    assert_valid_html(content.content.decode())
    data = {
        "user": second.pk,
        **day("on", timezone.localdate()),
        "note": "",
        "seen": content.context["form"]["seen"].value(),
    }
    refused = client.post(page("hand-over", council), data)
    assert refused.status_code == 422 and "Enter what the next principal adviser" in refused.content.decode()
    data["note"] = "Their budget is late."
    stale = client_for(manager).post(page("hand-over", council), data | {"seen": "0"})
    assert stale.status_code == 409 and "Their budget is late." in stale.content.decode()
    assert_valid_html(stale.content.decode())
    for _ in range(2):
        assert client_for(manager).post(page("hand-over", council), data).status_code == 302
    assert AdviserPost.objects.count() == 2
    # It is no longer theirs to hand over; it is now the other's.
    assert client_for(first).get(page("hand-over", council)).status_code == 403
    assert client_for(second).get(page("hand-over", council)).status_code == 200


def test_only_the_own_adviser_or_a_programme_manager_hands_over(client_for, council, manager):
    neighbour = advised(make_council(region="London"))
    assert client_for(neighbour).get(page("hand-over", council)).status_code == 403
    assert client_for(make_user("administrator")).get(page("hand-over", council)).status_code == 403
    assert client_for(make_user("coordinator", council=council)).get(page("hand-over", council)).status_code == 404
    assert client_for(manager).get(page("hand-over", council)).status_code == 200


def test_contact_and_conversation_by_form(client_for, council, manager):
    client, today = client_for(manager), timezone.localdate()
    form = client.get(page("contact-add", council))
    assert_valid_html(form.content.decode())
    data = {
        **day("on", today),
        "with_whom": "The leader",
        "text": "They want autumn.",
        "form_key": str(form.context["form"]["form_key"].value()),
    }
    late = client.post(page("contact-add", council), data | day("on", today + timedelta(days=1)))
    assert late.status_code == 422 and "They want autumn." in late.content.decode()
    for _ in range(2):
        assert client.post(page("contact-add", council), data).status_code == 302
    assert ContactLogEntry.objects.get().text == "They want autumn."
    assert "No contact status is recorded" in client.get(page("conversation-end", council)).content.decode()
    data = {"state": "declined", "reason": "", **day("started_on", today), "seen": "0"}
    refused = client.post(page("conversation-record", council), data)
    assert refused.status_code == 422 and "Enter the reason that the council gave" in refused.content.decode()
    for _ in range(2):
        assert client.post(page("conversation-record", council), data | {"reason": "Elections"}).status_code == 302
    stale = client.post(page("conversation-record", council), data | {"state": "no_date_agreed"})
    assert stale.status_code == 409 and "Elections" in stale.content.decode()
    assert_valid_html(stale.content.decode())
    conversation = Conversation.objects.get()
    content = client.get(page("contact-log", council)).content.decode()
    assert "Elections" in content and page("conversation-end", council) in content
    end = {**day("ended_on", today), "seen": conversation.pk}
    assert client.post(page("conversation-end", council), end | {"seen": "0"}).status_code == 409
    for _ in range(2):
        assert client.post(page("conversation-end", council), end).status_code == 302
    conversation.refresh_from_db()
    assert conversation.ended_on == today
    assert page("conversation-end", council) not in client.get(page("contact-log", council)).content.decode()


def test_support_log_is_for_the_own_adviser_and_programme_managers(client_for, council, manager):
    own = advised(council)
    neighbour = advised(make_council(region="London"))
    form_key = "00000000-0000-0000-0000-000000000001"
    data = {**day("on", timezone.localdate()), "text": SECRET, "form_key": form_key}
    for _ in range(2):
        assert client_for(own).post(page("support-add", council), data).status_code == 302
    assert SupportLogEntry.objects.get().text == SECRET
    refused = client_for(own).post(page("support-add", council), data | {"text": ""})
    assert refused.status_code == 422
    assert_valid_html(refused.content.decode())
    for user, status in [
        (own, 200),
        (manager, 200),
        (neighbour, 403),
        (make_user("administrator"), 403),
        (make_user("peer_challenge_manager"), 403),
        (make_user("coordinator", council=council), 404),
        (make_user("peer", council=council), 404),
    ]:
        client = client_for(user)
        response = client.get(page("support-log", council))
        assert response.status_code == client.get(page("support-add", council)).status_code == status, user.role
        assert (SECRET in response.content.decode()) == (status == 200)
    client = client_for(own)
    assert_valid_html(client.get(page("support-log", council)).content.decode())
    few = count_queries(lambda: client.get(page("support-log", council)))
    for number in range(2, 30):
        SupportLogEntry.objects.create(
            council=council, on=date(2025, 1, 1), text="x", written_by=manager, form_key=f"{form_key[:-2]}{number:02}"
        )
    assert count_queries(lambda: client.get(page("support-log", council))) <= few + 1 <= 12


def test_journey_by_form(client_for, council, manager):
    client = client_for(advised(council))
    data = {"kind": "best_value_notice", "name": "Notice", **day("started_on", date(2024, 1, 15)), "address": ""}
    assert_valid_html(client.get(page("journey-add", council)).content.decode())
    refused = client.post(page("journey-add", council), data | day("ended_on", date(2024, 1, 14)))
    assert refused.status_code == 422 and "same as or after the first day" in refused.content.decode()
    for _ in range(2):
        assert client.post(page("journey-add", council), data).status_code == 302
    entry = JourneyEntry.objects.get()
    content = client.get(page("journey", council)).content.decode()
    assert (
        page("journey-change", council, pk=entry.pk) in content and page("journey-end", council, pk=entry.pk) in content
    )
    changing, ending = page("journey-change", council, pk=entry.pk), page("journey-end", council, pk=entry.pk)
    for _ in range(2):
        changed = client.post(changing, data | {"name": "First notice", "version": "0"})
        assert changed.status_code == 302
    stale = client.post(changing, data | {"name": "Another notice", "version": "0"})
    assert stale.status_code == 409 and "First notice" in stale.content.decode()
    assert 'value="Another notice"' in stale.content.decode()
    assert_valid_html(stale.content.decode())
    assert client.post(ending, day("ended_on", date(2024, 12, 14)) | {"version": "0"}).status_code == 409
    assert client.post(ending, day("ended_on", date(2024, 12, 14)) | {"version": "1"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.name, entry.ended_on) == ("First notice", date(2024, 12, 14))
    assert ending not in client.get(page("journey", council)).content.decode()
    elsewhere = make_council(region="London")
    assert client.get(page("journey-change", elsewhere, pk=entry.pk)).status_code == 404


def test_one_review_too_many_is_said_when_it_is_recorded(client_for, council, manager):
    client, today = client_for(manager), timezone.localdate()
    for number in range(4):
        data = {"kind": "other_review", "name": f"Review {number}", **day("started_on", today - timedelta(days=number))}
        content = client.post(page("journey-add", council), data, follow=True).content.decode()
        assert ("4 reviews of this council begin within 12 months" in content) == (number == 3)
    assert "4 reviews" in client.get(page("journey", council)).content.decode()
    coordinator = client_for(make_user("coordinator", council=council))
    content = coordinator.get(page("journey", council)).content.decode()
    assert "Review 3" in content and "4 reviews" not in content


def test_who_reads_and_who_keeps_the_journey(client_for, council, manager):
    entry = JourneyEntry.objects.create(
        council=council, kind="intervention", name="Envoy", started_on=date(2024, 1, 15), recorded_by=manager
    )
    writing = [page("journey-add", council)]
    writing += [page(name, council, pk=entry.pk) for name in ("journey-change", "journey-end")]
    for user, reads, keeps in [
        (manager, 200, 200),
        (advised(make_council(region="London")), 200, 200),
        (advised(make_council(region="Wales")), 200, 403),
        (make_user("administrator"), 200, 403),
        (make_user("support_officer"), 200, 403),
        (make_user("leader", council=council), 200, 404),
        (make_user("coordinator"), 404, 404),
        (make_user("peer"), 404, 404),
    ]:
        client = client_for(user)
        response = client.get(page("journey", council))
        assert response.status_code == reads, user.role
        assert (writing[0] in response.content.decode()) == (keeps == 200)
        for address in writing:
            assert client.get(address).status_code == client.post(address).status_code - 222 * (keeps == 200) == keeps
        detail = reverse("councils:detail", kwargs={"slug": council.slug})
        assert (page("journey", council) in client.get(detail).content.decode()) == (reads == 200)
