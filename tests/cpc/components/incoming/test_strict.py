"""Files that are damaged, or written a little differently: read as they are meant, named by line, or asked about."""

import io
import re
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpc.components.incoming.cells import CellRefused, day, words
from cpc.components.incoming.table import columns, read_table
from cpc.components.incoming.text import FileUnreadable, read_json
from cpc.components.spreadsheets import csv_bytes, harmless, without_guard
from tests.cpc.components.incoming.test_reading import workbook

NAMES = ["gss_code", "name", "note"]
HEADER = columns(NAMES)
LINES = [["E1", "Ann", "Café and King’s Road"], ["E2", "Siân", ""], ["E3", "Cat", "x"]]


def read(content):
    return read_table(content if isinstance(content, bytes) else content.encode(), HEADER)


def cells(table):
    return [list(line.cells.values()) for line in table.named(NAMES)]


def text(separator=",", header=NAMES):
    return "\r\n".join(separator.join(line) for line in [header, *LINES])


def changed(content, part, pattern, to):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for each in before.infolist():
            told = before.read(each)
            if each.filename == part:
                told, number = re.subn(pattern, to, told.decode(), count=1)
                assert number == 1
            after.writestr(each.filename, told)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("ref", ["A1", "A1:C2"])
def test_the_size_that_a_sheet_says_it_has_is_not_believed(ref):
    content = changed(workbook(NAMES, *LINES), SHEET, '<dimension ref="[^"]*"', f'<dimension ref="{ref}"')
    assert cells(read(content)) == LINES


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('E1,Ann,"never ends', "line 2 has a quotation mark that is never closed"),
        ('E1,Ann,"a" b', "line 2 has words after a closing quotation mark"),
        ('E1,Ann,a" b', "line 2 has a quotation mark in the middle of a cell"),
    ],
)
def test_quotation_marks_are_strict_and_refuse_the_whole_file(line, why):
    with pytest.raises(FileUnreadable, match=why):
        read(f"gss_code,name,note\n{line}\nE2,Bea,\nE3,Cat,")


@pytest.mark.parametrize("line", ["E1,Ann,first, second", "E1,Ann", "E1,Ann,,", ",E1,Ann,"])
def test_a_line_has_as_many_cells_as_the_header(line):
    table = read(f"gss_code,name,note\n{line}\nE2,Bea,")
    assert [(bad.number, bad.column) for bad in table.bad] == [(2, "row")] and len(table.lines) == 1


def test_a_cell_of_signs_that_nobody_sees_is_empty():
    assert cells(read("gss_code,name,note\nE1,Ann,\x1b")) == [["E1", "Ann", ""]]


def test_one_byte_makes_no_other_encoding_of_a_file():
    table = read(text().encode().replace(b",x", b",\xffx"))
    assert cells(table) == LINES[:2]
    assert [(bad.number, bad.column) for bad in table.bad] == [(4, "note")]


def test_words_that_were_garbled_before_are_named():
    table = read(text().replace("Café and King’s Road", "CafÃ© â€“ Vale"))
    assert [(bad.number, bad.column) for bad in table.bad] == [(2, "note")]
    assert "“Café – Vale” may be meant" in table.bad[0].reason


def test_letters_of_windows_are_asked_about_and_those_of_a_mac_refused():
    table = read(text().encode("cp1252"))
    assert cells(table) == LINES
    assert "“Siân” in line 3" in table.questions[0].reason
    with pytest.raises(FileUnreadable, match="line 3 would read “Si‰n”"):
        read(text().replace("Café and King’s Road", "").encode("mac_roman"))


def test_a_lost_letter_is_asked_about():
    table = read(text().replace("Cat", "Ll?n"))
    assert [(each.line, each.column) for each in table.questions] == [(4, "name")]
    assert read(text().replace("Cat", "https://a.example/?b?c")).questions == []


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_known_by_the_header(separator):
    table = read(text(separator))
    assert cells(table) == LINES and "separated by" in table.notes[0]


def test_what_spreadsheets_put_above_and_beside_a_header():
    assert cells(read("sep=,\r\n" + text())) == LINES
    assert cells(read(text("\t").encode("utf-16"))) == LINES
    assert cells(read(text(header=["GSS_Code", "Name\u200b", " NOTE "]))) == LINES
    table = read("Our councils\r\n" + text())
    assert cells(table) == LINES and table.notes == ["Line 1 above the names of the columns is not read: Our councils"]
    assert [bad.number for bad in read("E0,Zoe,y\r\n" + text()).bad] == [1]


