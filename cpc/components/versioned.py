"""Optimistic locking: the UPDATE's WHERE carries the version that the person read."""

from typing import Any

from django.db.models import F, Model


def save_if_unchanged(obj: Model, *, version: int | None, counter: str = "version", **changes: Any) -> bool:
    """Write `changes` if the row still has `version`; False if somebody saved first (nothing is written then).

    `counter` names the field that counts: a row that two sides write, each its own columns, has one for each.
    On success the object in memory carries the new values and version.
    """
    if version is None:
        version = getattr(obj, counter)
    manager = type(obj)._base_manager
    if not manager.filter(pk=obj.pk, **{counter: version}).update(**{counter: F(counter) + 1}, **changes):
        return False
    for name, value in changes.items():
        setattr(obj, name, value)
    setattr(obj, counter, version + 1)
    return True
