"""The due list as a file that can be handed on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from cpc.cycle.queries import DueRow

COLUMNS = [
    "As at",
    "Council",
    "Code",
    "Region",
    "Type",
    "Standing",
    "State",
    "Last peer challenge",
    "Window opens",
    "Due",
    "Why",
    "Note",
]


def harmless(text: str) -> str:
    """No spreadsheet may take what somebody typed for a formula; nor does it take characters that it cannot hold."""
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    risky = text.lstrip()[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r", "\n"}
    return f"'{text}" if risky and text else text


def cells(row: DueRow) -> list[str]:
    council = row.council
    values = [
        f"{row.on:%Y-%m-%d}",
        council.name,
        council.gss_code,
        council.region,
        council.get_council_type_display(),
        row.standing.label,
        row.state.label,
        row.last.text if row.last else "",
        row.window_text,
        row.due_text,
        "; ".join(row.reasons),
        "; ".join(row.warnings),
    ]
    return [harmless(value) for value in values]


def as_csv(rows: Iterable[DueRow]) -> bytes:
    """With the mark by which Excel knows UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(cells(row) for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[DueRow]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Due list")
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(cells(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
