"""A table with named columns, from a CSV file or a workbook: found by its header, exact in its width.

Nothing is left out in silence: what is not read is told in `notes`, what is doubtful in `questions`, which somebody answers
before anything is taken; a line that is wrong stands in `bad` with its number, and refuses no other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from cpc.components.incoming.delimited import NAMES, SAYS_SEPARATOR, SEPARATORS, records
from cpc.components.incoming.text import (
    BAD_BYTE,
    FileUnreadable,
    decode,
    lost_letter,
    refuse_size,
    shown,
    why_garbled,
)
from cpc.components.incoming.workbook import Number, Sheet, is_workbook, sheets
from cpc.components.text import has_visible

# The header stands among the first lines that hold anything.
FIRST_LINES = 10
# A title above the header has so many cells at most: more of them are a line that stands in the wrong place.
TITLE_CELLS = 1
MOST_SHOWN = 20


@dataclass
class Line:
    number: int
    cells: list[str]


@dataclass
class NamedLine:
    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class BadLine:
    number: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Doubt:
    """What somebody must look at before the file is applied. Line 0 is the whole file."""

    line: int
    column: str
    value: str
    reason: str


@dataclass
class Table:
    header: Line
    lines: list[Line] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    questions: list[Doubt] = field(default_factory=list)

    def named(self, columns: Iterable[str]) -> list[NamedLine]:
        """Lines by the names of these columns, as whoever reads them writes those."""
        folded = [fold(cell) for cell in self.header.cells]
        places = {column: folded.index(fold(column)) for column in columns}
        width = max(places.values(), default=0) + 1
        return [
            NamedLine(line.number, {column: (line.cells + [""] * width)[place] for column, place in places.items()})
            for line in self.lines
        ]


@dataclass(frozen=True)
class Header:
    """Which line has the names of the columns, and what to say of a file that has no such line."""

    matches: Callable[[list[str]], bool]
    expected: str
    # Folded names of the columns that are read; None where the places count.
    columns: frozenset[str] | None = None
    # Whether every line has as many cells as the header, and nothing but titles stands above it.
    is_exact: bool = True
    # Columns without a name to the right of the header, which a workbook need not write.
    unnamed: int = 0


def fold(name: str) -> str:
    """GSS Code, gss-code and gss_code with something invisible behind it are one name."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    visible = "".join(each for each in plain if unicodedata.category(each) not in {"Cf", "Cc"} or each.isspace())
    return re.sub(r"[\s_-]+", "_", visible.strip().strip("'")).strip("_")


def columns(names: Iterable[str]) -> Header:
    """A header that has at least these columns, once each; further columns are nobody's business."""
    names = list(names)
    wanted = frozenset(fold(name) for name in names)

    def matches(cells: list[str]) -> bool:
        found = Counter(fold(cell) for cell in cells)
        return all(found[name] == 1 for name in wanted)

    return Header(matches, "has not, once each, the columns " + ", ".join(names), wanted)


def read_table(content: bytes, header: Header, *, as_shown: bool = False) -> Table:
    """The lines under the header. Raises FileUnreadable where the file as a whole cannot be read.

    `as_shown`: of a day that a workbook shows as a month or a year, no more than that.
    """
    refuse_size(content)
    table = _of_workbook(content, header, as_shown) if is_workbook(content) else _of_text(content, header)
    if not table.lines and not table.bad:
        raise FileUnreadable("holds no lines under its header")
    return table


# ---------------------------------------------------------------------- CSV


def _of_text(content: bytes, header: Header) -> Table:
    text = decode(content)
    said = SAYS_SEPARATOR.match(text.text)
    body, first = text.text[said.end() if said else 0 :], 2 if said else 1
    if not body.strip('\ufeff ,;|\t\r\n"'):
        raise FileUnreadable("is empty")
    best: list[Line] = []
    broken: FileUnreadable | None = None
    for separator in (said[1],) if said else SEPARATORS:
        try:
            if not _has_header(records(body, separator, first=first), header):
                found = _beginning(records(body, separator, first=first))
                best = found if _widest(found) > _widest(best) else best
                continue
        except FileUnreadable as error:
            broken = broken or error
            continue
        table = _assembled(records(body, separator, first=first), header, is_ragged=False)
        if separator != ",":
            table.notes.append(f"The cells of the file are separated by {NAMES[separator]}")
        table.questions += [Doubt(0, "file", "", question) for question in text.questions]
        return table
    if broken and _widest(best) < 2:
        raise broken
    raise FileUnreadable(_not_found(header, best))


def _widest(lines: list[Line]) -> int:
    return max((len(line.cells) for line in lines), default=0)


# ---------------------------------------------------------------------- workbooks


def _of_workbook(content: bytes, header: Header, as_shown: bool) -> Table:
    table: Table | None = None
    read: Sheet | None = None
    hidden = []
    beginning: list[Line] = []
    number = 0
    for sheet in sheets(content, as_shown=as_shown):
        number += 1
        if read is not None or sheet.is_hidden:
            if not _has_header(sheet.rows, header):
                continue
            if not sheet.is_hidden:
                raise FileUnreadable(
                    f"has two sheets with these columns, “{read.name}” and “{sheet.name}”: put all lines on one"  # type: ignore[union-attr]
                )
            hidden.append(sheet.name)
            continue
        rows = list(sheet.rows)
        if not _has_header(rows, header):
            beginning = beginning or _beginning(rows)
            continue
        table, read = _assembled(rows, header, is_ragged=True), sheet
        _say_sheet(table, sheet, header)
    if table is None:
        if hidden:
            raise FileUnreadable(f"has these columns on a sheet that is hidden, “{hidden[0]}”: show it, or delete it")
        raise FileUnreadable(_not_found(header, beginning))
    if read and number > 1:
        table.notes.insert(0, f"Read: the sheet “{read.name}”, one of {number}")
    for name in hidden:
        reason = f"The sheet “{name}” is hidden, has these columns too and is not read. Is that right?"
        table.questions.append(Doubt(0, "file", "", reason))
    return table


