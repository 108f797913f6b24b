"""Which council of the register a source means, by code or by name and year."""

from __future__ import annotations

import re
from datetime import date

from django.utils import timezone

from councils.models import Council, CouncilCode, Fact, FormerFact
from cpc.components.incoming.cells import CellRefused, words

# Words that one source writes and another leaves out.
FILLERS = {"the", "of", "council", "city", "county", "borough", "district", "cc"}
# Names that sources use and the register never held.
ALIASES = {
    "shetland": "shetland islands",
    "south buckinghamshire": "south bucks",
    "clackmannan": "clackmannanshire",
    "shepway": "folkestone and hythe",
}


def plain_name(name: str) -> str:
    letters = re.sub(r"['’.]", "", name.lower().replace("&", " and "))
    return " ".join(word for word in re.sub(r"[^a-z0-9]+", " ", letters).split() if word not in FILLERS)


class Register:
    """Every council, found by code or by name. Three queries, however long the file is."""

    def __init__(self) -> None:
        self.councils = {council.pk: council for council in Council.objects.select_related("parent")}
        self.by_code: dict[str, Council] = {}
        self.by_name: dict[str, list[Council]] = {}
        for former in CouncilCode.objects.all():
            self.by_code[former.code] = self.councils[former.council_id]
        for council in self.councils.values():
            if not council.has_provisional_code:
                self.by_code[council.gss_code] = council
            for name in (council.name, council.official_name, council.slug):
                self._add(name, council)
        for fact in FormerFact.objects.filter(fact__in=[Fact.NAME, Fact.OFFICIAL_NAME]):
            self._add(fact.value, self.councils[fact.council_id])
        # Where its memory begins: it knows of no council that ended before the first whose last day it holds.
        ended = [council.end_on for council in self.councils.values() if council.end_on]
        self.first_end = min((on for on in ended if on < timezone.localdate()), default=None)

    def _add(self, name: str, council: Council) -> None:
        found = self.by_name.setdefault(plain_name(name), [])
        if council not in found:
            found.append(council)

    def by_current_code(self, code: str) -> Council:
        """The council that somebody means who writes down a code; raises CellRefused where it is not one of today's."""
        council = self.by_code.get(words(code))
        if council is None:
            raise CellRefused("no council on the register has this code")
        if council.gss_code != code:
            raise CellRefused(f"is a former code: it is {council.gss_code} now")
        return council

    def named(self, name: str) -> list[Council]:
        """Every council that has or had this name; two where one followed the other under it (Somerset)."""
        plain = plain_name(name)
        return self.by_name.get(plain) or self.by_name.get(ALIASES.get(plain, ""), [])

    def begins_after(self, end_on: date) -> bool:
        """Whether a council with this last day ended before the register begins, so that it is rightly not held."""
        return self.first_end is not None and end_on < self.first_end


def existed(council: Council, on: date) -> bool:
    return not (council.start_on and council.start_on > on) and not (council.end_on and council.end_on < on)
