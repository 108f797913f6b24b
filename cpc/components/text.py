"""Text as people type and paste it. One function for an address, one for visible text, one for folded search and one
for what XML may hold: fields, importers, constraints and searches all use these and no others.
"""

from __future__ import annotations

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from cpc.components.folding import folded, words_of

__all__ = [
    "ADDRESS_FORMAT",
    "LINE_ENDS",
    "STORED_ADDRESS",
    "UNPRINTABLE",
    "NotAnAddress",
    "email_address",
    "folded",
    "has_visible",
    "lower_first",
    "plain_address",
    "printable",
    "visible_text",
    "words_of",
    "xml_text",
]

# What word processors and PDF files put at the end of a line or a page.
LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

# Control characters and code points that are no characters. No page, mail or Word file may hold them.
UNPRINTABLE = dict.fromkeys(
    [code for code in range(32) if chr(code) not in "\t\n\r"]
    + list(range(0x7F, 0xA0))
    + list(range(0xFDD0, 0xFDF0))
    + [plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)]
)


def printable(text: str) -> str:
    """The text without what no page may hold."""
    return text.translate(UNPRINTABLE)


def lower_first(text: str) -> str:
    """A label inside a sentence: LGA stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


# ------------------------------------------------------------------ visible text

# They make words run backwards; nothing that is typed here needs them.
DIRECTIONS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
# Left-to-right, right-to-left and Arabic letter mark: they place punctuation between words of both directions.
DIRECTION_MARKS = frozenset("\u200e\u200f\u061c")
JOINERS = frozenset("\u200c\u200d")
BLANK_BRAILLE = "\u2800"
SELECTORS = frozenset(map(chr, [*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
TAGS = frozenset(map(chr, range(0xE0020, 0xE0080)))
BLACK_FLAG = "\U0001f3f4"
# What shows nothing beside the format characters (category Cf): fillers, joiners of marks and the reserved rest of
# Unicode's list of what a program may leave out; the place of a picture that was not pasted with the words.
NOTHING = frozenset(
    map(
        chr,
        [
            *[0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0, 0xFFFC, 0x1D159],
            *range(0xFFF0, 0xFFF9),
            *range(0xE0000, 0xE1000),
        ],
    )
)
MAYBE_UNSEEN = re.compile("[^\n\t -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20cf]")


def is_unseen(letter: str) -> bool:
    """Whether this character by itself shows nothing and takes no room."""
    return letter in NOTHING or letter in SELECTORS or unicodedata.category(letter) == "Cf"


def _joins(before: str, joiner: str, after: str) -> bool:
    """Joiners carry something inside a joined emoji, and between letters of scripts whose letters join."""
    if not before or not after:
        return False
    kinds = unicodedata.category(before), unicodedata.category(after)
    if joiner == "\u200d" and (kinds[0] in {"So", "Sk"} or before in SELECTORS) and kinds[1] in {"So", "Sm"}:
        return True
    return kinds[0] in {"Lo", "Mn", "Mc"} and kinds[1] in {"Lo", "Mn", "Mc"}


def _carries(letter: str, before: str, after: str, *, both_directions: bool) -> bool:
    """Whether an unseen character changes what is seen here. `before` is the last character that was kept."""
    if letter in JOINERS:
        return _joins(before, letter, after)
    if letter in SELECTORS:
        return before == "\u2139" or (
            bool(before) and unicodedata.category(before) in {"So", "Sm", "Po", "Nd", "Pd", "Lo"}
        )
    if letter in TAGS:
        # The flags of England, Scotland and Wales are a black flag with letters that are not seen.
        return before == BLACK_FLAG or before in TAGS
    return letter in DIRECTION_MARKS and both_directions


def visible_text(typed: str) -> str:
    """The text as it is stored: composed (NFC), without what cannot be seen where it carries nothing, every line end
    one character. Empty when nothing in it can be seen."""
    text = LINE_ENDS.sub("\n", typed)
    if MAYBE_UNSEEN.search(text):
        text = unicodedata.normalize("NFC", _seen(text.replace(BLANK_BRAILLE, " ")))
    return text if has_visible(text) else ""


def _seen(text: str) -> str:
    both = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    kept: list[str] = []
    for place, letter in enumerate(text):
        if letter in DIRECTIONS:
            continue
        if is_unseen(letter):
            before = kept[-1] if kept else ""
            after = next((each for each in text[place + 1 :] if not is_unseen(each)), "")
            if not _carries(letter, before, after, both_directions=both):
                continue
        kept.append(letter)
    return "".join(kept)


def has_visible(text: str) -> bool:
    """Whether anything of it is seen: a mark without a letter, a blank and a character that shows nothing are not."""
    return any(
        (letter.isalnum() and letter not in NOTHING)
        or not (
            letter.isspace()
            or is_unseen(letter)
            or letter == BLANK_BRAILLE
            or unicodedata.category(letter) in {"Cc", "Cs", "Mn", "Mc", "Me", "Zs", "Zl", "Zp"}
        )
        for letter in text
    )


# ------------------------------------------------------------------ addresses


class NotAnAddress(ValueError):
    """The message says what an address looks like."""


# The one form in which an address is stored; `address_constraint` holds every column to it.
STORED_ADDRESS = r"^[!-?\[-~]+@[!-?\[-~]+$"
ADDRESS_FORMAT = "Enter an email address in the correct format, like name@example.org"
LONGEST_ADDRESS = 254


def email_address(typed: str) -> str:
    """The one form of an address: without what cannot be seen, in small letters, the domain in ASCII (IDNA).

    Raises NotAnAddress with a sentence for everything else.
    """
    text = unicodedata.normalize("NFKC", typed)
    text = "".join(letter for letter in text if not is_unseen(letter) and letter not in DIRECTIONS).strip().lower()
    name, at, domain = text.rpartition("@")
    if not at or not name or not domain:
        raise NotAnAddress(ADDRESS_FORMAT)
    if not name.isascii():
        raise NotAnAddress("The part of the email address before the @ must be in letters a to z without accents")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise NotAnAddress(ADDRESS_FORMAT) from error
    address = f"{name}@{domain}"
    if len(address) > LONGEST_ADDRESS:
        raise NotAnAddress(f"Email address must be {LONGEST_ADDRESS} characters or fewer. You entered {len(address)}.")
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotAnAddress(ADDRESS_FORMAT) from error
    if not re.fullmatch(STORED_ADDRESS, address):
        raise NotAnAddress(ADDRESS_FORMAT)
    return address


def plain_address(typed: str) -> str:
    """For looking an address up: the stored form, or what was typed where it is no address."""
    try:
        return email_address(typed)
    except NotAnAddress:
        return typed.strip().lower()


# ------------------------------------------------------------------ XML

# All that XML 1.0 allows. Word, Excel and PowerPoint files are XML.
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text without what XML 1.0 forbids; every blank of Unicode and every joined emoji stays."""
    return NOT_IN_XML.sub("", text)
