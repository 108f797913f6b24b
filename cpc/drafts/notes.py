"""What a page says above its form: of a draft that it holds, of colleagues who have it open, of earlier versions."""

from __future__ import annotations

from dataclasses import dataclass, field

from cpc.drafts.kept import Kept
from cpc.drafts.openings import Other


@dataclass
class Notes:
    kept: Kept | None = None
    others: list[Other] = field(default_factory=list)
    # For a page that sends what is typed while it is typed; empty for all others.
    ticket: str = ""
    versions_address: str = ""