def _say_sheet(table: Table, sheet: Sheet, header: Header) -> None:
    below = [number for number in sheet.hidden_rows if number > table.header.number]
    taken = {line.number for line in table.lines}
    if below:
        which = ", ".join(map(str, below[:MOST_SHOWN])) + (" and more" if len(below) > MOST_SHOWN else "")
        reason = f"Rows that are hidden or filtered out are read like the others: {which}. Are they meant?"
        table.questions.append(Doubt(0, "file", "", reason))
    for place, name in enumerate(table.header.cells, start=1):
        if place in sheet.hidden_columns and name and (header.columns is None or fold(name) in header.columns):
            reason = f"The column “{name}” is hidden and is read like the others. Is it meant?"
            table.questions.append(Doubt(0, "file", "", reason))
    joined: dict[int, str] = {}
    for left, right, top, bottom in sheet.merged:
        if left > len(table.header.cells):
            continue
        for number in range(max(top, table.header.number + 1), min(bottom, table.header.number + 2_000_000) + 1):
            if number in taken:
                joined[number] = f"{get_column_letter(left)}{top} to {get_column_letter(right)}{bottom}"
    table.lines = [line for line in table.lines if line.number not in joined]
    table.bad += [
        BadLine(number, "row", "", f"has cells that are merged, {which}: give each line its own")
        for number, which in sorted(joined.items())
    ]
    if sheet.early_day:
        number, day = sheet.early_day
        reason = f"This workbook counts its days from 1904. Is {day} in row {number} the right day?"
        table.questions.append(Doubt(0, "file", "", reason))


# ---------------------------------------------------------------------- both


def _clean(cell: str) -> str:
    """Without blanks around it; a cell of which nothing can be seen is empty."""
    if isinstance(cell, Number):
        return cell
    cell = cell.strip()
    return cell if (cell.isascii() and cell.isprintable()) or has_visible(cell) or BAD_BYTE.search(cell) else ""


def _filled(rows: Iterable[tuple[int, list[str]]]) -> Iterator[Line]:
    for number, cells in rows:
        stripped = [_clean(cell) for cell in cells]
        if any(stripped):
            yield Line(number, stripped)


def _beginning(rows: Iterable[tuple[int, list[str]]]) -> list[Line]:
    return [line for line, _ in zip(_filled(rows), range(FIRST_LINES), strict=False)]


def _has_header(rows: Iterable[tuple[int, list[str]]], header: Header) -> bool:
    return any(header.matches(line.cells) for line, _ in zip(_filled(rows), range(FIRST_LINES), strict=False))


def _not_found(header: Header, beginning: list[Line]) -> str:
    if not beginning:
        return "is empty"
    found = shown(", ".join(cell for cell in beginning[0].cells if cell))[:200]
    return f"{header.expected}. Line {beginning[0].number} has: {found}"


def _assembled(rows: Iterable[tuple[int, list[str]]], header: Header, *, is_ragged: bool) -> Table:
    """`is_ragged`: empty cells at the end of a line are not written, as in workbooks."""
    lines = _filled(rows)
    above: list[Line] = []
    top = next(lines)
    while not header.matches(top.cells):
        above.append(top)
        top = next(lines)
    while top.cells and not top.cells[-1] and is_ragged:
        top.cells.pop()
    table = Table(top)
    for line in above if header.is_exact else ():
        if sum(map(bool, line.cells)) > TITLE_CELLS:
            reason = "is above the names of the columns"
            table.bad.append(BadLine(line.number, "row", _joined(line), reason))
        else:
            table.notes.append(f"Line {line.number} above the names of the columns is not read: {_joined(line)}")
    places = [place for place, name in enumerate(top.cells) if header.columns is None or fold(name) in header.columns]
    if header.columns is not None:
        unread = [name for name in top.cells if name and fold(name) not in header.columns]
        if unread:
            table.notes.append(f"Columns that are not read: {shown(', '.join(unread))}")
    for line in lines:
        bad = _why_bad(line, table, places, header, is_ragged)
        if bad:
            table.bad.append(bad)
        else:
            table.lines.append(line)
    return table


def _joined(line: Line) -> str:
    return shown(", ".join(cell for cell in line.cells if cell))[:200]


def _why_bad(line: Line, table: Table, places: list[int], header: Header, is_ragged: bool) -> BadLine | None:
    width = len(table.header.cells)
    if header.is_exact:
        # A workbook writes blank cells beside its table. In a text one cell too many is told: in a line that was moved
        # by a separator that is not meant, it is the last one, and may be blank.
        while is_ragged and len(line.cells) > width and not line.cells[-1]:
            line.cells.pop()
        if len(line.cells) > width + (header.unnamed if is_ragged else 0) or (
            len(line.cells) < width and not is_ragged
        ):
            reason = f"has {len(line.cells)} cells, and the names of the columns are {width}"
            return BadLine(line.number, "row", _joined(line), reason)
        line.cells += [""] * (width - len(line.cells))
    for place in places if header.columns is not None else range(len(line.cells)):
        cell = line.cells[place] if place < len(line.cells) else ""
        column = table.header.cells[place] if place < width else "row"
        why = why_garbled(cell)
        if why:
            return BadLine(line.number, column, shown(cell)[:200], why)
        word = lost_letter(cell)
        if word:
            reason = f"Has a letter been lost where “{word}” has a question mark?"
            table.questions.append(Doubt(line.number, column, cell[:200], reason))
    return None
