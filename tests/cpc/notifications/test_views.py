from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cpc.audit.models import Event
from cpc.notifications import tasks
from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from tests.assessments.self_assessment.test_services import submitted
from tests.counting import count_queries
from tests.factories.accounts import make_invitation, make_user
from tests.factories.assessments import make_staged
from tests.html import assert_valid_html

pytestmark = pytest.mark.django_db
OUTBOX = reverse("notifications:outbox")


def text(response):
    return response.content.decode()


def make_message(state=MessageState.SENT, **changed):
    number = Message.objects.count() + 1
    values = {
        "kind": "case_state_changed",
        "subject_key": f"case:{number}",
        "email": f"reader.{number}@example.org",
        "context": {"case_title": "Exampleshire", "change": "has been paused", "url": "/cases/exampleshire/"},
        "state": state,
        "sent_at": timezone.now() if state == MessageState.SENT else None,
    }
    return Message.objects.create(**values | changed)


def page_of(message):
    return reverse("notifications:message", kwargs={"pk": message.pk})


def resend_of(message):
    return reverse("notifications:resend", kwargs={"pk": message.pk})


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("administrator", 200),
        ("programme_manager", 200),
        ("support_officer", 200),
        ("principal_adviser", 403),
        ("peer_challenge_manager", 403),
        ("leader", 403),
        ("contributor", 403),
        ("peer", 403),
    ],
)
def test_who_reads_the_outbox_and_who_sends_again(client_for, role, status):
    message = make_message(MessageState.FAILED)
    client = client_for(make_user(role))
    assert client.get(OUTBOX).status_code == status
    assert client.get(page_of(message)).status_code == status
    answer = client.post(resend_of(message))
    assert answer.status_code == (302 if status == 200 else 403)
    message.refresh_from_db()
    assert message.state == (MessageState.WAITING if status == 200 else MessageState.FAILED)


def test_somebody_signed_out_is_sent_to_sign_in(client):
    message = make_message(MessageState.FAILED)
    for answer in (client.get(OUTBOX), client.get(page_of(message)), client.post(resend_of(message))):
        assert answer.status_code == 302
        assert "/sign-in/" in answer.url or "/login/" in answer.url
    message.refresh_from_db()
    assert message.state == MessageState.FAILED


def test_the_newest_stands_first_and_is_found_by_state_and_address(client_for):
    now = timezone.now()
    make_message(email="old@example.org", queued_at=now - timedelta(days=2))
    make_message(MessageState.FAILED, email="failed@example.org", queued_at=now - timedelta(days=1))
    make_message(MessageState.WAITING, email="new@example.org", queued_at=now)
    client = client_for(make_user("programme_manager"))
    page = text(client.get(OUTBOX))
    assert_valid_html(page)
    assert "3 messages" in page
    assert page.index("new@example.org") < page.index("failed@example.org") < page.index("old@example.org")
    found = text(client.get(OUTBOX, {"state": "failed"}))
    assert "1 message<" in found
    assert "failed@example.org" in found
    assert "old@example.org" not in found
    found = text(client.get(OUTBOX, {"q": " NEW@example "}))
    assert "new@example.org" in found
    assert "failed@example.org" not in found


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "nobody@example.org"},
        {"q": "%' OR 1=1 --"},
        {"state": "dropped", "q": "x" * 5000},
    ],
)
def test_when_nothing_is_found_the_page_says_so(client_for, asked):
    make_message()
    page = client_for(make_user("administrator")).get(OUTBOX, asked)
    assert page.status_code == 200
    assert "No messages." in text(page)


@pytest.mark.parametrize("page_number", ["0", "999999999", "last", "-1"])
def test_a_page_that_never_was_shows_one_that_is(client_for, page_number):
    make_message()
    page = client_for(make_user("administrator")).get(OUTBOX, {"page": page_number, "state": "unheard of"})
    assert page.status_code == 200
    assert "reader.1@example.org" in text(page)


def test_twenty_five_stand_on_a_page_and_the_filter_goes_along(client_for):
    for _ in range(26):
        make_message()
    client = client_for(make_user("administrator"))
    first = text(client.get(OUTBOX, {"q": "reader"}))
    assert "26 messages" in first
    assert first.count("<tr") == 26  # with the head
    assert "q=reader&amp;page=2" in first or "page=2&amp;q=reader" in first
    assert text(client.get(OUTBOX, {"q": "reader", "page": "2"})).count("<tr") == 2


