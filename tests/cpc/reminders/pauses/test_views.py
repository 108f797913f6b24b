from datetime import timedelta
from html import unescape

import pytest

from cpc.reminders.models import ReminderPause
from tests.counting import count_queries
from tests.cpc.conftest import START
from tests.factories.accounts import make_user
from tests.factories.councils import make_council
from tests.html import assert_valid_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST, OWN = "/reminders/pauses/", "/reminders/yours/"
DAY = timedelta(days=1)


def words(response):
    return " ".join(unescape(response.content.decode()).split())


def until(on):
    return {"ends_on-day": on.day, "ends_on-month": on.month, "ends_on-year": on.year}


@pytest.fixture
def boss(client_for):
    return client_for(make_user("programme_manager"))


def test_reminders_of_a_council_are_paused_listed_and_sent_again(boss):
    council = make_council(name="Alderham")
    assert (
        boss.post(f"{LIST}add/", {"council": council.pk, "reason": "A merger", **until(START + DAY)}).status_code == 302
    )
    page = boss.get(LIST)
    assert_valid_html(page.content.decode())
    for text in ("Alderham", "A merger", "17 November 2026"):
        assert text in words(page)
    pause = ReminderPause.objects.get()
    lift = f"{LIST}{pause.pk}/lift/"
    assert "Alderham" in words(boss.get(lift))
    assert "would last until 17 November 2026" in words(boss.get(lift))
    boss.post(lift)
    over = words(boss.get(lift))
    assert "The pause for Alderham ended on 16 November 2026. Reminders are sent again." in over
    assert "would last until" not in over
    assert 'method="post" novalidate' not in over
    assert "was over already" in words(boss.post(lift, follow=True))
    assert "No reminders are paused." in words(boss.get(LIST))
    assert "Ended on" in words(boss.get(f"{LIST}?past=yes"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"email": ""}, "Choose one council, or enter one email address"),
        ({"email": "nonsense"}, "Enter an email address in the correct format"),
        ({"reason": ""}, "Enter why reminders are paused"),
        (until(START - DAY), "The last day must be today or in the future"),
        (until(START + 400 * DAY), "The last day must be before"),
        ({"ends_on-month": "13"}, "Last day without reminders must"),
    ],
)
def test_bad_input_comes_back_beside_its_field(boss, changed, sentence):
    page = boss.post(f"{LIST}add/", {"email": "a@example.org", "reason": "On leave", **until(START + DAY)} | changed)
    assert page.status_code == 422
    assert_valid_html(page.content.decode())
    assert words(page).count(sentence) >= 2
    assert not ReminderPause.objects.exists()


def test_everybody_pauses_and_ends_their_own_alone(client_for):
    leader, other = make_user("leader"), make_user("leader")
    client = client_for(leader)
    assert "at most one email a day" in words(client.get(OWN))
    assert client.post(f"{OWN}pause/", {"reason": "On leave", **until(START + DAY)}).status_code == 302
    pause = ReminderPause.objects.get()
    assert pause.email == leader.email
    page = client.get(OWN)
    assert_valid_html(page.content.decode())
    assert "until 17 November 2026: On leave" in words(page)
    lift = f"{OWN}{pause.pk}/lift/"
    assert client_for(other).get(lift).status_code == client_for(other).post(lift).status_code == 404
    assert client.get(lift).status_code == 200
    assert client.post(lift).status_code == 302
    assert "was over already" in words(client.post(lift, follow=True))
    assert client.get(LIST).status_code == client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{pause.pk}/lift/").status_code == 403


def test_the_list_costs_the_same_with_one_pause_and_with_three(boss):
    counts = []
    for number in range(3):
        council = make_council()
        boss.post(f"{LIST}add/", {"council": council.pk, "reason": str(number), **until(START + DAY)})
        counts.append(count_queries(lambda: boss.get(LIST)))
    assert counts[0] == counts[2] <= 12


def test_a_pause_that_is_over_by_itself_is_told_as_ended(client_for, clock):
    leader = make_user("leader")
    client = client_for(leader)
    client.post(f"{OWN}pause/", {"reason": "On leave", **until(START + DAY)})
    lift = f"{OWN}{ReminderPause.objects.get().pk}/lift/"
    assert "would last until" in words(client.get(lift))
    clock.move_to(f"{START + 2 * DAY}T12:00:00+00:00")
    client = client_for(leader)
    page = client.get(lift)
    assert_valid_html(page.content.decode())
    assert f"The pause for {leader.email} ended on 17 November 2026." in words(page)
    assert "would last until" not in words(page)
    assert "was over already" in words(client.post(lift, follow=True))


def test_ones_own_pauses_are_paged_and_cost_the_same(client_for):
    leader = make_user("leader")
    client, counts = client_for(leader), []
    for number in range(27):
        client.post(f"{OWN}pause/", {"reason": str(number), **until(START + DAY)})
        if number in {0, 2}:
            counts.append(count_queries(lambda: client.get(OWN)))
    assert counts[0] == counts[1] <= 12
    assert words(client.get(OWN)).count("You will get no reminders") == 25
    second = client.get(OWN, {"page": "2"})
    assert_valid_html(second.content.decode())
    assert words(second).count("You will get no reminders") == 2
