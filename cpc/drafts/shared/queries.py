"""Reading the versions of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from cpc.components.difference import difference
from cpc.drafts.shared.kinds import KINDS, SharedText
from cpc.drafts.shared.models import TextVersion


@dataclass(frozen=True)
class Text:
    """One text, as it stands in its row."""

    kind: SharedText
    row: Any


def text_at(code: str, pk: int) -> Text | None:
    kind = KINDS.get(code)
    row = kind.rows().filter(pk=pk).first() if kind else None
    return Text(kind, row) if kind and row is not None else None


def versions_of(text: Text) -> list[TextVersion]:
    """The newest first."""
    found = TextVersion.objects.filter(kind=text.kind.code, row=text.row.pk)
    return list(found.select_related("saved_by").order_by("-pk"))


def compared(text: Text, older: TextVersion | None, newer: TextVersion) -> list[tuple[str, SafeString]]:
    """Label and what changed, part by part; the first version is new from beginning to end."""
    before = older.words if older else {}
    return [(label, difference(before.get(name, ""), newer.words.get(name, ""))) for name, label in text.kind.parts]


def versions_address(code: str, row: Any) -> str:
    """Where the versions of a text are listed; empty for a row that is gone."""
    return reverse("drafts:version-list", kwargs={"code": code, "pk": row.pk}) if row.pk else ""
