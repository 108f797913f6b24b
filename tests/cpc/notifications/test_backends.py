import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.utils import timezone

from cpc.notifications import services, tasks
from cpc.notifications.bounces import NOTIFY_BACKEND, ask_notify
from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from tests.cpc.notifications.notify_server import KEY, NotifyServer

pytestmark = pytest.mark.django_db

WORDS = {"case_title": "King's Lynn", "change": "has been paused", "url": "/cases/exampleshire/"}


@pytest.fixture
def notify(settings):
    servers = []

    def start(*answers, key=KEY):
        servers.append(NotifyServer(*answers))
        settings.EMAIL_BACKEND = NOTIFY_BACKEND
        settings.NOTIFY_API_KEY, settings.NOTIFY_TEMPLATE_ID = key, "00000000-0000-0000-0000-000000000003"
        settings.NOTIFY_URL, settings.EMAIL_TIMEOUT = servers[-1].url, 1
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def message():
    return Message.objects.create(
        kind="case_state_changed", subject_key="case:1", email="reader@example.org", context=WORDS
    )


def now(message):
    return Message.objects.get(pk=message.pk)


def again(message):
    Message.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now())
    return services.deliver(message.pk)


def test_a_mail_goes_through_notify_with_its_words_and_its_message_id(notify, message):
    server = notify()
    assert services.deliver(message.pk)
    (taken,) = server.taken
    assert taken["email_address"] == "reader@example.org"
    assert taken["reference"] == message_id(message)
    assert taken["template_id"] == "00000000-0000-0000-0000-000000000003"
    assert taken["personalisation"]["subject"] == "King's Lynn peer challenge has been paused"
    assert "/cases/exampleshire/" in taken["personalisation"]["body"]
    assert now(message).state == MessageState.SENT


def test_a_wrong_key_is_refused_and_the_failure_is_visible(notify, message):
    server = notify(key=KEY[:-1] + "9")
    assert not services.deliver(message.pk)
    assert server.taken == []
    assert now(message).state == MessageState.WAITING
    assert "API key not found" in now(message).failure


@pytest.mark.parametrize("answer", [429, 500, 503])
def test_what_notify_cannot_take_now_is_offered_again(notify, message, answer):
    server = notify(answer)
    assert not services.deliver(message.pk)
    assert "Try again later" in now(message).failure
    assert again(message)
    assert len(server.taken) == 1
    assert now(message).failure == ""


def test_a_hanging_notify_is_given_up_and_tried_again(notify, message):
    server = notify("hang")
    assert not services.deliver(message.pk)
    assert now(message).failure
    assert again(message)
    assert len(server.taken) == 1


def test_what_was_taken_before_the_line_went_dead_is_not_sent_twice(notify, message):
    server = notify("drop")
    assert not services.deliver(message.pk)
    assert len(server.taken) == 1
    assert again(message)
    assert (len(server.taken), server.posts) == (1, 1)
    assert now(message).state == MessageState.SENT


def test_without_a_key_it_says_what_to_set(notify):
    notify(key="")
    with pytest.raises(ImproperlyConfigured, match="NOTIFY_API_KEY"):
        get_connection()


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_what_came_back_is_found_by_asking_and_stands_in_the_outbox(notify, message, status):
    server = notify()
    services.deliver(message.pk)
    assert ask_notify() == 0
    server.taken[0]["status"] = status
    assert tasks.ask_provider() == 1
    assert tasks.ask_provider() == 0
    assert now(message).state == MessageState.CAME_BACK
    assert now(message).failure
    assert now(message).came_back_at


def test_what_arrived_is_not_asked_about_again(notify, message):
    server = notify()
    services.deliver(message.pk)
    server.taken[0]["status"] = "delivered"
    ask_notify()
    assert now(message).arrived_at
    server.taken[0]["status"] = "permanent-failure"
    assert ask_notify() == 0


def test_by_smtp_nobody_is_asked(message):
    assert ask_notify() == 0
