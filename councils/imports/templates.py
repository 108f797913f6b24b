"""Files of our own form: their columns, and the empty files that somebody fills in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from councils.imports.base import Reading, table_of
from cpc.components.incoming.table import NamedLine
from cpc.components.incoming.table import columns as columns_of
from cpc.components.spreadsheets import csv_bytes, xlsx_bytes

# A line that begins with this is a note to whoever fills the file in.
NOTE = "#"


@dataclass(frozen=True)
class Column:
    name: str
    help: str


def template_of(importer: Any) -> tuple[Column, ...]:
    """The columns of a source of our own form; none of a source that somebody else publishes."""
    return getattr(importer, "template", ())


def as_csv(columns: tuple[Column, ...]) -> bytes:
    """The header, and a note that is passed over when the file is read."""
    notes = [column.help for column in columns]
    return csv_bytes([[column.name for column in columns], [f"{NOTE} {notes[0]}", *notes[1:]]])


def as_xlsx(columns: tuple[Column, ...]) -> bytes:
    """The header on the first sheet, which is read; what the columns hold on the second, which is not."""
    explained = [["Column", "What it holds"], *([column.name, column.help] for column in columns)]
    return xlsx_bytes({"Lines": [[column.name for column in columns]], "Help": explained})


def read_filled(
    content: bytes, columns: tuple[Column, ...], reading: Reading, *, as_shown: bool = False
) -> list[NamedLine]:
    """The lines that somebody filled in; nothing, with the reason, of a file of another form."""
    names = [column.name for column in columns]
    table = table_of(content, columns_of(names), reading, as_shown=as_shown)
    if table is None:
        return []
    filled = []
    for line in table.named(names):
        first = line.cells[names[0]]
        if first.startswith(NOTE):
            if first != f"{NOTE} {columns[0].help}":
                reading.note(f"Line {line.number} begins with {NOTE} and is not read: {first[:100]}")
        # A cell before the header's first, such as a number of the line, is nobody's business.
        elif any(line.cells.values()):
            filled.append(line)
    if not filled and not reading.refusals:
        reading.refuse(1, "file", "", "holds no lines under its header")
    reading.expect(len(filled) + reading.refused_lines)
    return filled