def test_a_failed_message_says_why_and_is_sent_again_once(client_for):
    failed = make_message(MessageState.FAILED, attempts=8, failure="SMTPServerDisconnected: please run connect() first")
    client = client_for(make_user("support_officer"))
    page = text(client.get(page_of(failed)))
    assert_valid_html(page)
    assert "SMTPServerDisconnected" in page
    assert "Send it again" in page
    page = text(client.post(resend_of(failed), follow=True))
    assert "The message is on its way again" in page
    assert "Send it again" not in page
    again = text(client.post(resend_of(failed), follow=True))
    assert "This message has not failed, so nothing was sent again." in again
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == (MessageState.WAITING, 0)
    assert failed.resent_by is not None
    assert failed.resent_by.role == "support_officer"
    assert f"sent again by {failed.resent_by.full_name}" in again
    assert tasks.deliver_waiting() == 1
    assert "Sent" in text(client.get(page_of(failed)))


@pytest.mark.parametrize("state", [MessageState.WAITING, MessageState.SENT, MessageState.DROPPED])
def test_what_has_not_failed_is_not_sent_again(client_for, state, mailoutbox):
    message = make_message(state, next_attempt_at=timezone.now() + timedelta(hours=1))
    client = client_for(make_user("programme_manager"))
    assert "Send it again" not in text(client.get(page_of(message)))
    client.post(resend_of(message))
    message.refresh_from_db()
    assert message.state == state
    assert message.resent_by is None
    assert mailoutbox == []


def test_a_message_that_waits_for_another_attempt_says_what_went_wrong_and_when_it_is_tried_next(client_for):
    turn = timezone.now() + timedelta(minutes=15)
    message = make_message(MessageState.WAITING, attempts=3, failure="Greylisted", next_attempt_at=turn)
    page = text(client_for(make_user("programme_manager")).get(page_of(message)))
    assert "Greylisted" in page
    assert "Waiting, next attempt" in page


def test_looking_never_sends_again(client_for):
    message = make_message(MessageState.FAILED)
    assert client_for(make_user("administrator")).get(resend_of(message)).status_code == 405
    assert client_for(make_user("administrator")).get("/outbox/999999999/").status_code == 404


def test_a_link_that_signs_somebody_in_is_not_shown(client_for):
    make_invitation("contributor")
    message = Message.objects.get(kind="invitation")
    secret = next(value for name, value in message.context.items() if name == "url")
    page = text(client_for(make_user("administrator")).get(page_of(message)))
    assert "(not shown)" in page
    assert str(secret) not in page


def test_nothing_that_was_written_in_a_case_reaches_the_outbox(client_for, django_capture_on_commit_callbacks):
    staged = make_staged()
    with django_capture_on_commit_callbacks(execute=True):
        submitted(staged)
    client = client_for(staged.programme_manager)
    assert Message.objects.filter(kind="statement_submitted").exists()
    for message in Message.objects.all():
        page = text(client.get(page_of(message)))
        for words in ("What went well", "What is hard"):
            assert words not in page


def test_a_kind_that_is_no_longer_known_is_named_and_its_values_are_kept_back(client_for):
    message = make_message(kind="of_an_older_release", context={"link": "https://example.org/secret"})
    client = client_for(make_user("administrator"))
    assert "of_an_older_release" in text(client.get(OUTBOX))
    page = client.get(page_of(message))
    assert page.status_code == 200
    assert "https://example.org/secret" not in text(page)


def test_the_list_costs_the_same_with_one_and_with_three(client_for):
    client, counts = client_for(make_user("programme_manager")), []
    make_message(case=make_staged().case)
    client.get(OUTBOX)
    counts.append(count_queries(lambda: client.get(OUTBOX)))
    for _ in range(2):
        make_message(case=make_staged().case, to=make_user("leader"))
    counts.append(count_queries(lambda: client.get(OUTBOX)))
    assert counts[0] == counts[1] <= 12


# ------------------------------------------------------------------ several at once

SEVERAL = reverse("notifications:resend-several")


def test_failed_ones_have_a_box_and_the_others_none(client_for):
    failed, back, sent = make_message(MessageState.FAILED), make_message(MessageState.CAME_BACK), make_message()
    client = client_for(make_user("administrator"))
    page = text(client.get(OUTBOX))
    assert_valid_html(page)
    assert [f'value="{each.pk}"' in page for each in (failed, back, sent)] == [True, True, False]
    assert "Resend selected" in page
    assert "Resend selected" not in text(client.get(OUTBOX, {"state": "sent"}))


