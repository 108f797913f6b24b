"""One form for every way in which a name is written, for searches and for the question whether two names are the same.

The database has the same function, `folded`, for its columns (councils/migrations/0011): it is written out of
these tables, and a test compares the two. Whoever changes a table writes a migration that makes the function and its
columns anew.
"""

from __future__ import annotations

import re
import unicodedata

APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u2019\u201b\u2032\u2035\ua78c\uff07"
HYPHENS = "\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d-"
# Accents and other marks that stand alone once the text is decomposed.
MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
UNSEEN = (
    "\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
DROPPED = f"[{APOSTROPHES}{MARKS}{UNSEEN}{HYPHENS}]"
SPELT_OUT = (
    ("\u00e6", "ae"), ("\u00c6", "ae"), ("\u0153", "oe"), ("\u0152", "oe"), ("\u00df", "ss"), ("\u1e9e", "ss"),
    ("\u00fe", "th"), ("\u00de", "th"), ("&", " and "), ("+", " and "),
)  # fmt: skip
# Small letters for large ones, and plain ones for letters that do not come apart into a letter and its accent.
FOLD_FROM = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "\u00d8\u00f8\u0110\u0111\u00d0\u00f0\u0141\u0142\u0126\u0127\u0131\u0166\u0167"
    "\u0391\u0392\u0393\u0394\u0395\u0396\u0397\u0398\u0399\u039a\u039b\u039c\u039d\u039e\u039f\u03a0\u03a1\u03a3"
    "\u03a4\u03a5\u03a6\u03a7\u03a8\u03a9\u03c2" + "".join(map(chr, range(0x0400, 0x0430)))
)
FOLD_TO = (
    "abcdefghijklmnopqrstuvwxyz"
    "ooddddllhhitt"
    "\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03b9\u03ba\u03bb\u03bc\u03bd\u03be\u03bf\u03c0\u03c1\u03c3"
    "\u03c4\u03c5\u03c6\u03c7\u03c8\u03c9\u03c3" + "".join(map(chr, [*range(0x0450, 0x0460), *range(0x0430, 0x0450)]))
)
# What stands between words.
BETWEEN = (
    "[\u0001-/:-@\\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02df"
    "\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\ufe30-\ufe6f]+"
)
# One letter, Mc and Mac belong to the name behind them: O Neill is O'Neill, and Mac Donald is Macdonald.
NAME_PREFIX = "(^| )([a-z]|mc|mac) (?=[a-z])"

_DROPPED = re.compile(DROPPED)
_BETWEEN = re.compile(BETWEEN)
_NAME_PREFIX = re.compile(NAME_PREFIX)
_LETTERS = str.maketrans(FOLD_FROM, FOLD_TO)
_BREAKS = re.compile(f"[\\s{HYPHENS}]+")


def folded(text: str) -> str:
    """O\u2019Neill and O Neill, Si\u00e2n and Sian, King's Lynn and kings  lynn, Bath & North and bath and north are one."""
    text = unicodedata.normalize("NFKD", _DROPPED.sub("", text))
    for letter, letters in SPELT_OUT:
        text = text.replace(letter, letters)
    text = _DROPPED.sub("", text.translate(_LETTERS))
    return _NAME_PREFIX.sub(r"\1\2", _BETWEEN.sub(" ", text).strip(" "))


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for how they are written. Of text without a letter or digit: the same text."""
    return (folded(one) or one.strip()) == (folded(other) or other.strip())


def words_of(typed: str) -> list[str]:
    """What somebody searches for, word by word. Hyphens part words here: Stockton-on-Tees finds Stockton on Tees."""
    return [word for piece in _BREAKS.split(typed) for word in folded(piece).split()]


SQL = """
CREATE OR REPLACE FUNCTION folded(written text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $fold$ SELECT {sql} $fold$
"""


def folding_in_sql() -> str:
    """The statement that makes the database's function, for the migration to hold as it is on its day."""

    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    sql = f"normalize(regexp_replace(written, {quoted(DROPPED)}, '', 'g'), NFKD)"
    for letter, letters in SPELT_OUT:
        sql = f"replace({sql}, {quoted(letter)}, {quoted(letters)})"
    sql = f"regexp_replace(translate({sql}, {quoted(FOLD_FROM)}, {quoted(FOLD_TO)}), {quoted(DROPPED)}, '', 'g')"
    sql = f"btrim(regexp_replace({sql}, {quoted(BETWEEN)}, ' ', 'g'), ' ')"
    return SQL.format(sql=f"regexp_replace({sql}, {quoted(NAME_PREFIX)}, '\\1\\2', 'g')")
