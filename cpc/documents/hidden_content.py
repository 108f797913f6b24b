"""What a file holds that its pages do not show: tracked changes, comments, hidden text, sheets, rows and slides, notes.

It is counted while the parts are parsed, and named to whoever uploads the file before it goes to anybody else.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main"
CHANGES = {
    "ins",
    "del",
    "moveFrom",
    "moveTo",
    "cellIns",
    "cellDel",
    "rPrChange",
    "pPrChange",
    "tblPrChange",
    "sectPrChange",
}
OFF = {"0", "false", "off"}
ON = {"1", "true", "on"}
WORDS = {
    "changes": ("1 tracked change", "{} tracked changes"),
    "comments": ("1 comment", "{} comments"),
    "hidden text": ("1 piece of hidden text", "{} pieces of hidden text"),
    "sheets": ("1 hidden sheet", "{} hidden sheets"),
    "rows": ("1 hidden row", "{} hidden rows"),
    "columns": ("1 hidden group of columns", "{} hidden groups of columns"),
    "slides": ("1 hidden slide", "{} hidden slides"),
    "notes": ("speaker notes under 1 slide", "speaker notes under {} slides"),
}
MOST_NAMES = 3

WORD_BODY = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\d*\.xml", re.I)
COMMENTS = re.compile(r"(word|xl|ppt)/(threaded)?comments.*\.xml", re.I)
WORKBOOK = re.compile(r"xl/workbook\.xml", re.I)
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.I)
SLIDE = re.compile(r"ppt/slides/[^/]+\.xml", re.I)
NOTES = re.compile(r"ppt/notesSlides/[^/]+\.xml", re.I)
OPEN_TEXT = re.compile(r"(content|styles)\.xml", re.I)


class Hidden:
    """Counts over all parts of one file."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.names: dict[str, dict[str, None]] = {}

    def found(self, what: str, name: str = "") -> None:
        self.counted[what] += 1
        if name.strip():
            self.names.setdefault(what, {})[name.strip()[:60]] = None

    def in_words(self) -> tuple[str, ...]:
        """ "3 tracked changes (by Ida Lee)", one line a kind."""
        lines = []
        for what, (one, many) in WORDS.items():
            if number := self.counted[what]:
                names = list(self.names.get(what, {}))
                shown = ", ".join(names[:MOST_NAMES]) + (" and others" if len(names) > MOST_NAMES else "")
                by = "by " if what in {"changes", "comments"} else ""
                lines.append((one if number == 1 else many.format(number)) + (f" ({by}{shown})" if names else ""))
        return tuple(lines)


class Part:
    """Listens to one part of a file while it is parsed. Names are (namespace, local name)."""

    def __init__(self, name: str, hidden: Hidden) -> None:
        self.name, self.hidden = name, hidden
        self.run_hidden = False
        self.path: list[str] = []
        self.text = ""
        self.field_depth = 0

    def start(self, tag: str, attributes: dict[str, Any]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def local(name: str) -> str:
    return name.rpartition(" ")[2]


def attribute(attributes: dict[str, Any], name: str) -> str:
    return next((value for key, value in attributes.items() if local(key) == name), "")


class WordBody(Part):
    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        name = local(tag)
        if name in CHANGES and tag.startswith((WORD, STRICT_WORD)):
            self.hidden.found("changes", attribute(attributes, "author"))
        elif name == "r":
            self.run_hidden = False
        elif name == "vanish":
            self.run_hidden = attribute(attributes, "val").lower() not in OFF
        self.path.append(name)

    def end(self, tag: str) -> None:
        self.path.pop()
        if local(tag) == "r":
            self.run_hidden = False

    def data(self, text: str) -> None:
        if self.run_hidden and self.path[-1:] == ["t"] and text.strip():
            self.hidden.found("hidden text")
            self.run_hidden = False


class Comments(Part):
    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        name = local(tag)
        if name in {"comment", "threadedComment", "cm"}:
            self.hidden.found("comments", attribute(attributes, "author"))


class Workbook(Part):
    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        if local(tag) == "sheet" and attribute(attributes, "state") in {"hidden", "veryHidden"}:
            self.hidden.found("sheets", attribute(attributes, "name"))


class Sheet(Part):
    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        if attributes.get("hidden") in ON:
            name = local(tag)
            if name == "row":
                self.hidden.found("rows")
            elif name == "col":
                self.hidden.found("columns")


class Slide(Part):
    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        if local(tag) == "sld" and attributes.get("show", "").lower() in OFF:
            self.hidden.found("slides")


class Notes(Part):
    """Words under a slide; the number of the slide, which is a field, is none."""

    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        self.path.append(local(tag))

    def end(self, tag: str) -> None:
        self.path.pop()

    def data(self, text: str) -> None:
        if self.path[-1:] == ["t"] and "fld" not in self.path:
            self.text += text

    def close(self) -> None:
        if self.text.strip():
            self.hidden.found("notes")


class OpenText(Part):
    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        name = local(tag)
        if name == "changed-region":
            self.hidden.found("changes")
        elif name == "annotation":
            self.hidden.found("comments")
        elif name in {"hidden-text", "hidden-paragraph"}:
            self.hidden.found("hidden text")


LISTENERS = (
    (WORD_BODY, WordBody), (COMMENTS, Comments), (WORKBOOK, Workbook), (SHEET, Sheet), (SLIDE, Slide), (NOTES, Notes),
    (OPEN_TEXT, OpenText),
)  # fmt: skip


def listener_of(name: str, hidden: Hidden) -> Part | None:
    return next((listener(name, hidden) for pattern, listener in LISTENERS if pattern.fullmatch(name)), None)
