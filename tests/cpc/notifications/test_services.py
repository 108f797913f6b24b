import socket
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from django.core import mail
from django.core.mail import get_connection
from django.db import connection, transaction
from django.utils import timezone
from icalendar import Calendar
from icalendar import Event as Entry

from cpc.accounts.models import User
from cpc.accounts.services import withdraw_invitation
from cpc.audit.models import Event
from cpc.audit.presenters import sentence
from cpc.casework.services import cancel_case, pause_case, remove_member
from cpc.config import celery_app
from cpc.notifications import services, tasks
from cpc.notifications.mail_kinds import KINDS, CalendarEvent
from cpc.notifications.models import Message, MessageState
from cpc.notifications.queries import shown_context
from cpc.notifications.rendering import message_id
from cpc.notifications.secret_fields import unseal
from tests.factories.accounts import make_invitation, make_user
from tests.factories.assessments import make_staged

pytestmark = pytest.mark.django_db

WORDS = {"case_title": "Exampleshire", "change": "has been paused", "url": "/cases/exampleshire/"}


def queue(kind: str = "case_state_changed", key: str = "case:1", **changed):
    values = {"to": None, "email": "reader@example.org", "context": WORDS}
    return services.queue_notification(kind=kind, subject_key=key, **values | changed)


def now(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def its_turn(message: Message) -> None:
    """The time until the next attempt has passed."""
    Message.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))


# ------------------------------------------------------------------ claiming


def test_the_same_message_is_claimed_once_and_mailed_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first, second = queue(), queue()
    assert first is not None
    assert second is None
    assert [message.to for message in mail.outbox] == [["reader@example.org"]]
    with django_capture_on_commit_callbacks(execute=True):
        assert queue() is None  # and not once it is sent either
    assert tasks.deliver_waiting() == 0
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "test_kind"},
        {"key": "case:2"},
        {"email": "second.reader@example.org"},
    ],
)
def test_another_kind_subject_or_recipient_is_another_message(kind, other):
    kind()
    assert queue() is not None
    assert queue(**other) is not None
    assert Message.objects.count() == 2


def test_an_address_in_capitals_is_the_same_recipient():
    assert queue(email=" Reader@Example.ORG ") is not None
    assert queue() is None
    assert Message.objects.get().email == "reader@example.org"


def test_nothing_leaves_when_the_transaction_is_taken_back(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), transaction.atomic():
        queue()
        raise ZeroDivisionError
    assert mail.outbox == []
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "context",
    [
        {name: value for name, value in WORDS.items() if name != "change"},
        WORDS | {"finding": "The culture is poor"},
    ],
)
def test_a_value_that_is_missing_or_not_declared_is_refused_before_anything_is_queued(context):
    with pytest.raises(ValueError, match="change|finding"):
        queue(context=context)
    assert not Message.objects.exists()


def test_a_message_to_nobody_is_refused():
    with pytest.raises(ValueError, match="recipient"):
        queue(email=" ")


def test_a_queue_that_is_down_costs_nobody_their_request_and_the_sweep_sends_it(
    monkeypatch, django_capture_on_commit_callbacks, caplog
):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setitem(celery_app.conf.changes, "task_always_eager", False)
    with celery_app.connection_for_write(f"redis://127.0.0.1:{port}/0") as nobody:
        publish = tasks.deliver.apply_async
        monkeypatch.setattr(tasks.deliver, "apply_async", partial(publish, connection=nobody))
        waited: list[float] = []
        monkeypatch.setattr("kombu.utils.functional.sleep", waited.append)
        with django_capture_on_commit_callbacks(execute=True):
            messages = [queue(key=f"case:{number}") for number in range(10)]
        # What a request would have waited for the queue to come back, however fast the machine.
        assert sum(waited) < 2
    assert mail.outbox == []
    assert "The queue took no hint for notifications.deliver" in caplog.text
    assert {message.state for message in messages} == {MessageState.WAITING}
    assert tasks.deliver_waiting() == 10
    assert len(mail.outbox) == 10


# ------------------------------------------------------------------ what no longer applies


def test_a_sent_message_is_not_sent_again_by_a_late_hint():
    message = queue()
    assert services.deliver(message.pk) is True
    assert services.deliver(message.pk) is False
    tasks.deliver(message.pk)
    assert len(mail.outbox) == 1
    assert now(message).attempts == 1


