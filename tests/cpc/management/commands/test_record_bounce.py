import io
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone

from cpc.notifications.models import Message, MessageState
from cpc.notifications.rendering import message_id
from tests.cpc.notifications.test_bounces import report

pytestmark = pytest.mark.django_db


def piped(monkeypatch, content: bytes) -> str:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    call_command("record_bounce", stdout=out)
    return out.getvalue()


def test_a_report_that_is_piped_marks_its_message_and_anything_else_is_let_pass(monkeypatch):
    message = Message.objects.create(
        kind="case_state_changed",
        subject_key="case:1",
        email="reader@example.org",
        state="sent",
        sent_at=timezone.now(),
    )
    content = report(message_id(message)).as_bytes()
    assert "came back" in piped(monkeypatch, content)
    assert "is known to have come back" in piped(monkeypatch, content)
    assert "Not a report" in piped(monkeypatch, b"\xff\x00 nonsense")
    message.refresh_from_db()
    assert message.state == MessageState.CAME_BACK
