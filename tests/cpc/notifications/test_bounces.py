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


# ------------------------------------------------------------------ in a server's own words

QMAIL = """From: MAILER-DAEMON@mail.example.org
To: no-reply@example.org
Subject: failure notice

Hi. This is the qmail-send program at mail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.

<reader@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: {id}
Subject: Reminder
"""
EXIM = """From: Mail Delivery System <Mailer-Daemon@mx.example.org>
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its recipients.
This is a permanent error. The following address failed:

  reader@example.org
    550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

Message-ID: {id}
"""
HTML = """From: postmaster@example.org
Subject: Undeliverable: Reminder
Content-Type: text/html; charset=utf-8

<p>Your message to reader@example.org couldn&#39;t be delivered. Delivery has failed.</p><pre>Message-ID: {html}</pre>
"""
ATTACHED = """From: postmaster@example.org
Subject: Undeliverable mail
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain

Delivery failed: no such user here.
--x
Content-Type: message/rfc822

Message-ID: {id}
Subject: Reminder

Body
--x--
"""


def plain(template: str, of: Message):
    escaped = message_id(of).replace("<", "&lt;").replace(">", "&gt;")
    return email.message_from_string(template.format(id=message_id(of), html=escaped))


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (QMAIL, "I'm afraid I wasn't able to deliver your message to the following addresses."),
        (EXIM, "A message that you sent could not be delivered to one or more of its recipients."),
        (HTML, "Delivery has failed"),
        (ATTACHED, "Delivery failed: no such user here."),
    ],
    ids=["qmail", "exim", "html", "attached"],
)
def test_a_failure_in_plain_words_that_quotes_our_mail_is_counted(message, template, why):
    found = came_back(plain(template, message))
    assert found is not None
    assert found[0] == message
    assert why in found[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # It goes on trying.
        ("Mail delivery failed: returning message to sender", "Warning: message delayed 24 hours"),
        ("This is a permanent error.", "Delivery will be retried for four days."),
        # Somebody who answers, whatever they quote.
        ("Mail Delivery System <Mailer-Daemon@mx.example.org>", "Rea Reader <reader@example.org>"),
        # A number alone could be anybody's guess.
        ("{id}", "<message-1.1@example.org>"),
    ],
)
def test_what_is_no_failure_of_ours_in_plain_words_is_let_pass(message, old, new):
    assert old in EXIM
    assert came_back(plain(EXIM.replace(old, new), message)) is None


def test_an_answer_of_a_server_that_says_nothing_of_a_failure_is_let_pass(message):
    words = (
        "From: postmaster@example.org\nSubject: We are closed\n\nBack on Monday.\n\n> Message-ID: {id}\n> 550 houses\n"
    )
    assert came_back(plain(words, message)) is None
