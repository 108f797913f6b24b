import csv
import io
from datetime import date

import pytest
from openpyxl import load_workbook

from cpc.components.spreadsheets import harmless, table_bytes
from cpc.cycle.due.exports import COLUMNS, cells
from cpc.cycle.queries import due_list
from tests.factories.councils import make_council
from tests.factories.cycle import make_challenge, make_trigger

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\rx", "\nx", "  =1+1"])
def test_what_looks_like_a_formula_is_made_text(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Alderham", "1-2", "St Helen's"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


def test_characters_that_a_sheet_cannot_hold_fall_away():
    assert harmless("\x00\x0b=1") == "'=1"


def test_both_files_hold_the_same_rows():
    council = make_council(name="=HYPERLINK(1)", region="London", end_on=date(2028, 3, 31))
    make_challenge(council, date(2022, 3, 31), onsite_precision="month")
    make_trigger(council, date(2026, 5, 12), detail="Zoë Example")
    make_council(name="Birchley")
    rows = due_list(date(2026, 11, 26))
    lines = list(
        csv.reader(io.StringIO(table_bytes(COLUMNS, map(cells, rows), ending="csv", sheet="").decode("utf-8-sig")))
    )
    assert lines[0] == COLUMNS
    assert lines[1] == [
        "2026-11-26",
        "'=HYPERLINK(1)",
        council.gss_code,
        "London",
        "Unitary",
        "Due soon",
        "Due soon",
        "March 2022",
        "March 2026",
        "March 2027",
        "due in March 2027: five years after March 2022; new leader since 12 May 2026 (Zoë Example)",
        "ends on 31 March 2028",
    ]
    assert lines[2][7:10] == ["", "", ""]
    sheet = load_workbook(io.BytesIO(table_bytes(COLUMNS, map(cells, rows), ending="xlsx", sheet="Due list"))).active
    assert [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)] == lines
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
