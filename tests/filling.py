"""Forms as a browser finds them in a page: which fields they have, and what would be sent if nobody typed anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import html5lib
from django.utils import timezone

DATE_PARTS = ("day", "month", "year")


@dataclass
class Field:
    """One question of a form. A date's three boxes are one question."""

    name: str
    kind: str  # text, textarea, hidden, file, password, choice, choices, date
    value: Any = ""  # a text; of a date a dictionary; of choices a list
    choices: list[str] = field(default_factory=list)
    # The ids of its elements, the first one first.
    ids: list[str] = field(default_factory=list)


@dataclass
class PostForm:
    action: str
    fields: dict[str, Field]

    def sent(self) -> dict[str, Any]:
        """Name -> value as the browser would post it: dates in three parts, files left out."""
        found: dict[str, Any] = {}
        for each in self.fields.values():
            if each.kind == "date":
                found |= {f"{each.name}-{part}": each.value[part] for part in DATE_PARTS}
            elif each.kind in {"choice", "choices"}:
                if each.value:
                    found[each.name] = each.value
            elif each.kind != "file":
                found[each.name] = each.value
        return found


def parse(content: str) -> Any:
    return html5lib.parse(content, namespaceHTMLElements=False)


def _read(element: Any, found: dict[str, Field]) -> None:
    name, ids = element.get("name"), [element.get("id")] if element.get("id") else []
    if element.tag == "textarea":
        # Browsers drop the first line end of a textarea, and so does the parser.
        found[name] = Field(name, "textarea", "".join(element.itertext()), ids=ids)
    elif element.tag == "select":
        options = list(element.iter("option"))
        chosen = [each.get("value") or "" for each in options if each.get("selected") is not None]
        values = [each.get("value") or "" for each in options]
        found[name] = Field(name, "choice", chosen[0] if chosen else values[0], [v for v in values if v], ids)
    elif element.get("type") in {"radio", "checkbox"}:
        kind = "choice" if element.get("type") == "radio" else "choices"
        each = found.setdefault(name, Field(name, kind, "" if kind == "choice" else []))
        value = element.get("value", "on")
        each.choices.append(value)
        each.ids += ids
        if element.get("checked") is not None:
            each.value = value if kind == "choice" else [*each.value, value]
    elif element.get("type") not in {"submit", "button"}:
        kind = element.get("type") if element.get("type") in {"hidden", "file", "password"} else "text"
        found[name] = Field(name, kind, element.get("value") or "", ids=ids)


def _join_dates(found: dict[str, Field]) -> dict[str, Field]:
    joined: dict[str, Field] = {}
    for name, each in found.items():
        stem, _, part = name.rpartition("-")
        if part not in DATE_PARTS or not all(f"{stem}-{other}" in found for other in DATE_PARTS):
            joined[name] = each
        elif part == "day":
            parts = {other: found[f"{stem}-{other}"] for other in DATE_PARTS}
            values = {other: box.value for other, box in parts.items()}
            joined[stem] = Field(stem, "date", values, ids=[each for box in parts.values() for each in box.ids])
    return joined


def post_forms(content: Any, page: str) -> list[PostForm]:
    """The forms of the page itself (a text, or parsed) that change something; not those of its frame, as to sign out."""
    main = (parse(content) if isinstance(content, str) else content).find(".//main")
    forms = []
    for element in main.iter("form") if main is not None else []:
        if (element.get("method") or "get").lower() != "post":
            continue
        found: dict[str, Field] = {}
        for inner in element.iter():
            if inner.tag in {"input", "select", "textarea"} and inner.get("name"):
                _read(inner, found)
        found.pop("csrfmiddlewaretoken", None)
        forms.append(PostForm(element.get("action") or page, _join_dates(found)))
    return forms


# What somebody would type who means it, so that only the field under test is wrong.
SENSIBLE = {
    "email": "somebody.new@example.org",
    "starts_at": "9:30",
    "ends_at": "10:30",
    "year": "2024",
    "published_address": "https://www.example.gov.uk/report",
    "address": "https://www.example.gov.uk/report",
    "user": "",
}
# Days that have been when somebody writes them down; all others are to come.
PAST = {"meeting_on", "published_on", "held_on", "consulted_on", "started_on", "ended_on"}


def beside(page: Any, name: str) -> str:
    """The words of the error that stands beside a question; empty when there is none."""
    found = next((each for each in page.iter("p") if each.get("id") == f"id_{name}-error"), None)
    return "".join(found.itertext()).strip() if found is not None else ""


def day_parts(name: str, day: date) -> dict[str, str]:
    """A day as the three boxes of its question are posted."""
    return {f"{name}-{part}": str(getattr(day, part)) for part in DATE_PARTS}


def fill(form: PostForm) -> None:
    """Sensible answers where nothing stands yet."""
    today = timezone.localdate()
    for each in form.fields.values():
        day = today - timedelta(days=1) if each.name in PAST else today + timedelta(days=30)
        if each.kind == "date" and not each.value["year"]:
            each.value = {"day": str(day.day), "month": str(day.month), "year": str(day.year)}
        elif each.kind == "choice" and not each.value and each.choices:
            each.value = each.choices[0]
        elif each.kind == "choices" and not each.value and each.choices:
            each.value = each.choices[:1]
        elif each.kind in {"text", "textarea", "password"} and not each.value:
            each.value = SENSIBLE.get(each.name, "Sensible words of someone who means it")
