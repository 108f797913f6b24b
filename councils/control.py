"""Whether two records of political control say that other people run the council, and whether its seats say otherwise.

In one place, because the same control is written in many ways. Open Council Data said until 2024 only which party was
the largest where none had a majority ("Con plurality"), and since 2025 who governs ("CON min", "LD/GRN", "LAB Mayor");
people write "NOC: Conservative largest" for what another calls "Conservative minority". A change of words prompts nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
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


# Those who belong to no party need not be one group.
NO_PARTY = "independent"


def is_same_party(one: str, other: str) -> bool:
    """One party governs in both, with a majority or without: other numbers, and the same people. Where the words tell only
    who is largest, others may govern."""
    first, second = read_control(one), read_control(other)
    if first.is_open or second.is_open or first.is_mayor or second.is_mayor:
        return False
    return len(first.parties) == 1 and first.parties == second.parties and NO_PARTY not in first.parties


def changes_hands(before: str, now: str) -> bool:
    """Whether other people run the council now, as far as the words say."""
    return not is_same_control(before, now) and not is_same_party(before, now)


def is_no_overall_control(text: str) -> bool:
    """Whether the words say that no party has more than half of the seats. A mayor governs either way."""
    said = read_control(text)
    return bool(text.strip()) and not said.has_majority and not said.is_mayor


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


# Every source counts these by themselves; another party may stand under others, or with one beside it.
ALWAYS_COUNTED = {"conservative", "labour", "liberal democrat"}


def plain_party(name: str) -> str:
    """One name for all the ways in which a party is written."""
    words = " ".join(FILLERS.sub(" ", name.casefold()).split())
    return PARTIES.get(words, words)


def party_key(name: str) -> str:
    """The same for all the ways in which one party is written; local parties are each their own."""
    plain = plain_party(name)
    return name.casefold().strip() if plain == NO_PARTY else plain


def named_twice(parties: Sequence[str]) -> int | None:
    """Where in the list a party stands that stood before, however it is written. Local parties are each their own."""
    seen: set[str] = set()
    for index, name in enumerate(parties):
        key = party_key(name)
        if key in seen:
            return index
        seen.add(key)
    return None


def majority_problem(*, is_told: bool, seats: int, total: int) -> str:
    """What the seats of a party say against the majority that is told, or is not; half of them may be enough to govern."""
    if is_told and seats * 2 < total:
        return "which is no majority"
    return "which is a majority" if not is_told and seats * 2 > total else ""


def contradiction(control: str, seats: Iterable[tuple[str, int]], total: int | None) -> str:
    """What the seats of a year say against the control of that year, as a sentence; empty where they do not.

    `total` may be unknown: then the seats that are told are all.
    """
    rows = list(seats)
    numbers: Counter[str] = Counter()
    names: dict[str, str] = {}
    for party, number in rows:
        numbers[plain_party(party)] += number
        names.setdefault(plain_party(party), party)
    total = total or sum(numbers.values())
    said = read_control(control)
    if not control or not rows or said.is_mayor or len(said.parties) > 1:
        return ""
    governing = next(iter(said.parties), "")
    asked = {governing} & (set(numbers) | ALWAYS_COUNTED) if governing else set(numbers)
    for party in sorted(asked):
        if party == NO_PARTY and not said.has_majority:
            continue
        problem = majority_problem(is_told=said.has_majority, seats=numbers[party], total=total)
        if problem:
            return f"{names.get(party, control)} has {numbers[party]} of {total} seats, {problem}."
    largest = max((each for each in numbers if each != NO_PARTY), key=lambda each: numbers[each], default="")
    if (
        LARGEST.search(control.casefold())
        and governing in asked
        and numbers[largest] > numbers[governing]
        and governing != NO_PARTY
    ):
        return f"{names[largest]} has {numbers[largest]} seats, more than {names.get(governing, control)} with {numbers[governing]}."
    return ""
