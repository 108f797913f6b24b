"""Kinds of document. A package above registers who reads and who writes its own papers (DESIGN 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rule = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class DocumentKind:
    code: str
    label: str
    readers: Rule
    writers: Rule


_kinds: dict[str, DocumentKind] = {}


def register_kind(code: str, label: str, readers: Rule, writers: Rule) -> DocumentKind:
    """Registering a code twice is a programming error: the second rule would silently open the first's papers."""
    if code in _kinds:
        raise ValueError(f"Document kind {code} is registered twice.")
    kind = _kinds[code] = DocumentKind(code, label, readers, writers)
    return kind


def find_kind(code: str) -> DocumentKind | None:
    return _kinds.get(code)


def may_read(user: Any, document: Any) -> bool:
    """Nobody reads a removed document, nor one of a kind that no longer exists."""
    kind = find_kind(document.kind)
    return bool(kind and document.removed_at is None and kind.readers(user, document))


def may_write(user: Any, document: Any) -> bool:
    kind = find_kind(document.kind)
    return bool(kind and may_read(user, document) and kind.writers(user, document))
