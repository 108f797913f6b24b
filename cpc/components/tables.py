"""Tables on a phone: each row is a card, and each cell says which column it is of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

# Attributes are escaped by the template, so that none of them holds the end of its tag.
START_OF_ROW_OR_CELL = re.compile(r"<(tr|th|td)\b([^>]*)>")
COLUMNS_SPANNED = re.compile(r'\bcolspan="(\d+)"')
# A column whose name is for the screen reader alone needs none on a card either.
HIDDEN = "hidden"


def name_of(head: str | tuple[str, str]) -> str:
    """What a cell of this column is called on a card; empty where it needs no name."""
    if isinstance(head, str):
        return head
    return "" if head[1] == HIDDEN else head[0]


def label_cells(rows: str, heads: Sequence[str | tuple[str, str]]) -> Markup:
    """The rows of a table, each `td` with the name of its column in `data-label`. `heads` are those of the macro `table`."""
    labels = [name_of(head) for head in heads]
    column = 0

    def labelled(found: re.Match[str]) -> str:
        nonlocal column
        tag, attributes = found.groups()
        if tag == "tr":
            column = 0
            return found.group()
        label = labels[column] if column < len(labels) else ""
        spanned = COLUMNS_SPANNED.search(attributes)
        column += int(spanned[1]) if spanned else 1
        return f'<{tag}{attributes} data-label="{escape(label)}">' if tag == "td" and label else found.group()

    return Markup(START_OF_ROW_OR_CELL.sub(labelled, rows))  # noqa: S704 - the rows were escaped as they were written
