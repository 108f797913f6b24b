"""Workbooks: every sheet as it is, its size counted and not believed, what is hidden or merged told."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import openpyxl
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel
from openpyxl.utils.exceptions import InvalidFileException

# One pass over a sheet that knows of hidden rows too: openpyxl's own worksheet for large files does not tell them.
from openpyxl.worksheet._reader import WorkSheetParser

from cpc.components.incoming.text import FileUnreadable

LARGEST_UNPACKED = 100 * 1024 * 1024
MOST_COLUMNS = 500
TRUE = {"1", "true"}
# What openpyxl, zipfile and their XML parser raise for a workbook that is cut, encrypted or no workbook inside.
BROKEN_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError, OSError, EOFError, SyntaxError,
    RuntimeError, NotImplementedError, InvalidFileException,
)  # fmt: skip


class Number(str):
    """A plain number of a workbook, which may be a day there: the workbook says from when it counts them."""

    epoch: datetime

    def as_day(self) -> date | None:
        try:
            found = from_excel(float(self), self.epoch)
        except (ValueError, OverflowError):
            return None
        return found.date() if isinstance(found, datetime) else None


@dataclass
class Sheet:
    name: str
    is_hidden: bool
    rows: Iterator[tuple[int, list[str]]]
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    # First and last column, first and last row of cells that are one.
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    # A day of a workbook that counts from 1904, as it was read.
    early_day: tuple[int, str] | None = None


def is_workbook(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def sheets(content: bytes, *, as_shown: bool) -> Iterator[Sheet]:
    """In their order, those that are hidden too. What a sheet tells beside its rows is known when they have been read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise FileUnreadable("is too large when unpacked")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        for each in book.worksheets:
            sheet = Sheet(each.title, each.sheet_state != "visible", iter(()))
            sheet.rows = _rows(book, each, sheet, as_shown)
            yield sheet
    except BROKEN_WORKBOOK as error:
        raise FileUnreadable("is not an Excel workbook that can be read") from error


def _rows(book: Any, worksheet: Any, sheet: Sheet, as_shown: bool) -> Iterator[tuple[int, list[str]]]:
    last = 0
    try:
        with worksheet._get_source() as source, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parser: Any = WorkSheetParser(
                source,
                worksheet._shared_strings,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, row in parser.parse():
                if number <= last:
                    raise FileUnreadable(f"has row {number} twice, or its rows in disorder")
                last = number
                cells = _cells(book, worksheet, sheet, number, row, as_shown)
                if any(cells) and _is_hidden(parser, number):
                    sheet.hidden_rows.append(number)
                for first, told in list(parser.column_dimensions.items()):
                    if told.get("hidden") in TRUE or _is_flat(told.get("width")):
                        sheet.hidden_columns.update(range(int(told["min"]), min(int(told["max"]), MOST_COLUMNS) + 1))
                    del parser.column_dimensions[first]
                yield number, cells
            for each in parser.merged_cells.mergeCell if parser.merged_cells else ():
                left, top, right, bottom = range_boundaries(each.ref)
                if (left, top) != (right, bottom):
                    sheet.merged.append((left, right, top, bottom))
    except BROKEN_WORKBOOK as error:
        raise FileUnreadable("is not an Excel workbook that can be read") from error


def _is_flat(size: str | None) -> bool:
    return size is not None and float(size) == 0


def _is_hidden(parser: Any, number: int) -> bool:
    told = parser.row_dimensions.pop(str(number), {})
    by_default = getattr(parser, "sheet_format", None)
    if told.get("hidden") in TRUE or _is_flat(told.get("ht")):
        return True
    return bool(by_default and by_default.zeroHeight and "ht" not in told)


def _cells(book: Any, worksheet: Any, sheet: Sheet, number: int, row: list[Any], as_shown: bool) -> list[str]:
    cells: list[str] = []
    last = 0
    for each in row:
        if each["row"] != number or each["column"] <= last:
            raise FileUnreadable(f"has cells of row {number} in disorder")
        last = each["column"]
        text = _text(book, each)
        if not text:
            continue
        if last > MOST_COLUMNS:
            raise FileUnreadable(f"has something in column {get_column_letter(last)} of row {number}, far to the right")
        if isinstance(each["value"], datetime):
            if sheet.early_day is None and book.epoch == CALENDAR_MAC_1904:
                sheet.early_day = (number, f"{each['value']:%-d %B %Y}")
            if as_shown:
                text = text[: _shown(ReadOnlyCell(worksheet, **each))]
        elif isinstance(text, Number) and sheet.early_day is None and book.epoch == CALENDAR_MAC_1904:
            day = text.as_day()
            if day and day.year > 1970:
                sheet.early_day = (number, f"{day:%-d %B %Y}")
        cells += [""] * (last - 1 - len(cells)) + [text]
    return cells


def _text(book: Any, cell: dict[str, Any]) -> str:
    """Formulas stay formulas, so that they are refused and not believed."""
    value = cell["value"]
    if value is None:
        return ""
    if cell["data_type"] == "f":
        return value if isinstance(value, str) else "="
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).strip()
    number = Number(int(value) if float(value).is_integer() else value)
    number.epoch = book.epoch
    return number


def _shown(cell: Any) -> int | None:
    """How much of 2024-11-01 a cell shows: a spreadsheet makes a day of a month that somebody typed."""
    letters = set(re.sub(r'\[[^]]*\]|"[^"]*"|\\.', "", cell.number_format.lower()))
    if letters & set("dhs") or "y" not in letters:
        return None
    return len("2024-11") if "m" in letters else len("2024")