def test_the_ticked_ones_are_named_and_sent_again_each_to_its_present_address(client_for):
    reader = make_user("leader")
    moved = make_message(MessageState.CAME_BACK, to=reader, email="old@example.org", came_back_at=timezone.now())
    other = make_message(MessageState.FAILED, attempts=8)
    by = make_user("support_officer")
    client = client_for(by)
    page = client.get(SEVERAL, {"message": [moved.pk, other.pk]})
    assert_valid_html(text(page))
    assert "Send 2 messages again?" in text(page)
    assert f'{reader.full_name}, <span class="app-break">{reader.email}</span>, their current address' in text(page)
    assert other.email in text(page)
    assert not Message.objects.filter(state=MessageState.WAITING).exists()
    done = text(client.post(SEVERAL, {"message": [moved.pk, other.pk]}, follow=True))
    assert "2 messages are on their way again" in done
    found = Message.objects.order_by("pk")
    assert list(found.values_list("email", "state", "attempts", "resent_by")) == [
        (reader.email, "waiting", 0, by.pk), (other.email, "waiting", 0, by.pk),
    ]  # fmt: skip
    assert tasks.deliver_waiting() == 2
    assert Event.objects.filter(verb="message_resent", by=by, audience="lga").count() == 2


def test_those_that_cannot_be_sent_again_are_named_with_the_reason_and_keep_no_other_from_it(client_for):
    gone = make_user("leader")
    gone.is_active = False
    gone.save()
    closed = make_message(MessageState.FAILED, to=gone)
    unknown = make_message(MessageState.FAILED, kind="of_an_older_release")
    sent, good = make_message(), make_message(MessageState.FAILED)
    ticked = {"message": [closed.pk, unknown.pk, sent.pk, good.pk]}
    client = client_for(make_user("administrator"))
    for page in (text(client.get(SEVERAL, ticked)), text(client.post(SEVERAL, ticked, follow=True))):
        assert f"The account of {gone.full_name} is closed" in page
        assert "Emails of this kind are no longer sent" in page
        assert "This message has not failed" in page
        assert "1 message" in page
    states = Message.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["failed", "failed", "sent", "waiting"]
    (event,) = Event.objects.filter(verb="message_resent")
    assert event.data["message_id"] == good.pk
    assert f"The account of {gone.full_name} is closed, so it is not sent again" in text(client.get(page_of(closed)))


def test_the_second_click_is_told_that_nothing_was_sent_again(client_for):
    failed = make_message(MessageState.FAILED)
    client = client_for(make_user("administrator"))
    client.post(SEVERAL, {"message": [failed.pk]})
    again = text(client.post(SEVERAL, {"message": [failed.pk]}, follow=True))
    assert "Nothing was sent again." in again
    assert "This message has not failed" in again
    assert Event.objects.filter(verb="message_resent").count() == 1
    # The page that asks was left open and is opened again.
    assert "Nothing to send again" in text(client.get(SEVERAL, {"message": [failed.pk]}))


@pytest.mark.parametrize("ticked", [{}, {"message": ["", "x", "-1", "9" * 30, "²", "999999"]}])
def test_with_nothing_ticked_the_page_says_what_to_do(client_for, ticked):
    make_message(MessageState.FAILED)
    client = client_for(make_user("administrator"))
    page = client.get(SEVERAL, ticked)
    assert page.status_code == 200
    assert_valid_html(text(page))
    assert "No message is ticked" in text(page)
    assert "Nothing was sent again." in text(client.post(SEVERAL, ticked, follow=True))
    assert not Message.objects.exclude(state=MessageState.FAILED).exists()


def test_of_two_about_the_same_to_one_person_one_goes_to_the_present_address(client_for):
    reader = make_user("leader")
    for old in ("older@example.org", "old@example.org"):
        make_message(MessageState.FAILED, to=reader, email=old, subject_key="case:same")
    client = client_for(make_user("administrator"))
    client.post(SEVERAL, {"message": list(Message.objects.values_list("pk", flat=True))})
    assert list(Message.objects.order_by("pk").values_list("email", "state")) == [
        (reader.email, "waiting"), ("old@example.org", "waiting"),
    ]  # fmt: skip


def test_who_may_not_see_the_outbox_sends_nothing_again(client_for):
    failed = make_message(MessageState.FAILED)
    client = client_for(make_user("principal_adviser"))
    assert client.get(SEVERAL, {"message": failed.pk}).status_code == 403
    assert client.post(SEVERAL, {"message": failed.pk}).status_code == 403
    failed.refresh_from_db()
    assert failed.state == MessageState.FAILED


