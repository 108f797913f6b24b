"""One of several does a thing: the others see it, and take over when its connection ends."""

from unittest.mock import Mock

import pytest
from django.db import connection, connections

from cpc.components.locks import Turn, alone
from cpc.config import heartbeat
from cpc.config.heartbeat import HeartbeatScheduler

pytestmark = pytest.mark.django_db(transaction=True)
KEY = (20_299, 7)


def end(turn: Turn) -> None:
    """As when the process of the turn is killed."""
    pid = turn.holder.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_alone_is_one_at_a_time():
    with alone(*KEY) as first, alone(*KEY) as second, alone(KEY[0], 8) as other:
        assert (first, second, other) == (True, False, True)
    with alone(*KEY) as again:
        assert again


def test_whoever_asks_next_need_not_wait_for_a_connection_to_end(monkeypatch):
    """The database notices a closed connection a little later: here, not at all."""
    left_open = []
    monkeypatch.setattr(type(connections["default"]), "close", lambda self: left_open.append(self))  # noqa: PLW0108 - a method
    with alone(*KEY):
        pass
    with alone(*KEY) as again:
        assert again
    turn, other = Turn(*KEY), Turn(*KEY)
    assert turn.is_ours()
    turn.let_go()
    assert other.is_ours()
    other.let_go()
    monkeypatch.undo()
    for each in left_open:
        each.close()


def test_a_turn_is_kept_and_goes_to_another_when_it_ends():
    first, second = Turn(*KEY), Turn(*KEY)
    try:
        assert [first.is_ours(), second.is_ours(), first.is_ours(), second.is_ours()] == [True, False, True, False]
        end(first)
        assert second.is_ours()
        # It noticed, and asks anew.
        assert not first.is_ours()
        second.let_go()
        assert first.is_ours()
    finally:
        first.let_go()
        second.let_go()


def test_of_two_beats_one_sends(monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr(heartbeat.PersistentScheduler, "tick", lambda self: sent.append(self.name) or 60.0)
    beats = []
    for name in ("first", "second"):
        beat = HeartbeatScheduler.__new__(HeartbeatScheduler)
        beat.name, beat.turn, beat.is_second = name, Turn(*KEY), False
        beats.append(beat)
    try:
        for _ in range(3):
            assert {beat.tick() for beat in beats} == {heartbeat.SECONDS}
        assert sent == ["first"] * 3
        end(beats[0].turn)
        beats[1].tick()
        beats[0].tick()
        assert sent == ["first"] * 3 + ["second"]
    finally:
        for beat in beats:
            beat.turn.let_go()


def test_without_the_database_it_is_nobodys_turn(monkeypatch):
    turn = Turn(*KEY)
    monkeypatch.setattr(
        type(connections["default"]), "get_new_connection", Mock(side_effect=connection.Database.OperationalError)
    )
    assert not turn.is_ours()
