"""How many councils fall due in each quarter of the coming five years: bunching must be seen early."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cpc.cycle.queries import DueRow, months_later

QUARTERS = 20
# The plot in its own units; the page scales it.
BAR_STEP, BAR_WIDTH, PLOT_HEIGHT, ABOVE = 42, 30, 160, 20


@dataclass(frozen=True)
class Quarter:
    """One quarter, and its bar in the plot."""

    first: date
    due: int
    opening: int
    x: int
    y: int
    height: int

    @property
    def text(self) -> str:
        return f"{self.first:%B} to {months_later(self.first, 2):%B %Y}"

    @property
    def label(self) -> str:
        """The year, below the bar that begins it."""
        return f"{self.first:%Y}" if self.first.month == 1 or self.x == (BAR_STEP - BAR_WIDTH) // 2 else ""

    @property
    def middle(self) -> int:
        return self.x + BAR_WIDTH // 2

    @property
    def number_y(self) -> int:
        return self.y - 5


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)


def forecast(rows: Iterable[DueRow], on: date) -> list[Quarter]:
    """The quarter of this day and those after it. What is overdue already stands in none of them."""
    rows = list(rows)
    due, opening = Counter(row.falls_in for row in rows), Counter(row.opens_in for row in rows)
    return quarters_of(due, opening, on)


def quarters_of(due: Mapping[date | None, int], opening: Mapping[date | None, int], on: date) -> list[Quarter]:
    """The same from numbers: first day of a quarter -> how many fall due in it, and of how many the window opens."""
    firsts = [months_later(quarter_of(on), 3 * number) for number in range(QUARTERS)]
    most = max([due.get(first, 0) for first in firsts] + [1])
    quarters = []
    for number, first in enumerate(firsts):
        height = round(due.get(first, 0) * PLOT_HEIGHT / most)
        x = number * BAR_STEP + (BAR_STEP - BAR_WIDTH) // 2
        y = ABOVE + PLOT_HEIGHT - height
        quarters.append(Quarter(first, due.get(first, 0), opening.get(first, 0), x, y, height))
    return quarters
