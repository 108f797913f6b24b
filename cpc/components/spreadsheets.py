"""What a spreadsheet makes of a text that somebody typed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from cpc.components.text import xml_text


def harmless(text: str) -> str:
    """No spreadsheet may take what somebody typed for a formula; nor does it take characters that it cannot hold."""
    text = xml_text(text)
    risky = text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r", "\n"}
    return f"'{text}" if risky and text else text


def csv_bytes(rows: Iterable[Iterable[str]]) -> bytes:
    """With the mark by which Excel knows UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")
