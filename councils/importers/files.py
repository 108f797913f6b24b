"""Reading files as people send them: CSV in several encodings, XLSX, and what spreadsheets do to numbers and days."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 100 * 1024 * 1024
# A file of Excel counts days from here (its 29 February 1900 never was, and no council is as old).
FIRST_DAY = date(1899, 12, 30)
# What openpyxl, zipfile and their XML parser raise for a workbook that is cut, encrypted or no workbook inside.
BROKEN_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, AttributeError, OSError, EOFError, SyntaxError,
    RuntimeError, NotImplementedError, InvalidFileException,
)  # fmt: skip
SIGNED_NUMBER = re.compile(r"[+-][\d.,]+")


class FileUnreadable(Exception):
    """The whole file cannot be read; the message says why."""


class CellRefused(ValueError):
    """One cell is not what its column holds; the message says why."""


def check_upload(name: str, content: bytes, endings: tuple[str, ...]) -> None:
    """By name and by content. Raises FileUnreadable with a sentence that says what to do."""
    ending = name.rpartition(".")[2].lower()
    wanted = " or ".join(f".{each}" for each in endings)
    if ending in {"xlsm", "xltm", "xlam", "xlsb"}:
        raise FileUnreadable("Files with macros cannot be imported. Save it as .xlsx and select it again")
    if "." not in name or ending not in endings:
        raise FileUnreadable(f"The selected file must be {wanted}")
    if len(content) > LARGEST_FILE:
        raise FileUnreadable(f"The selected file must be {LARGEST_FILE // 1024 // 1024} MB or smaller")
    if not content.strip():
        raise FileUnreadable("The selected file is empty. Select a file with something in it")
    is_packed = content.startswith(b"PK\x03\x04")
    if is_packed != (ending == "xlsx"):
        raise FileUnreadable(f"The content of the selected file is not what its name says. Save it as {wanted}")
    if not is_packed:
        try:
            text_of(content)
        except FileUnreadable as error:
            raise FileUnreadable(f"The selected file must be {wanted}, with text in it") from error


@dataclass
class Line:
    number: int
    cells: list[str]


def read_lines(content: bytes, *, as_shown: bool = False) -> list[Line]:
    """Every line that holds anything, as words without the space around them; the first is number 1.

    `as_shown`: of a day that a workbook shows as a month or a year, no more than that.
    """
    if len(content) > LARGEST_FILE:
        raise FileUnreadable(f"is larger than {LARGEST_FILE // 1024 // 1024} MB")
    if not content.strip():
        raise FileUnreadable("is empty")
    rows = _xlsx_rows(content, as_shown) if content.startswith(b"PK\x03\x04") else _csv_rows(content)
    lines = [Line(number, cells) for number, cells in rows if any(cells)]
    if not lines:
        raise FileUnreadable("is empty")
    return lines


def read_json(content: bytes) -> Any:
    """What a JSON file holds."""
    if len(content) > LARGEST_FILE:
        raise FileUnreadable(f"is larger than {LARGEST_FILE // 1024 // 1024} MB")
    if not content.strip():
        raise FileUnreadable("is empty")
    try:
        return json.loads(text_of(content))
    except (ValueError, RecursionError) as error:
        raise FileUnreadable("is not a JSON file") from error


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text_of(content), newline=""))
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise FileUnreadable(f"is not a CSV file: {error}") from error


def text_of(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or what Excel writes in Western Europe."""
    encodings = ["utf-8-sig", "cp1252"]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileUnreadable("is neither a text file nor an Excel workbook")


def _xlsx_rows(content: bytes, as_shown: bool) -> Iterator[tuple[int, list[str]]]:
    """The first sheet. Formulas stay formulas, so that they are refused and not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise FileUnreadable("is too large when unpacked")
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        if as_shown:
            rows = [[_cell(cell.value)[: _shown(cell)] for cell in row] for row in sheet.iter_rows()]
        else:
            rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    except BROKEN_WORKBOOK as error:
        raise FileUnreadable("is not an Excel workbook that can be read") from error
    return iter(enumerate(rows, start=1))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _shown(cell: Any) -> int | None:
    """How much of 2024-11-01 a cell shows: a spreadsheet makes a day of a month that somebody typed."""
    if not isinstance(cell.value, datetime):
        return None
    letters = set(re.sub(r'\[[^]]*\]|"[^"]*"|\\.', "", cell.number_format.lower()))
    if letters & set("dhs") or "y" not in letters:
        return None
    return len("2024-11") if "m" in letters else len("2024")


def refuse_formula(value: str) -> None:
    """A cell that a spreadsheet would work out when somebody opens our export of it."""
    if value.startswith(("=", "@", "\t", "\r")) or (
        value.startswith(("+", "-")) and not SIGNED_NUMBER.fullmatch(value)
    ):
        raise CellRefused("looks like a formula")


def words(value: str, *, longest: int = 10_000) -> str:
    """Text with single spaces."""
    refuse_formula(value)
    text = " ".join(value.split())
    if len(text) > longest:
        raise CellRefused(f"is longer than {longest} characters")
    if not text.isprintable():
        raise CellRefused("holds characters that cannot be printed")
    return text


def one_of(value: str, known: dict[str, str]) -> str:
    """A word of a list, however it is written in large and small letters."""
    wanted = words(value).casefold()
    for word, meaning in known.items():
        if word.casefold() == wanted:
            return meaning
    raise CellRefused("is none of " + ", ".join(sorted({word for word in known if word[:1].isupper()})))


def yes_or_no(value: str) -> bool:
    found = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}.get(value.casefold())
    if found is None:
        raise CellRefused("is neither yes nor no")
    return found


def whole_number(value: str, *, largest: int = 99_999_999) -> int:
    """1,234 and 1234.0 are whole numbers; 12.5, -1 and 1e3 are not."""
    refuse_formula(value)
    plain = re.sub(r"\.0+$", "", value.replace(",", "").replace(" ", "").replace("\u00a0", ""))
    if not re.fullmatch(r"[0-9]{1,9}", plain) or int(plain) > largest:
        raise CellRefused(f"is not a whole number up to {largest}")
    return int(plain)


def day(value: str) -> date:
    """2026-04-01, 01/04/2026, or the number that a spreadsheet keeps for a day."""
    refuse_formula(value)
    if re.fullmatch(r"[0-9]{4,5}(\.0+)?", value) and 4000 <= int(float(value)) <= 80000:
        return FIRST_DAY + timedelta(days=int(float(value)))
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(value, form).date()
        except ValueError:
            continue
    raise CellRefused("is not a date like 2026-04-01 or 01/04/2026")


@dataclass
class NamedLine:
    number: int
    cells: dict[str, str]


def read_table(content: bytes, columns: list[str], *, as_shown: bool = False) -> list[NamedLine]:
    """Lines under a header that has at least these columns, once each; further columns are nobody's business."""
    lines = read_lines(content, as_shown=as_shown)
    header = lines[0].cells
    missing = [column for column in columns if header.count(column) != 1]
    if missing:
        raise FileUnreadable("has not, once each, the columns " + ", ".join(missing))
    places = {column: header.index(column) for column in columns}
    width = max(places.values()) + 1
    return [
        NamedLine(line.number, {column: (line.cells + [""] * width)[place] for column, place in places.items()})
        for line in lines[1:]
    ]
