"""The cache when Redis is away: nothing fails. What was kept there is made anew, and limits go on being counted.

The one place that knows what Redis raises on the way of the cache.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from cpc.components.silence import Silence

logger = logging.getLogger(__name__)

# Redis that did not answer is not asked again for so long: each page would wait for it once more.
AWAY_SECONDS = 5.0
# What was to be deleted or changed while Redis was away, as key and version.
Outdated = set[tuple[Any, Any]]
_shared: dict[tuple[type, str, str], tuple[Silence, Outdated]] = {}


class RedisOrMemory(RedisCache):
    """Redis; while it is away, the memory of this process: a limit is then counted by each process for itself, not by none."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.memory: Any = LocMemCache("while-redis-is-away", {})
        # Django makes a cache for each thread; these are of all threads.
        self.silence, self.outdated = _shared.setdefault(
            (type(self), str(server), self.key_prefix), (Silence(AWAY_SECONDS), set())
        )

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if not self.silence.holds:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                self.silence.begin()
                logger.warning("Redis is away, the cache does without it: %s", type(error).__name__)
        return self._without(name, *args, **kwargs)

    def _without(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.memory, name)(*args, **kwargs)

    def ping(self) -> None:
        """Raises where Redis gives no answer now."""
        self._cache.get_client().ping()

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("add", key, value, timeout=timeout, version=version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._ask("get", key, default=default, version=version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("set", key, value, timeout=timeout, version=version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("touch", key, timeout=timeout, version=version)

    def delete(self, key: Any, version: Any = None) -> Any:
        return self._ask("delete", key, version=version)

    def get_many(self, keys: Any, version: Any = None) -> Any:
        return self._ask("get_many", list(keys), version=version)

    def has_key(self, key: Any, version: Any = None) -> Any:
        return self._ask("has_key", key, version=version)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._ask("incr", key, delta=delta, version=version)

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("set_many", data, timeout=timeout, version=version)

    def delete_many(self, keys: Any, version: Any = None) -> Any:
        return self._ask("delete_many", list(keys), version=version)

    def clear(self) -> Any:
        return self._ask("clear")


class RedisOrNothing(RedisOrMemory):
    """Redis; while it is away, nothing is kept: for what the database has, of which no process may hold a copy of its own.

    What was to be deleted or changed meanwhile is deleted before anything is read again: somebody who signed out stays so.
    """

    answers: dict[str, Callable[..., Any]] = {
        "add": lambda *args, **kwargs: True,
        "get": lambda key, default=None, **kwargs: default,
        "get_many": lambda *args, **kwargs: {},
        "has_key": lambda *args, **kwargs: False,
        "delete": lambda *args, **kwargs: True,
        "touch": lambda *args, **kwargs: False,
        "set_many": lambda *args, **kwargs: [],
    }

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if self.outdated and not self.silence.holds:
            outdated = list(self.outdated)
            try:
                for key, version in outdated:
                    RedisCache.delete(self, key, version=version)
                self.outdated.difference_update(outdated)
            except (RedisError, OSError):
                self.silence.begin()
        return super()._ask(name, *args, **kwargs)

    def _without(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if name in {"set", "delete", "add", "touch"}:
            self.outdated.add((args[0], kwargs.get("version")))
        answer = self.answers.get(name)
        return answer(*args, **kwargs) if answer else None
