"""Bytes as people send them."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from cpc.components.incoming.cells import CellRefused, day, refuse_formula, whole_number, words
from cpc.components.incoming.table import Header, read_table
from cpc.components.incoming.text import LARGEST_FILE, FileUnreadable

ANY = Header(lambda cells: True, "", is_exact=False)
TEXT = "name,total\r\nYnys Môn, 35 \r\n\r\n,\r\nX,1\r\n"


def read_lines(content):
    table = read_table(content, ANY)
    return [table.header, *table.lines]


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_the_same_lines_in_every_encoding(encoding, ending):
    lines = read_lines(TEXT.replace("\r\n", ending).encode(encoding))
    assert [(line.number, line.cells) for line in lines] == [
        (1, ["name", "total"]),
        (2, ["Ynys Môn", "35"]),
        (5, ["X", "1"]),
    ]


def test_a_workbook_reads_like_a_text_and_its_formulas_stay_formulas():
    first = datetime(2026, 4, 1)  # noqa: DTZ001 - a workbook knows no zones
    lines = read_lines(workbook(["name", 301.0], [first, None], [None, None], ["=1+1", 2.5]))
    assert [(line.number, line.cells) for line in lines] == [
        (1, ["name", "301"]),
        (2, ["2026-04-01"]),
        (4, ["=1+1", "2.5"]),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b",,\n,\n", "is empty"),
        (workbook(), "is empty"),
        (packed({"[Content_Types].xml": "<not", "xl/workbook.xml": "<xml"}), "is not an Excel workbook"),
        (packed({}), "neither a text file nor an Excel workbook"),
        (b"x" * (LARGEST_FILE + 1), "is larger than 20 MB"),
        (b"\x89PNG\x00\x00", "neither a text file nor an Excel workbook"),
        (b"PK\x03\x04 not a workbook", "is not an Excel workbook that can be read"),
        (workbook(["a"])[:-300], "is not an Excel workbook that can be read"),
    ],
)
def test_what_cannot_be_read_is_said(content, reason):
    with pytest.raises(FileUnreadable, match=reason):
        read_lines(content)


@pytest.mark.parametrize(
    ("value", "number"), [("0", 0), ("1,234", 1234), ("1338.0", 1338), ("1 234", 1234), ("12\u00a0000", 12000)]
)
def test_numbers_as_spreadsheets_write_them(value, number):
    assert whole_number(value) == number


@pytest.mark.parametrize("value", ["", "-1", "1.5", "1e3", "=1", "x", "1,23", "12,34,567", "9" * 30, "\u0661"])
def test_what_is_no_whole_number(value):
    with pytest.raises(CellRefused):
        whole_number(value)


@pytest.mark.parametrize("value", ["2026-04-01", "01/04/2026", "1/4/2026"])
def test_days_as_spreadsheets_write_them(value):
    assert day(value) == date(2026, 4, 1)


@pytest.mark.parametrize(
    "value", ["", "31/02/2026", "2026", "April 2026", "=TODAY()", "99999999", "46113", "46113.0", "2026-4-1"]
)
def test_what_is_no_day(value):
    with pytest.raises(CellRefused):
        day(value)


@pytest.mark.parametrize("value", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+A1", "-2+3", "\t=1"])
def test_a_cell_that_a_spreadsheet_would_work_out_is_refused(value):
    with pytest.raises(CellRefused, match="looks like a formula"):
        words(value)


def test_text_has_single_spaces_and_a_negative_number_is_no_formula():
    refuse_formula("-1.5")
    assert words(" North Somerset  Council ") == "North Somerset Council"
    with pytest.raises(CellRefused, match="cannot be printed"):
        words("a\x07b")
