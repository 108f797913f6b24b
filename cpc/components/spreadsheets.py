"""What a spreadsheet makes of a text that somebody typed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from itertools import chain

from django.http import HttpResponse
from openpyxl import Workbook

from cpc.components.text import xml_text

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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


def xlsx_bytes(sheets: dict[str, Iterable[Iterable[str]]]) -> bytes:
    """A workbook of these sheets: name -> rows."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def attachment(content: bytes, name: str) -> HttpResponse:
    """A file to be kept by whoever asked for it, and by no cache."""
    return HttpResponse(
        content,
        content_type=CONTENT_TYPES[name.rpartition(".")[2]],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def table_bytes(columns: list[str], lines: Iterable[Iterable[str]], *, ending: str, sheet: str) -> bytes:
    """Lines under their columns, in a file of this ending. What somebody typed is harmless in it."""
    rows = chain([columns], ([harmless(cell) for cell in line] for line in lines))
    return csv_bytes(rows) if ending == "csv" else xlsx_bytes({sheet: rows})
