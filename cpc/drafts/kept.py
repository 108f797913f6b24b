"""What the page says of a draft that it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils import timezone


@dataclass(frozen=True)
class Kept:
    pk: int
    at: datetime
    is_overtaken: bool = False
    asks_for_file: bool = False
    typed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def when(self) -> str:
        """Such as "at 10:42", and the day where it is not today."""
        local = timezone.localtime(self.at)
        at = f"at {local:%H:%M}"
        return at if local.date() == timezone.localdate() else f"on {local:%-d %B %Y} {at}"

    @property
    def discard_address(self) -> str:
        return reverse("drafts:discard", kwargs={"pk": self.pk})
