"""Whether two records of political control say that other people run the council.

In one place, because the same control is written in many ways. Open Council Data said until 2024 only which party was
the largest where none had a majority ("Con plurality"), and since 2025 who governs ("CON min", "LD/GRN", "LAB Mayor");
people write "NOC: Conservative largest" for what another calls "Conservative minority". A change of words prompts nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PARTIES = {
    "con": "conservative",
    "cons": "conservative",
    "conservatives": "conservative",
    "lab": "labour",
    "ld": "liberal democrat",
    "lib dem": "liberal democrat",
    "lib dems": "liberal democrat",
    "liberal democrats": "liberal democrat",
    "grn": "green",
    "greens": "green",
    "ref": "reform",
    "reform uk": "reform",
    "pc": "plaid cymru",
    "plaid": "plaid cymru",
    "ind": "independent",
    "inds": "independent",
    "independents": "independent",
    "other": "independent",
    "independent or other": "independent",
    # Local parties, which Open Council Data counted among the others until 2024.
    "aspire": "independent",
    "ciip": "independent",
    "pip": "independent",
}
NO_MAJORITY = re.compile(r"\b(no overall control|noc|hung)\b")
LARGEST = re.compile(r"\b(largest|plurality)\b")
MINORITY = re.compile(r"\b(minority|min)\b")
MAYOR = re.compile(r"\b(elected mayor|mayor)\b")
# What says nothing of who governs.
FILLERS = re.compile(r"\b(party|group|administration|majority|led|run|control|council|the)\b")


@dataclass(frozen=True)
class Control:
    parties: frozenset[str]
    # One party has more than half of the seats, as far as the words say.
    has_majority: bool
    # The words say who is largest, or only that nobody has a majority; not who governs.
    is_open: bool
    is_mayor: bool


def read_control(text: str) -> Control:
    words = text.casefold()
    is_largest, is_minority = bool(LARGEST.search(words)), bool(MINORITY.search(words))
    without_majority = bool(NO_MAJORITY.search(words)) or is_largest or is_minority
    is_mayor = bool(MAYOR.search(words))
    for told in (NO_MAJORITY, LARGEST, MINORITY, MAYOR, FILLERS):
        words = told.sub(" ", words)
    names = (" ".join(name.split()) for name in re.split(r"[:,;/()&+–-]|\band\b|\bwith\b", words))
    parties = frozenset(PARTIES.get(name, name) for name in names if name)
    return Control(
        parties=parties,
        has_majority=not without_majority and not is_mayor and len(parties) == 1,
        is_open=is_largest or (without_majority and not parties),
        is_mayor=is_mayor,
    )


def is_same_control(one: str, other: str) -> bool:
    """As far as the words say. A party that loses or gains a majority of its own is a change."""
    first, second = read_control(one), read_control(other)
    if first.parties and first.parties == second.parties:
        # A mayor governs with and without a majority, and several parties are one coalition either way.
        is_free = first.is_mayor or second.is_mayor or len(first.parties) > 1
        return is_free or first.has_majority == second.has_majority
    if first.has_majority or second.has_majority:
        return False
    # Nobody has a majority on either side: where the words are open on one side only, nothing says that others govern.
    return first.is_open != second.is_open or not (first.parties and second.parties)
