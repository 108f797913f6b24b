"""What an operator sees of queue, mail, files and sign-ins; a part that is away is said to be away."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest

from cpc.audit.services import record
from cpc.config import figures
from cpc.config.celery import app
from cpc.config.heartbeat import LAST_TURN
from cpc.demo import embedded
from cpc.documents.models import DocumentVersion
from cpc.documents.services import add_document
from cpc.notifications.models import Message, MessageState
from tests.factories.accounts import make_invitation
from tests.factories.assessments import make_staged
from tests.factories.world import word_upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(tmp_path, monkeypatch):
    server = embedded.Redis(tmp_path / "redis").start()
    monkeypatch.setitem(app.conf.changes, "broker_url", server.broker_url())
    monkeypatch.setitem(app.conf.changes, "broker_read_url", server.broker_url())
    yield server
    server.stop()


def shown() -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(figures.ServiceFigures())
    lines = generate_latest(registry).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name.removeprefix("critical_friend_"): float(value) for name, value in pairs}


def test_figures_are_those_of_the_tables(broker):
    staged = make_staged()
    add_document(case=staged.case, kind="case_file", title="Note", upload=word_upload(), by=staged.manager)
    Message.objects.update(state=MessageState.SENT)
    make_invitation()
    Message.objects.filter(state=MessageState.WAITING).update(
        queued_at=timezone.now() - timedelta(minutes=20), next_attempt_at=timezone.now() - timedelta(minutes=1)
    )
    for client in ("192.0.2.1", "192.0.2.2"):
        record(
            verb="sign_in_refused",
            by=None,
            audience="lga",
            data={"client": client, "why": "wrong code", "account": "nobody"},
        )
    found = shown()
    assert found['up{part="database"}'] == found['up{part="queue"}'] == 1
    assert 1200 <= found["oldest_unsent_message_seconds"] < 1300
    assert found['messages{state="waiting"}'] == Message.objects.filter(state="waiting").count() == 1
    assert found['messages{state="failed"}'] == 0
    assert found["unscanned_files"] == DocumentVersion.objects.count() == 1
    assert found["failed_sign_ins_last_hour"] == 2
    assert found["waiting_imports"] == 0
    assert found["queue_length"] == 0
    assert "beat_age_seconds" not in found, "no beat has turned yet: that is no age of nought"


def test_age_of_the_beat_is_told(broker):
    cache.set(LAST_TURN, time.time() - 400)
    assert 400 <= shown()["beat_age_seconds"] < 460


def test_what_waits_for_a_worker_is_counted(broker):
    with app.connection_for_write(broker.broker_url()) as connection:
        for _ in range(3):
            app.send_task("notifications.deliver_waiting", connection=connection, queue=figures.QUEUE)
    assert shown()["queue_length"] == 3


def test_a_message_that_may_not_leave_yet_is_not_late(broker):
    make_invitation()
    Message.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
    assert shown()["oldest_unsent_message_seconds"] == 0


def test_a_queue_that_is_away_is_said_and_takes_nothing_with_it(broker):
    broker.stop()
    found = shown()
    assert found['up{part="queue"}'] == 0
    assert found['up{part="database"}'] == 1
    assert "queue_length" not in found
    assert "unscanned_files" in found


def test_a_database_that_is_away_is_said(broker, monkeypatch):
    def away():
        raise DatabaseError

    monkeypatch.setitem(figures.PARTS, "database", [away])
    found = shown()
    assert found['up{part="database"}'] == 0
    assert found['up{part="queue"}'] == 1
    assert "unscanned_files" not in found
