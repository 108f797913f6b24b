import email

import pytest
from django.utils import timezone

from cpc.notifications.bounces import came_back, mark_came_back
from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from cpc.notifications.services import resend
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db

# A report as Postfix writes it; Exim and Exchange differ in what they return of the mail.
REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: no-reply@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
{original}
Final-Recipient: rfc822; reader@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <reader@example.org>:
    Recipient address rejected

--x
{returned}
--x--
"""
RETURNED = {
    "the whole mail": "Content-Type: message/rfc822\n\nFrom: no-reply@example.org\nMessage-ID: {id}\nSubject: Reminder\n\nBody\n",
    "its headers": "Content-Type: text/rfc822-headers\n\nFrom: no-reply@example.org\nMessage-ID: {id}\n",
}


@pytest.fixture
def message():
    return Message.objects.create(
        kind="case_state_changed", subject_key="case:1", email="reader@example.org", state="sent", sent_at=timezone.now(),
        context={"case_title": "Exampleshire", "change": "has been paused", "url": "/cases/exampleshire/"},
    )  # fmt: skip


def report(message_id_text, *, action="failed", returned="the whole mail", original=""):
    text = REPORT.format(action=action, returned=RETURNED[returned].format(id=message_id_text), original=original)
    return email.message_from_string(text)


@pytest.mark.parametrize("returned", list(RETURNED))
def test_a_report_of_failure_finds_its_message_and_says_why(message, returned):
    found = came_back(report(message_id(message), returned=returned))
    assert found == (message, "smtp; 550 5.1.1 <reader@example.org>: Recipient address rejected")


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_a_report_of_anything_else_is_let_pass(message, action):
    assert came_back(report(message_id(message), action=action)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Subject: Out of office\n\nI am on leave.",
        "Content-Type: message/delivery-status\n\nAction: failed\n",
        'Content-Type: multipart/report; boundary="x"\n\nno parts',
        "\x00\xff nonsense",
    ],
)
def test_nonsense_and_answers_are_let_pass(message, text):
    assert came_back(email.message_from_string(text)) is None


def test_an_id_that_somebody_guessed_finds_nothing(message):
    assert came_back(report(f"<message-{message.pk}.1@example.org>")) is None
    assert came_back(report(f"<message-{10**17}.1@example.org>")) is None


def test_it_came_back_once_and_only_what_was_sent(message):
    assert [mark_came_back(pk=message.pk, reason="No such address") for _ in range(2)] == [True, False]
    message.refresh_from_db()
    assert (message.state, message.failure) == (MessageState.CAME_BACK, "No such address")
    Message.objects.update(state=MessageState.WAITING)
    assert not mark_came_back(pk=message.pk, reason="No such address")


def test_what_came_back_is_sent_again_to_the_present_address_once(message):
    boss, reader = make_user("support_officer"), make_user("leader", email="present@example.org")
    Message.objects.update(to=reader)
    mark_came_back(pk=message.pk, reason="No such address")
    message.refresh_from_db()
    assert [resend(message=message, by=boss) for _ in range(2)] == [True, False]
    message.refresh_from_db()
    assert (message.email, message.came_back_at, message.resent_by) == ("present@example.org", None, boss)
