"""Sessions: rows in the database, with a copy in the cache that is believed for some minutes at the most.

What another process changed while Redis was away, a copy that outlived it does not know: it is soon read anew.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import cached_db

COPY_SECONDS = 300


class Copies:
    """The cache of the sessions, where nothing is kept for longer than a copy is believed."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def __contains__(self, key: str) -> bool:
        return key in self._cache

    def set(self, key: str, value: Any, timeout: int) -> Any:
        return self._cache.set(key, value, min(timeout, COPY_SECONDS))


class SessionStore(cached_db.SessionStore):
    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._cache: Any = Copies(self._cache)