@pytest.mark.parametrize("told", ['hidden="1"', 'ht="0"'])
def test_rows_that_are_hidden_are_asked_about(told):
    table = read(changed(workbook(NAMES, *LINES), SHEET, '<row r="3"', f'<row {told} r="3"'))
    assert cells(table) == LINES and "hidden or filtered out are read like the others: 3" in table.questions[0].reason


def test_columns_that_are_hidden_cells_that_are_merged_and_days_from_1904():
    content = workbook(NAMES, ["E1", "Ann", date(2026, 5, 20)])
    cols = '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'
    assert "“name” is hidden" in read(changed(content, SHEET, "<sheetData>", cols)).questions[0].reason
    merged = '</sheetData><mergeCells><mergeCell ref="B2:C2"/></mergeCells>'
    with_merged = read(changed(content, SHEET, "</sheetData>", merged))
    assert (with_merged.lines, [bad.number for bad in with_merged.bad]) == ([], [2])
    early = read(changed(content, "xl/workbook.xml", "<workbookPr[^>]*>", '<workbookPr date1904="1"/>'))
    assert "21 May 2030 in row 2" in early.questions[0].reason


def test_the_sheet_that_was_read_is_named_and_a_hidden_one_refused():
    book = openpyxl.Workbook()
    book.active.append(["A cover"])
    sheet = book.create_sheet("2026")
    for line in [NAMES, *LINES]:
        sheet.append(line)

    def saved():
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    assert cells(read(saved())) == LINES and read(saved()).notes[0] == "Read: the sheet “2026”, one of 2"
    sheet.sheet_state = "hidden"
    with pytest.raises(FileUnreadable, match="on a sheet that is hidden, “2026”"):
        read(saved())
    sheet.sheet_state = "visible"
    book.copy_worksheet(sheet)
    with pytest.raises(FileUnreadable, match="two sheets with these columns"):
        read(saved())


def test_a_plain_number_is_a_day_in_a_workbook_only_and_by_its_own_count():
    with pytest.raises(CellRefused, match="plain number where a date"):
        day("36617")
    content = workbook(NAMES, ["E1", "Ann", 44700])
    assert day(cells(read(content))[0][2]) == date(2022, 5, 19)
    early = changed(content, "xl/workbook.xml", "<workbookPr[^>]*>", '<workbookPr date1904="1"/>')
    assert day(cells(read(early))[0][2]) == date(2026, 5, 20)


def test_formulas_stay_formulas_and_errors_are_no_words():
    content = changed(workbook(NAMES, ["E1", "Ann", 7]), SHEET, "<v>7</v>", '<f t="array" ref="C2">A1</f><v>7</v>')
    for value in (cells(read(content))[0][2], "#REF!", "#N/A", "########"):
        with pytest.raises(CellRefused):
            words(value)


def test_rows_in_disorder_are_refused():
    with pytest.raises(FileUnreadable, match="row 2 twice"):
        read(changed(workbook(NAMES, *LINES), SHEET, '<row r="3"', '<row r="2"'))


def test_a_header_and_nothing_else_is_said():
    for content in (text().splitlines()[0].encode(), workbook(NAMES)):
        with pytest.raises(FileUnreadable, match="holds no lines"):
            read(content)


def test_json_says_each_thing_once_and_in_utf_8():
    for content, why in ((b'{"a": 1, "a": 2}', "twice"), (b'{"a": "\xe9"}', "see line 1"), (b"{", "not a JSON file")):
        with pytest.raises(FileUnreadable, match=why):
            read_json(content)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12), st.sampled_from(["", "=", "+44 ", "'=", "- "])
)
def test_what_we_write_we_read(tail, head):
    typed = head + tail
    assert without_guard(harmless(typed)) == typed.translate({0xFFFE: None, 0xFFFF: None})
    if without_guard(harmless(typed)).strip() and "\ufffd" not in typed:
        table = read(csv_bytes([NAMES, ["E1", "x", harmless(typed)]]))
        if table.lines and typed.strip() and typed.isascii():
            assert without_guard(cells(table)[0][2]) == typed.strip()
