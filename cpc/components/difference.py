"""What changed between two texts, to be read without colour."""

from __future__ import annotations

import difflib
import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def difference(before: str, after: str) -> SafeString:
    """Word by word, as HTML: what is new in <ins>, what is gone in <del>. Every piece is escaped."""
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    pieces = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind not in {"insert", "equal"}:
            pieces.append(f'<del class="app-removed">{escape("".join(old[a:b]))}</del>')
        if kind == "equal":
            pieces.append(str(escape("".join(old[a:b]))))
        elif kind != "delete":
            pieces.append(f'<ins class="app-added">{escape("".join(new[c:d]))}</ins>')
    return mark_safe("".join(pieces).replace("\n", "<br>"))
