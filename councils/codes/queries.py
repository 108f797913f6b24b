"""The GSS codes of a council, each with its days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from councils.models import PROVISIONAL, Council


@dataclass(frozen=True)
class DatedCode:
    """`pk` is that of the former code's row, None for the code of today. A day that is not known is None."""

    code: str
    pk: int | None
    first_on: date | None
    last_on: date | None
    # The one before the last change: that change can be taken back.
    is_last: bool = False

    @property
    def is_provisional(self) -> bool:
        return self.code.startswith(PROVISIONAL)


def dated_codes(council: Council, former: Iterable[dict[str, Any]]) -> list[DatedCode]:
    """The code of today first, then those before it, latest first; those without a day at the end.

    `former`: of each its `pk`, `code` and `ended_on`, a text like 2025-03-31 or None. Where one has no day, nobody
    knows from when the others were.
    """
    rows = [row | {"ended_on": date.fromisoformat(row["ended_on"]) if row["ended_on"] else None} for row in former]
    dated = sorted((row for row in rows if row["ended_on"]), key=lambda row: row["ended_on"])
    undated = sorted((row for row in rows if not row["ended_on"]), key=lambda row: row["code"])
    first_on = council.start_on if not undated else None
    found = []
    for row in dated:
        found.append(DatedCode(row["code"], row["pk"], first_on, row["ended_on"], is_last=row is dated[-1]))
        first_on = row["ended_on"] + timedelta(days=1) if not undated else None
    if not dated:
        # A council that never changed its code has it for as long as it lives: no day need be told.
        first_on = None
    found.append(DatedCode(council.gss_code, None, first_on, None))
    return [*reversed(found), *(DatedCode(row["code"], row["pk"], None, None) for row in undated)]
