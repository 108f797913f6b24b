"""Fixtures of the notifications tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cpc.notifications.mail_kinds import KINDS, Kind
from tests.cpc.notifications.mail_server import MailServer, SilentServer


@pytest.fixture
def kind(monkeypatch) -> Callable[..., Kind]:
    """A kind of mail that is there for one test: the words of "a case changed", with other rules."""

    def make(**changed: Any) -> Kind:
        values: dict[str, Any] = {
            "code": "test_kind",
            "staff_label": "Test",
            "subject": "{case_title} peer challenge {change}",
            "template": "emails/cases/state_changed.txt",
            "why": "You are getting this email because it is a test.",
            "button": "Open it",
            "fields": ("case_title", "change", "url"),
        }
        found = Kind(**values | changed)
        monkeypatch.setitem(KINDS, found.code, found)
        return found

    return make


@pytest.fixture
def smtp(settings) -> Iterator[Callable[..., Any]]:
    """Start a mail server and have mail sent to it."""
    servers: list[MailServer | SilentServer] = []

    def start(*answers: str, silent: bool = False, **options: Any) -> MailServer | SilentServer:
        server = SilentServer() if silent else MailServer(*answers, **options)
        servers.append(server)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        return server

    yield start
    for server in servers:
        server.close()
