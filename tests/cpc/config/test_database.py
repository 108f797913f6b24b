import socket
import time

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from cpc.config.database import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own():
    """A connection beside the tests' own, used as each request uses it."""
    found = connection.copy()
    yield found
    found.close()
    base.SILENCE.end()


def number(own) -> int:
    with own.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def next_request(own) -> None:
    own.close_if_unusable_or_obsolete()


def test_a_connection_is_kept_from_one_request_to_the_next_without_a_question(own, monkeypatch):
    first = number(own)
    monkeypatch.setattr(own, "is_usable", lambda: pytest.fail("it was asked"))
    next_request(own)
    assert number(own) == first


def test_a_connection_that_died_is_given_to_nobody(own):
    """After the database was started again all of them are dead, and the next person is to notice nothing."""
    dead = number(own)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [dead])
        assert cursor.fetchone()[0]
    next_request(own)
    assert number(own) != dead


def test_a_connection_that_lay_idle_is_asked_first(own, monkeypatch):
    number(own)
    next_request(own)
    asked = []
    monkeypatch.setattr(own, "is_usable", lambda: asked.append(1) or True)
    own.used_at -= base.IDLE_SECONDS + 1
    number(own)
    assert asked == [1]


def test_a_server_that_gives_no_answer_is_waited_for_once(own):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        own.settings_dict = own.settings_dict | {"HOST": "127.0.0.1", "PORT": silent.getsockname()[1]}
        began = time.monotonic()
        with pytest.raises(OperationalError):
            own.ensure_connection()
        waited = time.monotonic() - began
        with pytest.raises(OperationalError, match="not asked again yet"):
            own.ensure_connection()
    assert settings.DATABASES["default"]["OPTIONS"]["connect_timeout"] == 2
    assert base.SLOW_SECONDS < waited < 20
