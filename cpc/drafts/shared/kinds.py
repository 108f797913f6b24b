"""The texts that several people write. Each stage says which of its rows hold one (`shared_texts.py` of a package)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

# Field -> what stands in it.
Words = dict[str, str]


@dataclass(frozen=True)
class SharedText:
    """`parts`: field and label of what is kept. `permission`: who may write the text reads how it came about. It is asked
    of `about(row)`; `rows` come with what that needs. `save(row, words, version, by)` puts earlier words back through
    the service that always saves them. `written` says who wrote what stands where no version of it was kept, and when: the
    number of a person and a time, or nothing of both."""

    code: str
    model: type[Model]
    parts: tuple[tuple[str, str], ...]
    permission: str
    about: Callable[[Any], Any]
    rows: Callable[[], QuerySet[Any]]
    title: Callable[[Any], str]
    address: Callable[[Any], str]
    save: Callable[..., Any]
    written: Callable[[Any], tuple[int | None, datetime | None]] = lambda row: (None, None)
    # The field of the row that counts its saves.
    counter: str = "version"

    def words_of(self, row: Any) -> Words:
        return {name: getattr(row, name) for name, _ in self.parts}


KINDS: dict[str, SharedText] = {}


def register_shared_text(kind: SharedText) -> None:
    KINDS[kind.code] = kind


def kinds_of(model: type[Model]) -> list[SharedText]:
    return [kind for kind in KINDS.values() if kind.model is model]
