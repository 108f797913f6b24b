"""CSV as it is defined: a quotation mark opens and closes a whole cell or there is none. Nothing is made good in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpc.components.incoming.text import FileUnreadable

SEPARATORS = (",", ";", "\t")
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# What Excel writes and reads in the first line.
SAYS_SEPARATOR = re.compile(r'"?sep=([,;|\t])"?\r?\n', re.IGNORECASE)


def records(text: str, separator: str, *, first: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Each line with the number at which it begins. Raises FileUnreadable where nobody can tell where lines begin and end."""
    token = re.compile(
        r'(?:"((?:[^"]++|"")*+)"|([^"SEP\r\n]*+))(SEP|\r\n|\n|\r|\Z)'.replace("SEP", re.escape(separator))
    )
    place, line, start = 0, first, first
    cells: list[str] = []
    while True:
        found = token.match(text, place)
        if found is None:
            raise FileUnreadable(_why(text, place, line))
        quoted = found[1]
        if quoted is None:
            cells.append(found[2])
        else:
            cells.append(quoted.replace('""', '"'))
            line += quoted.count("\n") + quoted.count("\r") - quoted.count("\r\n")
        place = found.end()
        if found[3] == separator:
            continue
        yield start, cells
        if place == len(text):
            return
        line += 1
        start, cells = line, []


def _why(text: str, place: int, line: int) -> str:
    where = f"line {line} has"
    if text[place] != '"':
        return f"is not a CSV file: {where} a quotation mark in the middle of a cell"
    if re.compile(r'"(?:[^"]++|"")*+\Z').match(text, place):
        return f"is not a CSV file: {where} a quotation mark that is never closed"
    return f"is not a CSV file: {where} words after a closing quotation mark"
