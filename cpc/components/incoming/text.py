"""Bytes as text: the encoding is proved, never guessed for a whole file from one byte."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ftfy import fix_encoding
from ftfy.badness import is_bad

LARGEST_FILE = 20 * 1024 * 1024
SAVE_AS = "Save it in the spreadsheet as the type “CSV UTF-8” and select that file"
# A letter of several bytes as UTF-8 writes it: who finds one knows that the file is UTF-8.
MULTI_BYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# Bytes that mean nothing in the encoding of Windows in Western Europe.
UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# Signs, beside letters, that people write in the encoding of Windows.
SIGNS = set("‘’“”–—…•£€°½¼¾§·´«»\u00a0")
# How a byte that is no UTF-8 stands in a text until its line is refused.
BAD_BYTE = re.compile("[\udc80-\udcff]")
# Signs that stand between letters only where letters of a Mac were read as those of Windows.
BETWEEN_LETTERS = re.compile(r"[^\W\d_][‰‡†™¤¦¬¨¯¸][^\W\d_]")
# Llŷn as it is after a program that had no letter for it.
LOST_LETTER = re.compile(r"[^\W\d_]\?[^\W\d_]")
MOST_WORDS = 20


class FileUnreadable(Exception):
    """The whole file cannot be read; the message says why."""


@dataclass
class Text:
    """What the bytes say. `questions` are for a person to answer before anything is taken from the file."""

    text: str
    encoding: str
    questions: list[str] = field(default_factory=list)


def refuse_size(content: bytes) -> None:
    if len(content) > LARGEST_FILE:
        raise FileUnreadable(f"is larger than {LARGEST_FILE // 1024 // 1024} MB")
    if not content.strip():
        raise FileUnreadable("is empty")


def decode(content: bytes) -> Text:
    """UTF-8, or UTF-16 by its mark. What Windows writes only where nothing in the file is UTF-8, and then it is asked."""
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileUnreadable(f"is text in UTF-32. {SAVE_AS}")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise FileUnreadable(f"says that it is text in UTF-16, and is not all through. {SAVE_AS}") from error
        if "\0" in text:
            raise FileUnreadable("is neither a text file nor an Excel workbook")
        return Text(text, "UTF-16")
    body = content.removeprefix(codecs.BOM_UTF8)
    if b"\0" in body:
        raise FileUnreadable("is neither a text file nor an Excel workbook")
    try:
        return Text(body.decode(), "UTF-8")
    except UnicodeDecodeError:
        pass
    if body is not content or MULTI_BYTE.search(body):
        # It is UTF-8 with bytes that are not: their lines are refused, the others stand.
        return Text(body.decode(errors="surrogateescape"), "UTF-8")
    return _of_windows(body)


def _of_windows(body: bytes) -> Text:
    bad = UNDEFINED.search(body)
    if bad:
        line = body.count(b"\n", 0, bad.start()) + 1
        raise FileUnreadable(f"does not say how its letters are written: see line {line}. {SAVE_AS}")
    text = body.decode("cp1252")
    seen: dict[str, int] = {}
    for number, words in enumerate(text.splitlines(), start=1):
        if words.isascii():
            continue
        for word in re.findall(r"[^\s,;\"]*[^\x00-\x7f][^\s,;\"]*", words):
            if not _is_likely(word):
                raise FileUnreadable(
                    f"does not say how its letters are written: line {number} would read “{word}”. {SAVE_AS}"
                )
            seen.setdefault(word, number)
    shown = ", ".join(f"“{word}” in line {number}" for word, number in list(seen.items())[:MOST_WORDS])
    more = f" and {len(seen) - MOST_WORDS} more" if len(seen) > MOST_WORDS else ""
    question = (
        f"The file does not say how its letters are written. Is this what it says: {shown}{more}? If not: {SAVE_AS}."
    )
    return Text(text, "Windows", [question])


def _is_likely(word: str) -> bool:
    """Whether somebody may have written it: no sign where a letter belongs, no large letter after a small one."""
    for place, letter in enumerate(word):
        if letter.isascii() or letter in SIGNS:
            continue
        before = word[place - 1] if place else ""
        if not letter.isalpha() or (letter.isupper() and before.islower()):
            return False
    return not is_bad(word)


def why_garbled(text: str) -> str:
    """Why nobody can have meant these words: they were read in a wrong encoding once. Nothing where they are fine."""
    if text.isascii():
        return ""
    if BAD_BYTE.search(text):
        return f"holds a byte that is no letter in UTF-8. {SAVE_AS}"
    if "\ufffd" in text:
        return "holds � where a letter was lost"
    if is_bad(text):
        fixed = fix_encoding(text)
        return "holds garbled letters" + (f": “{fixed}” may be meant" if fixed != text else "")
    if BETWEEN_LETTERS.search(text):
        return "holds garbled letters"
    return ""


def lost_letter(cell: str) -> str:
    """The word in which a ? stands for a letter, as programs write one that they do not have; addresses have it rightly."""
    if "?" not in cell:
        return ""
    found = (word for word in cell.split() if LOST_LETTER.search(word))
    return next((word for word in found if not set(word) & set("/:=@")), "")


def shown(text: str) -> str:
    """As a page or the database can hold it: a byte that is no letter becomes �."""
    return text if text.isascii() else BAD_BYTE.sub("\ufffd", text)


def read_json(content: bytes) -> Any:
    """What a JSON file holds: in UTF-8, each name once."""
    refuse_size(content)
    text = decode(content)
    bad = text.questions or BAD_BYTE.search(text.text)
    if bad:
        line = 1 if text.questions else text.text.count("\n", 0, BAD_BYTE.search(text.text).start()) + 1  # type: ignore[union-attr]
        raise FileUnreadable(f"is not in UTF-8 all through: see line {line}")
    try:
        return json.loads(text.text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise FileUnreadable(
            f"is not a JSON file: {error}" if "twice" in str(error) else "is not a JSON file"
        ) from error


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"“{name}” stands twice in one place")
        found[name] = value
    return found
