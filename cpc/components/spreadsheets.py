"""What a spreadsheet makes of a text that somebody typed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from cpc.components.text import xml_text


def harmless(text: str) -> str:
    """No spreadsheet may take what somebody typed for a formula; nor does it take characters that it cannot hold."""
    text = xml_text(text)
    return f"'{text}" if _is_risky(text) else text


def without_guard(text: str) -> str:
    """What was typed, of a text that `harmless` wrote: what we write we read."""
    return text[1:] if text.startswith("'") and _is_risky(text[1:]) else text


def _is_risky(text: str) -> bool:
    """A text that looks guarded is guarded once more, so that it comes back as it was."""
    text = text.lstrip("'")
    return text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r", "\n"} if text else False


def csv_bytes(rows: Iterable[Iterable[str]]) -> bytes:
    """With the mark by which Excel knows UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")