def test_a_closed_account_gets_no_mail_of_any_kind(kind):
    """Even of a kind that has no rule of its own."""
    person = make_user("coordinator")
    kind()
    message = queue("test_kind", to=person, email="")
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert services.deliver(message.pk) is False
    assert mail.outbox == []
    assert now(message).state == MessageState.DROPPED
    # Dropped is final: opening the account again does not bring old mail.
    User.objects.filter(pk=person.pk).update(is_active=True)
    assert tasks.deliver_waiting() == 0


@pytest.mark.parametrize("end", ["cancelled", "paused"])
def test_a_case_that_stands_still_asks_nobody_for_work(end):
    staged = make_staged()
    message = queue(
        "statement_returned",
        to=staged.coordinator,
        email="",
        case=staged.case,
        context={"case_title": "Exampleshire", "url": "/cases/exampleshire/"},
    )
    change = {"cancelled": cancel_case, "paused": pause_case}[end]
    change(case=staged.case, reason="A by-election", by=staged.programme_manager)
    assert services.deliver(message.pk) is False
    assert mail.outbox == []
    assert now(message).state == MessageState.DROPPED


def test_a_cancelled_case_still_tells_its_people_that_it_ended():
    staged = make_staged()
    cancel_case(case=staged.case, reason="The council is abolished", by=staged.programme_manager)
    tasks.deliver_waiting()
    told = {address for message in mail.outbox for address in message.to}
    assert staged.coordinator.email in told
    assert all("has been cancelled" in message.subject for message in mail.outbox)


def test_somebody_who_left_the_case_is_not_written_to():
    staged = make_staged()
    message = queue(to=staged.coordinator, email="", case=staged.case)
    membership = staged.case.memberships.get(user=staged.coordinator)
    remove_member(membership=membership, reason="Left the council", by=staged.programme_manager)
    assert services.deliver(message.pk) is False
    assert mail.outbox == []


def test_an_invitation_that_was_withdrawn_is_not_mailed():
    invitation, _ = make_invitation()
    message = Message.objects.get(kind="invitation")
    withdraw_invitation(invitation=invitation, by=make_user("administrator"))
    assert services.deliver(message.pk) is False
    assert now(message).state == MessageState.DROPPED


def test_values_that_hang_on_the_day_are_those_of_the_day_of_sending(kind):
    kind(renew=lambda message: {"change": "has been paused for two days"})
    message = queue("test_kind", context=WORDS | {"change": "has been paused for one day"})
    assert services.deliver(message.pk) is True
    assert mail.outbox[0].subject == "Exampleshire peer challenge has been paused for two days"
    assert now(message).context["change"] == "has been paused for two days"


# ------------------------------------------------------------------ failure


def test_refusal_is_stored_and_tried_again_later_with_the_same_message_id(smtp):
    server = smtp("451 try later", "554 no", "250 taken")
    message = queue()
    for attempt, (code, minutes) in enumerate([("451", 1), ("554", 2)], start=1):
        before = timezone.now()
        assert services.deliver(message.pk) is False
        row = now(message)
        assert (row.state, row.attempts, row.sent_at) == (MessageState.WAITING, attempt, None)
        assert code in row.failure
        assert before <= row.next_attempt_at - timedelta(minutes=minutes) <= timezone.now()
        # Not before its turn.
        assert tasks.deliver_waiting() == 0
        its_turn(message)
    assert tasks.deliver_waiting() == 1
    row = now(message)
    assert (row.state, row.attempts, row.failure) == (MessageState.SENT, 3, "")
    assert row.sent_at is not None
    assert [each["Message-ID"] for each in server.received] == [message_id(message)] * 3
    assert len(server.accepted) == 1


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again_once(settings):
    message, by = queue(), make_user("support_officer")
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    for _ in range(len(services.BACKOFF_MINUTES) + 1):
        assert now(message).state == MessageState.WAITING
        its_turn(message)
        tasks.deliver_waiting()
    failed = now(message)
    assert (failed.state, failed.attempts) == (MessageState.FAILED, 8)
    assert "ConnectionRefusedError" in failed.failure
    its_turn(message)
    assert services.waiting_messages() == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert services.resend(message=failed, by=by) is True
    assert services.resend(message=failed, by=by) is False
    tasks.deliver_waiting()
    assert now(message).state == MessageState.SENT
    assert now(message).resent_by == by
    assert services.resend(message=failed, by=by) is False
    assert [each.extra_headers["Message-ID"] for each in mail.outbox] == [message_id(message)]
    # The second and the third click sent nothing, so they left no event.
    assert Event.objects.filter(verb="message_resent").count() == 1


