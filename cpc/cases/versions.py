"""Optimistic locking: the UPDATE's WHERE carries the version that the person read (DESIGN 7)."""

from typing import Any

from django.db.models import F, Model


def save_if_unchanged(obj: Model, *, version: int | None, **changes: Any) -> bool:
    """Write `changes` if the row still has `version`; False if somebody saved first (nothing is written then).

    On success the object in memory carries the new values and version.
    """
    if version is None:
        version = obj.version  # type: ignore[attr-defined]
    manager = type(obj)._base_manager
    if not manager.filter(pk=obj.pk, version=version).update(version=F("version") + 1, **changes):
        return False
    for name, value in changes.items():
        setattr(obj, name, value)
    obj.version = version + 1  # type: ignore[attr-defined]
    return True
