"""Kinds of document. A package above registers who reads and who writes its own papers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rule = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class DocumentKind:
    """`readers(user, version)`: a version is permitted, never a document as a whole, because a check or a release was
    given for one version. `writers(user, document)` is asked of those who read one.

    `mark(user, version)` gives the words that this person's copy carries on every page; empty for an unmarked copy.
    """

    code: str
    label: str
    readers: Rule
    writers: Rule
    mark: Callable[[Any, Any], str] = lambda user, version: ""


_kinds: dict[str, DocumentKind] = {}


def register_kind(
    code: str, label: str, readers: Rule, writers: Rule, mark: Callable[[Any, Any], str] = lambda user, version: ""
) -> DocumentKind:
    """Registering a code twice is a programming error: the second rule would silently open the first's papers."""
    if code in _kinds:
        raise ValueError(f"Document kind {code} is registered twice.")
    kind = _kinds[code] = DocumentKind(code, label, readers, writers, mark)
    return kind


def find_kind(code: str) -> DocumentKind | None:
    return _kinds.get(code)


def may_read(user: Any, version: Any) -> bool:
    """Nobody reads a version of a removed document, nor of a kind that no longer exists."""
    document = version.document
    kind = find_kind(document.kind)
    return bool(kind and document.removed_at is None and kind.readers(user, version))


def reads_some(user: Any, document: Any) -> bool:
    return any(may_read(user, version) for version in document.versions.all())


def may_write(user: Any, document: Any) -> bool:
    kind = find_kind(document.kind)
    return bool(kind and reads_some(user, document) and kind.writers(user, document))


def mark_for(user: Any, version: Any) -> str:
    kind = find_kind(version.document.kind)
    return kind.mark(user, version) if kind else ""
