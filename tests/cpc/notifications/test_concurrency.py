"""Real threads with their own connections: what the claim and the row's lock promise, seen from outside."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.core import mail
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.notifications import services, tasks
from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8
DUE = 40
WORDS = {"case_title": "Exampleshire", "change": "has been paused", "url": "/cases/exampleshire/"}


def at_once(attempt: Callable[[int], object]) -> list[object]:
    """What each of eight threads got that began together."""
    start = Barrier(THREADS)

    def one(number: int) -> object:
        start.wait()
        try:
            return attempt(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def make_due(number: int = DUE) -> list[Message]:
    """Rows without hints, as a crash leaves them."""
    return Message.objects.bulk_create(
        Message(kind="case_state_changed", subject_key=f"case:{each}", email=f"r{each}@example.org", context=WORDS)
        for each in range(number)
    )


def sent_ids() -> Counter[str]:
    return Counter(each.extra_headers["Message-ID"] for each in mail.outbox)


def test_eight_sweeps_at_once_deliver_each_message_once():
    due = make_due()
    sent = at_once(lambda number: tasks.deliver_waiting())
    assert sum(sent) == DUE
    assert sent_ids() == {message_id(message): 1 for message in due}
    rows = Message.objects.all()
    assert {(row.state, row.attempts) for row in rows} == {(MessageState.SENT, 1)}
    assert all(row.sent_at for row in rows)


def test_sweeps_and_hints_at_once_deliver_each_message_once():
    due = make_due()

    def attempt(number):
        if number % 2:
            return tasks.deliver_waiting()
        for message in reversed(due):
            tasks.deliver(message.pk)

    at_once(attempt)
    assert sent_ids() == {message_id(message): 1 for message in due}


def test_a_message_in_another_workers_hands_is_left_alone_and_the_rest_is_sent():
    """Nobody waits for the lock: a mail server that hangs for one worker stops no other."""
    held, *rest = make_due(4)

    def sweep():
        try:
            return tasks.deliver_waiting()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Message.objects.select_for_update().get(pk=held.pk)
        assert pool.submit(sweep).result(20) == len(rest)
    assert message_id(held) not in sent_ids()
    assert tasks.deliver_waiting() == 1
    assert sent_ids() == {message_id(message): 1 for message in [held, *rest]}


def test_eight_claims_of_one_message_queue_one_and_one_of_them_knows_it():
    got = at_once(
        lambda number: services.queue_notification(
            kind="case_state_changed", to=None, email="reader@example.org", subject_key="case:1", context=WORDS
        )
    )
    assert Message.objects.count() == 1
    assert sum(each is not None for each in got) == 1
    assert len(mail.outbox) == 1


def test_eight_clicks_on_send_again_send_once():
    (message,) = make_due(1)
    Message.objects.update(state=MessageState.FAILED, attempts=8, next_attempt_at=timezone.now())
    officer = make_user("support_officer")
    got = at_once(lambda number: services.resend(message=Message.objects.get(pk=message.pk), by=officer))
    assert Counter(got) == {True: 1, False: THREADS - 1}
    # The hint may have come while another click still held the row.
    tasks.deliver_waiting()
    assert sent_ids() == {message_id(message): 1}


def test_nine_equal_posts_of_ticked_messages_send_each_once():
    failed = make_due(3)
    Message.objects.update(state=MessageState.FAILED, attempts=8, next_attempt_at=timezone.now())
    client = Client()
    client.force_login(make_user("support_officer"), backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session.session_key
    barrier = Barrier(9)

    def post(number: int) -> int:
        one = Client(raise_request_exception=False)
        one.cookies[settings.SESSION_COOKIE_NAME] = session
        barrier.wait(10)
        try:
            return one.post(
                reverse("notifications:resend-several"), {"message": [each.pk for each in failed]}
            ).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(9) as pool:
        assert set(pool.map(post, range(9))) == {302}
    tasks.deliver_waiting()
    assert sent_ids() == {message_id(message): 1 for message in failed}
    assert Event.objects.filter(verb="message_resent").count() == 3
