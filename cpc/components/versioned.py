"""Optimistic locking: whoever saves says which version they had read. Versions are compared here and nowhere else."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Model

from cpc.components.errors import Stale


def save_versioned(
    row: Model,
    *,
    version: int | None,
    counter: str = "version",
    stamps: dict[str, Any] | None = None,
    is_same: bool = True,
    message: str = "",
    **changes: Any,
) -> bool:
    """Write `changes` and `stamps`, who did it and when, if the row still has `version`: the UPDATE's WHERE checks it.

    True: saved, and the object in memory carries the new values and version. False: what stands is this already, as after
    a second click, so nothing was written. Otherwise somebody saved first: Stale. `counter` names the field that counts:
    a row that two sides write, each its own columns, has one for each. `is_same` is False where something that is kept
    beside the row differs.
    """
    manager = type(row)._base_manager
    version = getattr(row, counter) if version is None else version
    written = changes | (stamps or {})
    if not manager.filter(pk=row.pk, **{counter: version}).update(**{counter: F(counter) + 1}, **written):
        if is_same and manager.filter(pk=row.pk, **changes).exists():
            return False
        raise Stale(message) if message else Stale()
    for name, value in written.items():
        setattr(row, name, value)
    setattr(row, counter, version + 1)
    return True


def is_current(row: Any, version: int, *, counter: str = "version") -> bool:
    """Whether nobody has saved the row since this version was read."""
    return getattr(row, counter) == version


def check_version(row: Any, version: int | None, message: str = "", *, counter: str = "version") -> None:
    """Of a row that is locked: Stale, with the row as it stands, unless the person had read this very version."""
    if version is not None and not is_current(row, version, counter=counter):
        raise Stale(message, now=row) if message else Stale(now=row)