def test_sending_again_is_recorded_for_the_lga_without_the_address():
    staged = make_staged()
    message = queue(to=staged.coordinator, email="", case=staged.case)
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED, attempts=8)
    services.resend(message=message, by=staged.support)
    event = Event.objects.get(verb="message_resent")
    assert (event.case, event.by, event.audience) == (staged.case, staged.support, "lga")
    label = KINDS[message.kind].staff_label
    assert sentence(event.verb, event.data) == f"sent the message “{label}” to {staged.coordinator.full_name} again"
    assert message.email not in str(event.data)


def test_what_no_longer_applies_is_not_sent_by_sending_it_again():
    staged = make_staged()
    message = queue(to=staged.coordinator, email="", case=staged.case)
    Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED, attempts=8)
    membership = staged.case.memberships.get(user=staged.coordinator)
    remove_member(membership=membership, reason="Left the council", by=staged.programme_manager)
    assert services.resend(message=message, by=staged.support) is True
    tasks.deliver_waiting()
    assert now(message).state == MessageState.DROPPED
    assert mail.outbox == []


def test_mail_that_was_taken_before_the_line_dropped_goes_out_again_under_the_same_id(smtp):
    """Nobody can know whether it arrived: a second copy that a receiver can drop is better than none."""
    server = smtp("")
    message = queue()
    assert services.deliver(message.pk) is False
    assert "SMTPServerDisconnected" in now(message).failure
    its_turn(message)
    assert tasks.deliver_waiting() == 1
    assert [each["Message-ID"] for each in server.accepted] == [message_id(message)] * 2


def test_a_line_that_drops_after_the_answer_is_no_failure(smtp):
    server = smtp(drops_at_quit=True)
    message = queue()
    assert services.deliver(message.pk) is True
    assert now(message).state == MessageState.SENT
    assert tasks.deliver_waiting() == 0
    assert len(server.accepted) == 1


def test_a_server_that_never_answers_is_given_up(smtp, settings):
    smtp(silent=True)
    settings.EMAIL_TIMEOUT = 0.2
    message = queue()
    assert services.deliver(message.pk) is False
    row = now(message)
    assert row.state == MessageState.WAITING
    assert "imed out" in row.failure


def test_every_connection_to_the_mail_server_has_a_time_limit():
    assert get_connection("django.core.mail.backends.smtp.EmailBackend").timeout == 20


def test_one_message_that_cannot_be_made_keeps_no_other_waiting(kind):
    """Its kind is gone, a template is broken, its rule's statement fails: each is stored, and the rest goes out."""

    def broken_rule(message):
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM cpc_message")

    kind()
    gone = queue("test_kind", key="gone")
    broken = [
        queue(kind(code="no_template", template="emails/none.txt").code),
        queue(kind(code="broken_rule", still_applies=broken_rule).code),
        queue(kind(code="no_value", subject="{not_given}").code),
    ]
    KINDS.pop("test_kind")
    good = queue()
    assert tasks.deliver_waiting() == 1
    assert now(good).state == MessageState.SENT
    for message, words in zip(
        [gone, *broken], ["test_kind", "TemplateDoesNotExist", "ProgrammingError", "not_given"], strict=True
    ):
        assert words in now(message).failure
        assert now(message).state == MessageState.WAITING
        assert now(message).attempts == 1


def test_a_sweep_that_is_held_up_leaves_the_rest_to_the_next(monkeypatch):
    for number in range(3):
        queue(key=f"case:{number}")
    monkeypatch.setattr(tasks, "SWEEP_SECONDS", -1)
    assert [tasks.deliver_waiting() for _ in range(4)] == [1, 1, 1, 0]
    assert len(mail.outbox) == 3


def test_the_longest_waiting_goes_first_and_a_sweep_has_an_end():
    messages = [queue(key=f"case:{number}") for number in range(3)]
    Message.objects.filter(pk=messages[2].pk).update(next_attempt_at=timezone.now() - timedelta(hours=1))
    Message.objects.filter(pk=messages[1].pk).update(next_attempt_at=timezone.now() + timedelta(hours=1))
    assert services.waiting_messages() == [messages[2].pk, messages[0].pk]
    assert services.waiting_messages(limit=1) == [messages[2].pk]


def test_health_page_asks_whether_the_mail_server_answers(smtp):
    server = smtp()
    assert services.mail_server_answers() is True
    server.close()
    assert services.mail_server_answers() is False


# ------------------------------------------------------------------ what arrives


