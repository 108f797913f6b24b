"""Redis away: nothing fails, limits go on, and nobody who signed out is signed in again when it comes back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.backends.cached_db import KEY_PREFIX
from redis.exceptions import RedisError

from cpc.accounts.sessions import COPY_SECONDS, SessionStore
from cpc.config import cache as our_cache
from cpc.config.cache import RedisOrMemory, RedisOrNothing
from cpc.demo import embedded

OPTIONS = {"OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1.0}, "KEY_PREFIX": "cpc"}


@pytest.fixture
def redis() -> Iterator[embedded.Redis]:
    with tempfile.TemporaryDirectory(prefix="cpc-") as folder:
        found = embedded.Redis(Path(folder)).start()
        yield found
        found.stop()


def again(cache: Any) -> None:
    """As after the seconds in which it is not asked."""
    cache.silence.end()


def test_limits_are_counted_in_memory_while_it_is_away(redis):
    cache = RedisOrMemory(redis.url(), OPTIONS)
    cache.set("tries", 1)
    redis.stop()
    again(cache)
    assert cache.get("tries") is None
    assert cache.add("tries", 1) is True
    assert cache.add("tries", 5) is False
    assert cache.incr("tries") == 2
    assert (cache.get("tries"), cache.has_key("tries"), cache.get_many(["tries"])) == (2, True, {"tries": 2})
    cache.set_many({"a": 1})
    cache.delete_many(["a"])
    assert cache.touch("tries") is True
    assert cache.delete("tries") is True
    redis.start()
    again(cache)
    cache.set("tries", 7)
    assert RedisOrMemory(redis.url(), OPTIONS).get("tries") == 7


def test_it_is_not_asked_again_at_once(redis, monkeypatch):
    cache = RedisOrMemory(redis.url(), OPTIONS)
    redis.stop()
    asked: list[str] = []

    def ask(self: Any, key: str, *args: Any, **kwargs: Any) -> None:
        asked.append(key)
        raise RedisError

    monkeypatch.setattr(our_cache.RedisCache, "get", ask)
    for key in "abc":
        cache.get(key)
    assert asked == ["a"]


def test_sessions_are_not_kept_in_a_process(redis):
    cache = RedisOrNothing(redis.url(), OPTIONS)
    redis.stop()
    cache.set("a", 1)
    assert (cache.get("a"), cache.get("a", 5), cache.has_key("a"), cache.get_many(["a"])) == (None, 5, False, {})


def test_what_was_deleted_meanwhile_is_gone_when_it_comes_back(redis, monkeypatch):
    cache = RedisOrNothing(redis.url(), OPTIONS)
    other = RedisOrNothing(redis.url(), OPTIONS)
    for key in ("signed-out", "changed", "left-alone"):
        cache.set(key, "old")
    # A network that is cut, and Redis with all that it held behind it.
    with monkeypatch.context() as patch:
        for name in ("get", "set", "delete"):
            patch.setattr(our_cache.RedisCache, name, lambda self, *args, **kwargs: (_ for _ in ()).throw(RedisError()))
        cache.delete("signed-out")
        cache.set("changed", "new")
    again(cache)
    # Another thread asks first.
    assert [other.get(key) for key in ("signed-out", "changed", "left-alone")] == [None, None, "old"]
    assert cache.get("signed-out") is None


@pytest.mark.django_db
def test_a_copy_of_a_session_is_believed_for_some_minutes_only(monkeypatch):
    store = SessionStore()
    kept: list[tuple[str, int]] = []
    monkeypatch.setattr(store._cache._cache, "set", lambda key, value, timeout: kept.append((key, timeout)))
    store["a"] = 1
    store.save()
    assert set(kept) == {(KEY_PREFIX + str(store.session_key), COPY_SECONDS)}
