"""What a kind declares secret: encrypted while the mail waits, gone once it has gone or will not go."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cpc.accounts.services import withdraw_invitation
from cpc.notifications import services, tasks
from cpc.notifications.mail_kinds import KINDS
from cpc.notifications.models import Message, MessageState
from cpc.notifications.queries import choose_again
from cpc.notifications.rendering import mail_of
from cpc.notifications.secret_fields import FORGOTTEN, seal, unseal
from cpc.notifications.services import BACKOFF_MINUTES
from tests.factories.accounts import make_invitation, make_user

pytestmark = pytest.mark.django_db


def whole_database() -> str:
    """Every row of every table, as a dump would hold it."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        found = []
        for table in tables:
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT COALESCE(string_agg(t::text, chr(10)), '') FROM {name} t")  # noqa: S608
            found.append(cursor.fetchone()[0])
    return "\n".join(found)


def give_up(message: Message) -> None:
    """The mail server refuses until the last attempt."""
    for _ in range(len(BACKOFF_MINUTES) + 1):
        Message.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        tasks.deliver_waiting()


def test_the_link_of_an_invitation_is_in_no_dump_before_or_after_it_is_sent():
    invitation, token = make_invitation()
    assert token not in whole_database()
    assert invitation.email in whole_database()  # the dump does hold what is stored
    assert tasks.deliver_waiting() == 1
    assert token in mail.outbox[0].body
    assert token not in whole_database()
    message = Message.objects.get(kind="invitation")
    assert (message.state, message.context["url"]) == (MessageState.SENT, None)


@pytest.mark.parametrize("ending", ["dropped", "failed"])
def test_what_is_not_sent_after_all_keeps_no_link(ending, monkeypatch):
    invitation, _ = make_invitation()
    if ending == "dropped":
        withdraw_invitation(invitation=invitation, by=invitation.sent_by)
        tasks.deliver_waiting()
    else:
        monkeypatch.setattr(services, "mail_of", None)
        give_up(Message.objects.get())
    message = Message.objects.get(kind="invitation")
    assert (message.state, message.context["url"]) == (ending, None)
    if ending == "failed":
        (again,) = choose_again([message])
        assert "not kept" in again.why_not


def test_every_secret_of_every_kind_is_sealed_and_wiped(monkeypatch):
    """Also of kinds to come: the rule stands where messages are queued and sent, not in the kinds."""
    kinds = [kind for kind in KINDS.values() if kind.secret]
    assert {"invitation", "sign_in_code", "password_reset"} <= {kind.code for kind in kinds}
    for kind in kinds:
        assert kind.secret <= set(kind.fields)
        secrets = {name: f"canary-{kind.code}-{name}" for name in kind.secret}
        context = dict.fromkeys(kind.fields, "1") | secrets
        assert unseal(seal(kind, context)) == context
        monkeypatch.setitem(KINDS, kind.code, type(kind)(**vars(kind) | {"still_applies": lambda message: True}))
        message = services.queue_notification(
            kind=kind.code, to=None, email="reader@example.org", subject_key="x", context=context
        )
        assert message is not None
        assert "canary-" not in whole_database()
        assert all(secret in mail_of(message).body for secret in secrets.values())
        assert services.deliver(message.pk)
        assert all(secret in mail.outbox[-1].body for secret in secrets.values())
        message.refresh_from_db()
        assert [message.context[name] for name in kind.secret] == [None] * len(kind.secret)


def test_a_message_of_an_older_version_is_sent_and_wiped():
    _, token = make_invitation()
    message = Message.objects.get()
    Message.objects.update(context=message.context | {"url": f"/invitations/{token}/"})
    assert tasks.deliver_waiting() == 1
    assert f"/invitations/{token}/" in mail.outbox[0].body
    assert token not in whole_database()


def test_the_migration_wipes_what_has_gone_and_leaves_what_waits():
    _, token = make_invitation()
    message = Message.objects.get()
    Message.objects.update(context=message.context | {"url": f"/invitations/{token}/"})
    wipe = next(
        operation.code for operation in import_module("cpc.migrations.0018_wipe_sent_secrets").Migration.operations
    )
    wipe(apps, None)
    assert token in whole_database()
    Message.objects.update(state="sent", sent_at=timezone.now())
    for _ in range(2):
        wipe(apps, None)
        assert token not in whole_database()


def test_an_address_without_an_account_is_kept_until_its_answer_has_gone(client):
    client.post(reverse("account_request_login_code"), {"email": "a.stranger@example.com"})
    assert Message.objects.get().email == "a.stranger@example.com"
    assert tasks.deliver_waiting() == 1
    assert mail.outbox[0].to == ["a.stranger@example.com"]
    assert Message.objects.get().email == FORGOTTEN
    client.session.flush()
    assert "a.stranger" not in whole_database()


def test_a_refused_address_of_a_stranger_is_not_in_the_failure_either(client, settings):
    settings.EMAIL_BACKEND = "tests.cpc.notifications.refusing.RefusingBackend"
    client.post(reverse("account_request_login_code"), {"email": "a.stranger@example.com"})
    tasks.deliver_waiting()
    assert "a.stranger" not in Message.objects.get().failure
    assert Message.objects.get().failure == "SMTPRecipientsRefused"
    give_up(Message.objects.get())
    assert (Message.objects.get().state, Message.objects.get().email) == ("failed", FORGOTTEN)


def test_a_code_is_not_sent_when_it_no_longer_works(client, time_machine):
    time_machine.move_to("2027-03-01T10:00:00+00:00")
    client.post(reverse("account_request_login_code"), {"email": make_user("peer").email})
    time_machine.move_to("2027-03-01T10:16:00+00:00")
    assert tasks.deliver_waiting() == 0
    message = Message.objects.get()
    assert (message.state, message.context["code"]) == (MessageState.DROPPED, None)
    assert mail.outbox == []