def test_line_ends_in_names_and_addresses_add_no_header_and_no_recipient(smtp):
    server = smtp()
    evil = "Exampleshire\r\nBcc: everybody@example.org\r\n\r\nSecond body\u2028X-Evil: yes"
    message = queue(context=WORDS | {"case_title": evil})
    assert services.deliver(message.pk) is True
    (mail_there,) = server.accepted
    assert mail_there["X-Envelope-To"] == "reader@example.org"
    assert mail_there["Bcc"] is None
    assert mail_there["X-Evil"] is None
    assert (
        mail_there["Subject"]
        == "Exampleshire Bcc: everybody@example.org Second body X-Evil: yes peer challenge has been paused"
    )
    with pytest.raises(ValueError, match="Enter an email address"):
        queue(email="reader@example.org\nbcc: everybody@example.org", key="case:2")
    assert len(server.received) == 1


def test_plain_text_is_text_and_html_is_escaped(smtp, settings):
    server = smtp()
    settings.SITE_URL = "https://cpc.example.org"
    person = make_user("programme_manager", full_name="Tess O'Example <b>")
    message = queue(to=person, email="", context=WORDS | {"case_title": "King's <Lynn> & Zażółć"})
    assert services.deliver(message.pk) is True
    (there,) = server.accepted
    assert there["To"] == person.email
    assert there["Subject"].strip() == "King's <Lynn> & Zażółć peer challenge has been paused"
    assert there["Auto-Submitted"] == "auto-generated"
    assert there.get_content_type() == "multipart/alternative"
    text, html = (there.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert "Dear Tess O'Example <b>," in text
    assert "King's <Lynn> & Zażółć" in text
    assert "https://cpc.example.org/cases/exampleshire/" in text
    assert "&lt;Lynn&gt; &amp; Zażółć" in html
    assert "<Lynn>" not in html
    assert "Tess O&#39;Example &lt;b&gt;" in html
    assert 'href="https://cpc.example.org/cases/exampleshire/"' in html


def entry_of(mail) -> Entry:
    (name, content, content_type) = mail.attachments[0]
    assert (name, content_type) == ("dates.ics", "text/calendar")
    (entry,) = Calendar.from_ical(content).walk("VEVENT")
    return entry


def test_calendar_entry_spans_its_days_and_a_later_mail_renews_it(kind):
    first, last = date(2027, 1, 30), date(2027, 2, 1)
    kind(events=lambda message: [CalendarEvent("onsite-7", "Onsite, Exampleshire", first, last)])
    kind(
        code="other_kind",
        events=lambda message: [CalendarEvent("onsite-7", "Onsite, Exampleshire", first, last, is_off=True)],
    )
    for code in ("test_kind", "other_kind"):
        assert services.deliver(queue(code).pk) is True
    entry, later = map(entry_of, mail.outbox)
    assert entry.decoded("dtstart") == first
    # The end of an entry of whole days is the day after.
    assert entry.decoded("dtend") == date(2027, 2, 2)
    assert str(entry["summary"]) == "Onsite, Exampleshire"
    assert str(entry["uid"]) == str(later["uid"]) == "onsite-7@localhost"
    assert later["sequence"] > entry["sequence"]
    assert "status" not in entry
    assert later["status"] == "CANCELLED"


def test_calendar_entry_of_two_times_is_the_same_moment_in_every_calendar(kind):
    starts = datetime(2027, 6, 1, 9, 30, tzinfo=timezone.get_default_timezone())
    kind(events=lambda message: [CalendarEvent("x", "Focus group", starts, starts + timedelta(hours=1), "Room 1")])
    assert services.deliver(queue("test_kind").pk) is True
    entry = entry_of(mail.outbox[0])
    assert (entry.decoded("dtstart"), entry.decoded("dtend")) == (starts, starts + timedelta(hours=1))
    assert str(entry["location"]) == "Room 1"


def test_no_calendar_entry_without_a_day(kind):
    kind(events=lambda message: [])
    assert services.deliver(queue("test_kind").pk) is True
    assert mail.outbox[0].attachments == []


def test_message_ids_differ_between_messages_and_never_between_attempts():
    first, second = queue(), queue(key="case:2")
    assert message_id(first) != message_id(second)
    assert message_id(now(first)) == message_id(first)
    assert message_id(first).endswith("@example.org>")


def test_the_link_that_signs_somebody_in_is_not_shown_to_staff():
    _, token = make_invitation()
    message = Message.objects.get(kind="invitation")
    assert token in unseal(message.context)["url"]
    assert dict(shown_context(message))["url"] == "(not shown)"
    assert token not in str(shown_context(message))
    # Of a kind that is no longer known, nothing is shown.
    message.kind = "gone"
    assert {value for _, value in shown_context(message)} == {"(not shown)"}
