"""What a cell may hold. Whoever reads a column says which of these it is."""

from __future__ import annotations

import re
from datetime import date, datetime

from cpc.components.incoming.workbook import Number
from cpc.components.spreadsheets import without_guard
from cpc.components.text import visible_text

SIGNED_NUMBER = re.compile(r"[+-][\d.,]+")
# What a spreadsheet writes where it could not work something out, or had no room.
ERRORS = re.compile(r"#(REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|#+)", re.IGNORECASE)
# Days that a number of a workbook may mean.
YEARS = range(1900, 2201)


class CellRefused(ValueError):
    """One cell is not what its column holds; the message says why."""


def refuse_formula(value: str) -> None:
    """A cell that a spreadsheet would work out when somebody opens our export of it, or could not work out itself."""
    if value.startswith(("=", "@", "\t", "\r")) or (
        value.startswith(("+", "-")) and not SIGNED_NUMBER.fullmatch(value)
    ):
        raise CellRefused("looks like a formula")
    if ERRORS.fullmatch(value):
        raise CellRefused("is what a spreadsheet writes where it has no value")


def words(value: str, *, longest: int = 10_000) -> str:
    """Text with single spaces. What our own files guard against being taken for a formula is text here too."""
    plain = without_guard(value)
    if plain == value:
        refuse_formula(value)
    text = " ".join(visible_text(plain).split())
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
    """1,234 and 1234.0 are whole numbers; 12.5, -1, 1e3 and 1,23 are not."""
    refuse_formula(value)
    plain = re.sub(r"\.0+$", "", value)
    if re.fullmatch(r"[0-9]{1,3}([, \u00a0\u202f][0-9]{3})+", plain):
        plain = re.sub(r"[^0-9]", "", plain)
    if not re.fullmatch(r"[0-9]{1,9}", plain) or int(plain) > largest:
        raise CellRefused(f"is not a whole number up to {largest}")
    return int(plain)


def day(value: str) -> date:
    """2026-04-01 or 01/04/2026. A plain number is a day in a workbook only, which says from when it counts."""
    refuse_formula(value)
    if isinstance(value, Number):
        found = value.as_day()
        if found and found.year in YEARS and float(value) >= 4000:
            return found
    elif re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}", value) and value.isascii():
        try:
            return datetime.strptime(value, "%d/%m/%Y" if "/" in value else "%Y-%m-%d").date()  # noqa: DTZ007 - a day
        except ValueError:
            pass
    if re.fullmatch(r"[0-9]{4,6}(\.[0-9]+)?", value):
        raise CellRefused("is a plain number where a date like 2026-04-01 or 01/04/2026 belongs")
    raise CellRefused("is not a date like 2026-04-01 or 01/04/2026")
