"""What a page has read of the database, and how it forgets that."""

from __future__ import annotations

from functools import cached_property


def read_anew(page: object) -> None:
    """Forget what was read before somebody else saved: the page goes on with what stands now."""
    for name in list(vars(page)):
        if isinstance(getattr(type(page), name, None), cached_property):
            del vars(page)[name]