def test_sending_again_costs_the_same_for_one_and_for_twenty(client_for):
    client, asked, posted = client_for(make_user("programme_manager")), [], []
    case = make_staged().case
    for number in (1, 20):
        # What was said after the last post is read.
        client.get(OUTBOX)
        people = [make_user("leader") for _ in range(number)]
        ticked = {"message": [make_message(MessageState.FAILED, case=case, to=each).pk for each in people]}
        asked.append(count_queries(lambda ticked=ticked: client.get(SEVERAL, ticked)))
        posted.append(count_queries(lambda ticked=ticked: client.post(SEVERAL, ticked)))
    assert asked[0] == asked[1] <= 12
    assert posted[0] == posted[1] <= 12
    assert Message.objects.filter(state=MessageState.WAITING).count() == 21


# ------------------------------------------------------------------ once more


def repeat_of(message):
    return reverse("notifications:repeat", kwargs={"pk": message.pk})


@pytest.fixture
def sent_to():
    """A mail about a case, sent to somebody who is on it."""
    staged = make_staged()
    message = make_message(case=staged.case, to=staged.coordinator, email="old@example.org", attempts=1)
    return staged, message


def test_a_mail_that_was_sent_goes_once_more_with_a_reason(client_for, sent_to, mailoutbox):
    staged, message = sent_to
    client = client_for(staged.programme_manager)
    assert repeat_of(message) in text(client.get(page_of(message)))
    assert_valid_html(text(client.get(repeat_of(message))))
    for _ in range(2):  # a second click makes no second copy
        answer = client.post(repeat_of(message), {"reason": "The reader rang", "seen": "0"})
        assert (answer.status_code, answer.url) == (302, page_of(message))
    (copy,) = message.repeats.all()
    assert (copy.state, copy.email, copy.repeat_reason) == ("waiting", staged.coordinator.email, "The reader rang")
    assert copy.resent_by == staged.programme_manager
    message.refresh_from_db()
    assert message.state == MessageState.SENT
    assert tasks.deliver_waiting() == 1
    assert len(mailoutbox) == 1
    # A receiver must not take it for a second copy of the first.
    assert mailoutbox[0].extra_headers["Message-ID"] != message_id(message)
    (event,) = Event.objects.filter(verb="message_repeated")
    assert (event.by, event.case, event.audience) == (staged.programme_manager, staged.case, "lga")
    assert event.data["reason"] == "The reader rang"
    assert "The reader rang" in text(client.get(page_of(copy)))
    client.post(repeat_of(message), {"reason": "And once more", "seen": "1"})
    assert message.repeats.count() == 2


def test_a_colleague_who_was_faster_costs_nobody_the_reason(client_for, sent_to):
    staged, message = sent_to
    client_for(staged.programme_manager).post(repeat_of(message), {"reason": "The reader rang", "seen": "0"})
    page = client_for(make_user("administrator")).post(repeat_of(message), {"reason": "It was lost", "seen": "0"})
    assert page.status_code == 422
    assert "It has just been sent again" in text(page) and "It was lost" in text(page)
    assert message.repeats.count() == 1


def test_without_a_reason_nothing_is_sent_once_more(client_for, sent_to):
    staged, message = sent_to
    page = client_for(staged.programme_manager).post(repeat_of(message), {"reason": "  ", "seen": "0"})
    assert page.status_code == 422
    assert "Enter why it is sent again" in text(page)
    assert not message.repeats.exists()


def test_what_cannot_go_once_more_says_why(client_for, sent_to):
    staged, _ = sent_to
    client = client_for(staged.programme_manager)
    make_invitation()
    tasks.deliver_waiting()
    invitation = Message.objects.get(kind="invitation")
    reminder = make_message(kind="reminders", context={"subject": "x", "items": [], "greeting": ""})
    gone = make_message(kind="of_an_older_release")
    waiting = make_message(MessageState.WAITING)
    left = make_message(case=staged.case, to=make_user("peer"))
    for each, words in (
        (invitation, "not kept once it has gone"),
        (reminder, "the next one says what is due then"),
        (gone, "no longer sent"),
        (waiting, "has not been sent"),
        (left, "may no longer read it"),
    ):
        assert words in text(client.get(repeat_of(each))), each.kind
        assert words in text(client.post(repeat_of(each), {"reason": "Why not", "seen": "0"}, follow=True)), each.kind
        assert not each.repeats.exists()


def test_only_who_sees_the_outbox_sends_once_more(client_for, sent_to):
    _, message = sent_to
    client = client_for(make_user("principal_adviser"))
    assert client.get(repeat_of(message)).status_code == client.post(repeat_of(message)).status_code == 403
