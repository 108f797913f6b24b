"""The due list as a file that can be handed on."""

from __future__ import annotations

import io
from collections.abc import Iterable

from openpyxl import Workbook

from cpc.components.spreadsheets import csv_bytes, harmless
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
    return csv_bytes([COLUMNS, *(cells(row) for row in rows)])


def as_xlsx(rows: Iterable[DueRow]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Due list")
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(cells(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
