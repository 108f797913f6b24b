"""What a page reads of the database, how it forgets that, and what is no longer there."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from cpc.components.errors import AlreadyMoved


def read_anew(page: object) -> None:
    """Forget what was read before somebody else saved: the page goes on with what stands now."""
    for name in list(vars(page)):
        if isinstance(getattr(type(page), name, None), cached_property):
            del vars(page)[name]


def found_or_gone(request: HttpRequest, rows: QuerySet[Any], pk: int, *, gone: Any) -> Any:
    """The row of a form page; `gone`, an unsaved one, for a post that comes after somebody removed it.

    The form then comes back with what was typed, and `still_there` says why. Looking at what is not there is 404.
    """
    found = rows.filter(pk=pk).first()
    if found is None and request.method != "POST":
        raise Http404
    return found or gone


def still_there(row: Any, message: str) -> None:
    if row.pk is None:
        raise AlreadyMoved(message)
